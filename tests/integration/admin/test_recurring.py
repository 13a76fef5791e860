"""The pages of broadcasts that recur."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from sqlmodel import select

from admin.linting import objection
from models import AuditEvent, Broadcast, BroadcastStatus, Pattern, Recurrence, Role
from scheduler import recurring
from scheduler.clock import next_wall
from tests.integration.admin.desk import Desk, errors, words
from tests.world import World


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with time_machine.travel(world.now, tick=True):
        world.crowd(2)
        yield Desk(world)


def draft(desk: Desk, **changes: str) -> dict[str, str]:
    token = re.search(r'name="form_token"[^>]* value="([^"]+)"', desk.get("/recurring/new").text)
    assert token is not None
    filled = {
        "form_token": token[1],
        "list_id": str(desk.list_id()),
        "body": "Neon Nights: Friday again,\r\ndoors at 9. Reply STOP to end",
        "answers_to": "booking@neon.example",
        "pattern": "weekly",
        "weekdays": "fri",
        "month_day": "1",
        "every_days": "7",
        "at": "18:00",
        "first_on": "2026-11-23",
        "timezone": "Europe/Berlin",
        "quiet_hours": "defer",
        "useful_hours": "24",
        "latest_start_minutes": "60",
    }
    return filled | changes


def kept(desk: Desk) -> list[Recurrence]:
    with desk.world.database.read() as session:
        return list(session.exec(select(Recurrence)))


def plan(desk: Desk) -> list[Broadcast]:
    return recurring.plan(desk.world.database, next_wall, objection, desk.world.now)


def test_a_good_form_begins_a_series(desk: Desk) -> None:
    form = draft(desk)
    for _ in range(2):  # the second is a double click
        assert desk.post("/recurring/new", **form).status_code == 303
    (series,) = kept(desk)
    assert (series.pattern, series.weekdays, series.at) == (Pattern.weekly, "fri", "18:00")
    assert series.body == "Neon Nights: Friday again,\ndoors at 9. Reply STOP to end"
    page = words(desk.get("/recurring"))
    assert "every Friday at 18:00 Europe/Berlin" in page
    desk.world.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    (broadcast,) = plan(desk)
    assert broadcast.status is BroadcastStatus.scheduled
    assert "one of a series" in words(desk.get(f"/broadcasts/{broadcast.id}"))
    assert f'href="/broadcasts/{broadcast.id}"' in desk.get("/recurring").text


def test_of_a_forged_box_only_codes_of_rules_are_kept(desk: Desk) -> None:
    forged = ",".join(["C021", *(f"X{number:03d}" for number in range(100)), "\x00", "C021"])
    assert desk.post("/recurring/new", **draft(desk, override=forged)).status_code == 303
    assert [series.overridden for series in kept(desk)] == ["C021"]
    assert desk.post("/broadcasts/new", **desk.draft(override=forged)).status_code == 303


def test_characters_that_cost_a_segment_are_shown_before_it_begins(desk: Desk) -> None:
    body = "Neon Nights: it’s “Friday” again, doors at 9, and more of it. Reply STOP to end"
    answer = desk.post("/recurring/new", **draft(desk, body=body))
    assert answer.status_code == 422
    assert "Special characters make this 2 segments instead of 1." in words(answer)
    assert "Replace all 3" in words(answer)
    assert kept(desk) == []


def test_one_at_everybodys_own_local_time(desk: Desk) -> None:
    assert "everybody’s own clock" in words(desk.get("/recurring/new"))
    form = draft(desk, is_local="y", timezone="America/New_York")
    answer = desk.post("/recurring/new", **form)
    assert "It comes every Friday at 18:00 on everybody’s own clock." in words(
        desk.get(answer.location)
    )
    (series,) = kept(desk)
    assert series.is_local
    desk.world.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    (broadcast,) = plan(desk)
    assert (broadcast.status, broadcast.attention) == (BroadcastStatus.scheduled, None)
    page = words(desk.get(f"/broadcasts/{broadcast.id}"))
    assert "Friday 27 November 2026, 18:00 on everybody’s own clock" in page
    # In New York's words: Newfoundland is first, at half past four.
    assert "Friday 27 November 2026, 16:30 America/New_York" in page
    page = words(desk.get("/recurring"))
    assert "next after that: begins Friday 4 December 2026, 16:30 America/New_York" in page


@pytest.mark.parametrize(("at", "answer"), [("13:30", 303), ("22:00", 422)])
def test_the_rules_judge_each_place_at_its_own_time(desk: Desk, at: str, answer: int) -> None:
    """At 13:30 in Newfoundland it is noon in Washington; at 22:00 it is too late in both."""
    desk.world.text("+18085550101", "JOIN")  # in Hawaii, where it is 7 then
    form = draft(desk, is_local="y", at=at, quiet_hours="skip")
    assert desk.post("/recurring/new", **form).status_code == answer


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "x" * 1601}, "body"),
        ({"weekdays": ""}, "weekdays"),
        ({"weekdays": "someday"}, "weekdays"),
        ({"pattern": "monthly", "month_day": "31"}, "month_day"),
        ({"pattern": "every_days", "every_days": "0"}, "every_days"),
        ({"pattern": "every_days", "every_days": ""}, "every_days"),
        ({"pattern": "hourly"}, "pattern"),
        ({"at": ""}, "at"),
        ({"at": "25:00"}, "at"),
        ({"first_on": "soon"}, "first_on"),
        ({"first_on": "0026-11-23"}, "first_on"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"answers_to": "nobody"}, "answers_to"),
        ({"useful_hours": "169"}, "useful_hours"),
        ({"latest_start_minutes": "0"}, "latest_start_minutes"),
        ({"list_id": "999"}, "list_id"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    desk: Desk, changes: dict[str, str], field: str
) -> None:
    answer = desk.post("/recurring/new", **draft(desk, **changes))
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert kept(desk) == []


def test_warnings_are_asked_and_recorded(desk: Desk) -> None:
    form = draft(desk, body="Neon Nights: Friday again")  # it does not say how to stop
    answer = desk.post("/recurring/new", **form)
    assert answer.status_code == 422
    codes = re.search(r'name="override" value="([^"]+)"', answer.text)
    assert codes is not None
    assert kept(desk) == []
    assert desk.post("/recurring/new", **form, override=codes[1]).status_code == 303
    assert kept(desk)[0].overridden == codes[1]
    with desk.world.database.read() as session:
        act = session.exec(select(AuditEvent)).one()
    assert act.subject["codes"] == codes[1].split(",")
    assert act.member_id == desk.world.member_id


def test_each_one_is_linted_anew_and_held_for_a_new_warning(desk: Desk) -> None:
    at_night = draft(
        desk, at="23:30", timezone="America/New_York", override="C021", quiet_hours="skip"
    )
    assert desk.post("/recurring/new", **at_night).status_code == 303
    desk.world.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    (first,) = plan(desk)
    assert first.status is BroadcastStatus.scheduled, "that warning was agreed to"
    with desk.world.database.write() as session:
        series = session.exec(select(Recurrence)).one()
        series.overridden = ""
        session.add(series)
    desk.world.now = datetime(2026, 12, 4, 10, 0, tzinfo=UTC)
    (second,) = plan(desk)
    known = desk.world.broadcast(second.id)
    assert known.status is BroadcastStatus.held
    assert known.attention is not None
    assert "what the rules say: C021: 2 people" in known.attention


def test_stopping_it(desk: Desk) -> None:
    desk.post("/recurring/new", **draft(desk))
    desk.world.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    (broadcast,) = plan(desk)
    desk.get("/recurring")
    assert desk.post("/recurring/1/stop").status_code == 303
    page = words(desk.get("/recurring"))
    assert "One broadcast that waited was canceled." in page
    assert "Stopped" in page
    assert desk.world.broadcast(broadcast.id).status is BroadcastStatus.canceled
    assert kept(desk)[0].stopped_by_id == desk.world.member_id


def test_what_has_begun_when_it_is_stopped_is_told(desk: Desk) -> None:
    desk.post("/recurring/new", **draft(desk))
    desk.world.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    (broadcast,) = plan(desk)
    desk.world.now = broadcast.scheduled_at
    desk.world.fire(broadcast)
    desk.get("/recurring")
    desk.post("/recurring/1/stop")
    assert "What has begun goes on; it can be canceled on its own page." in words(
        desk.get("/recurring")
    )


def test_others_see_or_reach_nothing_of_it(desk: Desk) -> None:
    desk.post("/recurring/new", **draft(desk))
    desk.sit_down(desk.colleague(Role.auditor))
    assert "every Friday" in words(desk.get("/recurring"))
    assert desk.get("/recurring/new").status_code == 403
    assert desk.post("/recurring/1/stop").status_code == 403
    stranger = desk.colleague(Role.owner, desk.world.another_organization())
    desk.sit_down(stranger)
    assert "every Friday at" not in words(desk.get("/recurring"))
    assert desk.post("/recurring/1/stop").status_code == 404
    assert kept(desk)[0].stopped_at is None


def test_a_list_that_a_series_goes_to_stays(desk: Desk) -> None:
    desk.post("/recurring/new", **draft(desk, list_id=str(desk.list_id("Jazz evenings"))))
    desk.get("/lists/3")
    with desk.world.database.write() as session:
        from models import Keyword

        session.delete(session.exec(select(Keyword).where(Keyword.word == "JAZZ")).one())
    desk.post(f"/lists/{desk.list_id('Jazz evenings')}/delete")
    assert "A recurring broadcast goes or went to it" in words(desk.get("/lists"))
