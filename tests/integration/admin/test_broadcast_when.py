"""Composing: local time for everybody, quiet hours, of use until, and how long it takes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event

from models import QuietHours
from tests.integration.admin.desk import Desk, errors, words
from tests.world import World

LOCAL = {"when": "local", "date": "2026-11-27", "time": "20:00", "timezone": "America/New_York"}


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with time_machine.travel(world.now, tick=True):
        world.crowd(3)  # in Washington
        world.text("+18085550101", "JOIN")  # in Hawaii, where it is 7 in the morning
        yield Desk(world)


def test_at_the_same_time_on_everybodys_own_clock(desk: Desk) -> None:
    answer = desk.post("/broadcasts/new", **desk.draft(**LOCAL))
    (broadcast,) = desk.ordered()
    assert broadcast.local_at == "2026-11-27T20:00"
    # Newfoundland comes first, Hawaii last; a day of use after that.
    assert broadcast.scheduled_at == datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert broadcast.useful_until == datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    page = words(desk.get(answer.location))
    assert "Friday 27 November 2026, 20:00 on everybody’s own clock" in page
    assert "Sunday 29 November 2026, 01:00 America/New_York" in page


def test_the_form_says_when_it_starts_and_ends(desk: Desk) -> None:
    asked = "&".join(f"{name}={value}" for name, value in LOCAL.items())
    said = words(desk.get(f"/broadcasts/moment?{asked}&useful_hours=2&list_id={desk.list_id()}"))
    assert "Starts Friday 27 November 2026, 18:30 America/New_York – in 4 days" in said
    assert "It is 20:00 first in America/St_Johns, and last in Pacific/Honolulu" in said
    assert "after Saturday 28 November 2026, 03:00 America/New_York." in said


def test_where_people_are_is_looked_up_only_for_their_own_clocks(desk: Desk) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "phone_number BETWEEN" in statement:
            asked.append(statement)

    page = f"/broadcasts/new?list_id={desk.list_id()}"
    engine = desk.world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    assert desk.get(page).status_code == 200
    assert asked == []
    own = "&".join(f"{name}={value}" for name, value in LOCAL.items())
    desk.get(f"/broadcasts/moment?{own}&useful_hours=2&list_id={desk.list_id()}")
    event.remove(engine, "before_cursor_execute", note)
    assert asked


def test_the_form_says_that_it_starts_no_later_than_it_is_of_use(desk: Desk) -> None:
    page = f"/broadcasts/moment?when=now&timezone=UTC&list_id={desk.list_id()}&useful_hours=1"
    said = words(desk.get(f"{page}&latest_start_minutes=60"))
    assert "after Monday 23 November 2026, 18:00 UTC." in said
    said = words(desk.get(f"{page}&latest_start_minutes=61"))
    assert "18:00 UTC, so that it starts no later than that either." in said


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        (LOCAL | {"date": "2026-11-23", "time": "13:00"}, "date", "It is 13:30 on Monday 23"),
        (LOCAL | {"date": ""}, "date", "Choose a date."),
        (LOCAL | {"time": "25:00"}, "time", "like 20:00"),
        ({"useful_hours": "0.5"}, "useful_hours", "between 1 and 168 hours"),
        ({"useful_hours": "169"}, "useful_hours", "between 1 and 168 hours"),
        ({"useful_hours": "soon"}, "useful_hours", "between 1 and 168 hours"),
        ({"useful_hours": ""}, "useful_hours", "between 1 and 168 hours"),
        ({"useful_hours": "9" * 400}, "useful_hours", "between 1 and 168 hours"),
        ({"quiet_hours": "ignore"}, "quiet_hours", "quiet hours"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Desk, changes: dict[str, str], field: str, reason: str
) -> None:
    answer = desk.post("/broadcasts/new", **desk.draft(**changes))
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert reason in errors(answer)[field]
    assert desk.ordered() == []


def test_of_use_for_a_day_unless_somebody_says_otherwise(desk: Desk) -> None:
    desk.post("/broadcasts/new", **desk.draft())
    desk.post("/broadcasts/new", **desk.draft(useful_hours="2.5", quiet_hours="skip"))
    usual, other = desk.ordered()
    assert usual.quiet_hours is QuietHours.defer
    assert usual.last_use - usual.scheduled_at == timedelta(hours=24)
    assert other.quiet_hours is QuietHours.skip
    assert other.last_use - other.scheduled_at == timedelta(hours=2.5)


def preview(desk: Desk, **changes: str) -> str:
    form = desk.draft(**changes) | {"recipients": "4", "program_name": "Neon Nights"}
    return words(desk.post("/broadcasts/count", **form))


def test_the_preview_says_who_is_in_quiet_hours_and_when_they_get_it(desk: Desk) -> None:
    said = preview(desk, timezone="Pacific/Honolulu")
    assert (
        "1 person is in quiet hours when it comes to them: they get it "
        "Monday 23 November 2026, 09:00 Pacific/Honolulu." in said
    )
    assert "1 person does not get it" in preview(desk, quiet_hours="skip")
    assert "1 person does not get it" in preview(desk, useful_hours="1")
    assert "in quiet hours when" not in preview(desk, **LOCAL | {"time": "19:59"})
    assert "4 people are in quiet hours when it comes to them" in preview(desk, **LOCAL)


def test_the_preview_says_how_long_it_takes(desk: Desk) -> None:
    assert "4 messages at 100 segments a second: less than a minute." in preview(desk)
    desk.world.change_sender(segments_per_second=0.05)
    assert "4 messages of 2 segments at 0.05 segments a second: about 3 minutes." in preview(
        desk, body="ж" * 71
    )


def test_the_rules_judge_each_place_at_its_own_time(desk: Desk) -> None:
    """At 13:30 in Newfoundland it is 7 in Hawaii, which is no matter: Hawaii gets it at 13:30."""
    skips = LOCAL | {"quiet_hours": "skip"}
    early = skips | {"time": "13:30", "override": ""}
    assert desk.post("/broadcasts/new", **desk.draft(**early)).status_code == 303
    late = skips | {"time": "22:00", "override": ""}
    answer = desk.post("/broadcasts/new", **desk.draft(**late))
    assert "Choose an hour that is allowed everywhere." in words(answer)
    assert answer.status_code == 422
