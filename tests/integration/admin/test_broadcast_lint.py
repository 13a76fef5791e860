"""The linter before a send: errors block, warnings ask, and who overrides one is on record."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from sqlmodel import select
from werkzeug.test import TestResponse

from models import AuditEvent, AuditKind, Role
from tests.auditing import waiting_leaves
from tests.integration.admin.desk import Desk, errors, words
from tests.threads import at_once
from tests.world import World

BARE = "Doors at 9 tonight"
EVENING = {"when": "later", "date": "2026-11-27", "time": "20:00"}  # 14:00 in New York


# Seven in the morning where the phones of these tests are: quiet hours.
EARLY = timedelta(hours=5)


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    world.now -= EARLY
    with time_machine.travel(world.now, tick=True):
        world.crowd(3)
        yield Desk(world)


@pytest.fixture
def sqlite_desk(sqlite_world: World) -> Iterator[Desk]:
    sqlite_world.now -= EARLY
    with time_machine.travel(sqlite_world.now, tick=True):
        sqlite_world.crowd(3)
        yield Desk(sqlite_world)


def overrides(desk: Desk) -> list[AuditEvent]:
    with desk.world.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.kind == AuditKind.overridden)
        return list(session.exec(query))


def box(page: TestResponse) -> tuple[str, bool] | None:
    """The codes that stand beside the box, and whether it is ticked; None without a box."""
    found = re.search(r'name="override" value="([^"]*)"( checked)?', page.text)
    return (found[1], bool(found[2])) if found else None


def test_hints_follow_the_typing(sqlite_desk: Desk) -> None:
    page = sqlite_desk.post("/broadcasts/count", body=BARE, program_name="Neon Nights")
    assert "does not say how to stop" in words(page)
    assert "does not say who it is from" in words(page)
    assert box(page) == ("C028,C030", False)
    good = sqlite_desk.draft(override="", useful_hours="1")
    assert box(sqlite_desk.post("/broadcasts/count", **good)) == ("C021", False)
    waits = sqlite_desk.post("/broadcasts/count", **good | {"useful_hours": "24"})
    assert box(waits) is None, "nobody has to decide about people who only wait"
    assert "They get it by itself when their quiet hours are over" in words(waits)
    assert box(sqlite_desk.post("/broadcasts/count", **good | EVENING)) is None
    # What was ticked stays ticked while the same warnings stand, and no longer.
    ticked = good | {"override": "C021"}
    assert box(sqlite_desk.post("/broadcasts/count", **ticked)) == ("C021", True)
    assert box(sqlite_desk.post("/broadcasts/count", **ticked | {"body": BARE})) == (
        "C021,C028,C030",
        False,
    )


def test_an_error_blocks_with_the_reason_beside_the_text(desk: Desk) -> None:
    form = desk.draft(body="Neon Nights: cocktails at 9. STOP to end", **EVENING)
    answer = desk.post(
        "/broadcasts/new",
        **form,
    )
    assert answer.status_code == 422
    assert list(errors(answer)) == ["body"]
    assert "“cocktails” (alcohol) behind an age gate only" in errors(answer)["body"]
    assert box(answer) is None
    # No box can be ticked by hand either.
    assert desk.post("/broadcasts/new", **form | {"override": "C002"}).status_code == 422
    assert desk.ordered() == []
    desk.world.change_program(minimum_age=21)
    again = desk.post("/broadcasts/new", **form)
    assert list(errors(again)) == ["override"]
    assert desk.post("/broadcasts/new", **form | {"override": "C002"}).status_code == 303


def test_a_warning_asks_and_overriding_it_is_logged_with_who_it_was(desk: Desk) -> None:
    colleague = desk.colleague(Role.promoter)
    desk.sit_down(colleague)
    form = desk.draft(body=BARE, override="", **EVENING)
    asked = desk.post("/broadcasts/new", **form)
    assert asked.status_code == 422
    assert errors(asked) == {"override": "Mend what stands above, or tick this box."}
    assert box(asked) == ("C028,C030", False)
    assert (desk.ordered(), overrides(desk)) == ([], [])

    assert desk.post("/broadcasts/new", **form | {"override": "C028,C030"}).status_code == 303
    (broadcast,) = desk.ordered()
    (act,) = overrides(desk)
    assert act.member_id == colleague
    assert act.subject == {"broadcast": broadcast.id, "codes": ["C028", "C030"]}
    with desk.world.database.read() as session:
        leaves = waiting_leaves(session)
    assert any(b'"kind":"overridden"' in leaf for leaf in leaves)


def test_only_what_stood_beside_the_box_is_overridden(sqlite_desk: Desk) -> None:
    form = sqlite_desk.draft(body=BARE, override="C030", **EVENING)
    assert sqlite_desk.post("/broadcasts/new", **form).status_code == 422
    assert sqlite_desk.ordered() == []


def test_a_good_message_at_a_good_time_is_not_asked_about(desk: Desk) -> None:
    form = desk.draft(override="", **EVENING)
    assert desk.post("/broadcasts/new", **form).status_code == 303
    assert overrides(desk) == []


def test_how_to_stop_is_due_once_a_month(sqlite_desk: Desk) -> None:
    sqlite_desk.world.order(body="Neon Nights: first. Reply STOP to end")
    plain = sqlite_desk.draft(body="Neon Nights: second", override="", **EVENING)
    assert sqlite_desk.post("/broadcasts/new", **plain).status_code == 303
    later = sqlite_desk.draft(
        body="Neon Nights: third", override="", **EVENING | {"date": "2026-12-23"}
    )
    answer = sqlite_desk.post("/broadcasts/new", **later)
    assert box(answer) == ("C030", False)


def test_the_promised_frequency_counts_what_went_out_and_what_is_planned(desk: Desk) -> None:
    for days in (1, 2, 3):
        desk.world.order(scheduled_at=desk.world.now + timedelta(days=days))
    fourth = desk.draft(override="", **EVENING)
    assert desk.post("/broadcasts/new", **fourth).status_code == 303
    fifth = desk.post("/broadcasts/new", **desk.draft(override="", **EVENING))
    assert box(fifth) == ("C020", False)
    assert "number 5 of this program in a month" in words(fifth)


def test_quiet_hours_are_counted_on_the_list(desk: Desk) -> None:
    for phone in ("+13105550101", "+442079460001", "+442079460002"):
        desk.world.text(phone, "JOIN")
    night = desk.draft(override="", **EVENING | {"time": "11:30", "timezone": "UTC"})
    page = desk.post("/broadcasts/count", **night)
    # 11:30 in London is day, 6:30 in New York and 3:30 in Los Angeles are not.
    told = words(page)
    assert "4 people of 6 are in quiet hours then: 3 in Washington D.C., where it is" in told
    assert "1 in California, where it is Friday 03:30 (allowed: 9:00 to 20:00 Monday" in told
    assert "Everybody on the list may get it from Friday 27 November, 17:00 UTC on." in told


def test_two_copies_of_a_form_at_one_instant_record_one_override(desk: Desk) -> None:
    form = desk.draft(body=BARE, override="C028,C030", **EVENING)
    # Logged in before: that takes longer than everything else here.
    promoters = [Desk(desk.world) for _ in range(3)]
    answers = at_once([partial(one.post, "/broadcasts/new", **form) for one in promoters])
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert (len(desk.ordered()), len(overrides(desk))) == (1, 1)


def test_a_huge_text_is_judged_no_further_than_it_may_be_long(sqlite_desk: Desk) -> None:
    huge = "a-" * 200_000
    answer = sqlite_desk.post("/broadcasts/new", **sqlite_desk.draft(body=huge))
    assert list(errors(answer)) == ["body"]
