"""Pause, resume, cancel, and what a member decides about a held broadcast."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import select

from models import AuditEvent, AuditKind, Broadcast, BroadcastStatus, QuietHours, Role
from tests.integration.admin.desk import Desk, errors, words
from tests.world import World

# Seven in the morning where the phones of these tests are: quiet hours.
EARLY = timedelta(hours=5)


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    world.now -= EARLY
    with time_machine.travel(world.now, tick=True):
        world.crowd(4)
        yield Desk(world)


def running(desk: Desk) -> Broadcast:
    broadcast = desk.world.order()
    desk.world.fire(broadcast)
    return broadcast


def held(desk: Desk) -> Broadcast:
    """A broadcast whose moment passed yesterday while nothing ran. It leaves out who is in quiet
    hours, about which the rules ask."""
    broadcast = desk.world.order()
    with desk.world.database.write() as session:
        row = session.get_one(Broadcast, broadcast.id)
        row.scheduled_at -= timedelta(days=1)
        row.quiet_hours = QuietHours.skip
    desk.world.fire(broadcast)
    return broadcast


def status(desk: Desk, broadcast: Broadcast) -> BroadcastStatus:
    return desk.world.broadcast(broadcast.id).status


def test_pause_and_resume(desk: Desk) -> None:
    broadcast = running(desk)
    page = f"/broadcasts/{broadcast.id}"
    paused = desk.post(f"{page}/pause")
    assert (paused.status_code, paused.location) == (303, page)
    assert status(desk, broadcast) is BroadcastStatus.paused
    shown = desk.get(page)
    assert "Paused. Nothing more goes out" in words(shown)
    assert f'action="{page}/resume"' in shown.text
    assert f'action="{page}/pause"' not in shown.text
    desk.post(f"{page}/resume")
    assert status(desk, broadcast) is BroadcastStatus.sending


def test_cancel_asks_first_and_then_skips_whoever_is_left(desk: Desk) -> None:
    broadcast = running(desk)
    page = f"/broadcasts/{broadcast.id}"
    asked = desk.get(f"{page}/cancel")
    assert "4 people have not been messaged yet and will not be" in words(asked)
    assert status(desk, broadcast) is BroadcastStatus.sending
    assert desk.post(f"{page}/cancel").location == page
    assert status(desk, broadcast) is BroadcastStatus.canceled
    assert "4 Canceled The broadcast was canceled before their turn." in words(desk.get(page))


def test_a_scheduled_one_is_canceled_before_anybody_gets_it(desk: Desk) -> None:
    broadcast = desk.world.order(scheduled_at=desk.world.now + timedelta(hours=1))
    asked = desk.get(f"/broadcasts/{broadcast.id}/cancel")
    assert "Nothing has been sent. 4 people will not get it." in words(asked)
    desk.post(f"/broadcasts/{broadcast.id}/cancel")
    shown = words(desk.get(f"/broadcasts/{broadcast.id}"))
    assert "canceled before it started. Nobody got it." in shown


@pytest.mark.parametrize("move", ["pause", "resume", "cancel", "release"])
def test_what_came_too_late_changes_nothing_and_says_so(desk: Desk, move: str) -> None:
    broadcast = running(desk)
    desk.post(f"/broadcasts/{broadcast.id}/cancel")
    late = desk.post(f"/broadcasts/{broadcast.id}/{move}")
    assert late.status_code == 303
    assert "It was too late for that" in words(desk.get(late.location))
    assert status(desk, broadcast) is BroadcastStatus.canceled
    if move == "cancel":
        assert desk.get(f"/broadcasts/{broadcast.id}/cancel").status_code == 303


def test_a_held_one_says_why_and_can_be_sent_now(desk: Desk) -> None:
    broadcast = held(desk)
    page = desk.get(f"/broadcasts/{broadcast.id}")
    assert "It was due while Marquee was not running or was stopped" in words(page)
    assert f'action="/broadcasts/{broadcast.id}/release"' in page.text
    assert 'hx-trigger="every' not in page.text
    desk.post(f"/broadcasts/{broadcast.id}/release", when="now", override="C021")
    released = desk.world.broadcast(broadcast.id)
    assert released.status is BroadcastStatus.scheduled
    assert released.attention is None
    assert abs(released.scheduled_at - desk.world.now) < timedelta(minutes=1)


def test_a_held_one_can_be_given_another_time(desk: Desk) -> None:
    broadcast = held(desk)
    later = {"when": "later", "date": "2026-11-28", "time": "10:30", "timezone": "America/Bogota"}
    answer = desk.post(f"/broadcasts/{broadcast.id}/release", **later)
    moved = desk.world.broadcast(broadcast.id)
    assert moved.status is BroadcastStatus.scheduled
    assert moved.scheduled_at == datetime(2026, 11, 28, 15, 30, tzinfo=UTC)
    assert moved.timezone == "America/Bogota"
    assert "Saturday 28 November 2026, 10:30 America/Bogota" in words(desk.get(answer.location))


@pytest.mark.parametrize(
    ("typed", "field", "reason"),
    [
        ({"date": "2027-03-28", "time": "02:30"}, "time", "Choose 01:59 or 03:00."),
        ({"date": "2026-11-22", "time": "20:00"}, "date", "This moment has passed."),
        ({"date": "", "time": "20:00"}, "date", "Choose a date."),
        ({"date": "2026-11-28", "time": "20:00", "timezone": "x"}, "timezone", "Choose"),
    ],
)
def test_a_bad_new_time_is_refused_beside_its_field(
    desk: Desk, typed: dict[str, str], field: str, reason: str
) -> None:
    broadcast = held(desk)
    form = {"when": "later", "timezone": "Europe/Berlin"} | typed
    answer = desk.post(f"/broadcasts/{broadcast.id}/release", **form)
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert reason in errors(answer)[field]
    assert f'name="date" value="{typed["date"]}"' in answer.text
    kept = desk.world.broadcast(broadcast.id)
    assert (kept.status, kept.timezone) == (BroadcastStatus.held, "UTC")


def overrides(desk: Desk) -> list[AuditEvent]:
    with desk.world.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.kind == AuditKind.overridden)
        return list(session.exec(query))


def test_the_rules_are_asked_again_before_a_held_one_is_sent(desk: Desk) -> None:
    broadcast = held(desk)
    page = desk.get(f"/broadcasts/{broadcast.id}")
    # It is 7:00 where its people live.
    assert "4 people of 4 are in quiet hours then" in words(page)
    assert "cancel this broadcast and write it anew" in words(page)
    assert "HELP for help" not in words(page), "a hint about words that nobody can change"
    assert 'name="override" value="C021"' in page.text
    for when in ({"when": "now"}, {}, {"when": "now", "override": "C030"}):
        asked = desk.post(f"/broadcasts/{broadcast.id}/release", **when)
        assert asked.status_code == 422
        assert list(errors(asked)) == ["override"]
    assert status(desk, broadcast) is BroadcastStatus.held
    assert overrides(desk) == []

    colleague = desk.colleague(Role.promoter)
    desk.sit_down(colleague)
    ticked = desk.post(f"/broadcasts/{broadcast.id}/release", when="now", override="C021")
    assert ticked.status_code == 303
    assert status(desk, broadcast) is BroadcastStatus.scheduled
    (act,) = overrides(desk)
    assert act.member_id == colleague
    assert act.subject == {"broadcast": broadcast.id, "codes": ["C021"]}


def test_a_new_time_is_judged_not_the_old_one(desk: Desk) -> None:
    broadcast = held(desk)
    form = {"when": "later", "date": "2026-11-28", "timezone": "America/New_York"}
    night = desk.post(f"/broadcasts/{broadcast.id}/release", time="20:00", **form)
    assert list(errors(night)) == ["override"]
    assert "Saturday 20:00" in words(night)
    day = desk.post(f"/broadcasts/{broadcast.id}/release", time="19:59", **form)
    assert day.status_code == 303
    assert overrides(desk) == []


def test_what_the_rules_forbid_by_now_is_not_released(desk: Desk) -> None:
    desk.world.change_program(minimum_age=21)
    broadcast = desk.world.order(body="Neon Nights: cocktails at 9. STOP to end, HELP for help")
    with desk.world.database.write() as session:
        session.get_one(Broadcast, broadcast.id).scheduled_at -= timedelta(days=1)
    desk.world.fire(broadcast)
    desk.world.change_program(minimum_age=None)
    refused = desk.post(f"/broadcasts/{broadcast.id}/release", when="now", override="C002,C021")
    assert refused.status_code == 422
    assert "behind an age gate only" in errors(refused)["body"]
    assert status(desk, broadcast) is BroadcastStatus.held


def test_the_held_one_itself_does_not_count_against_the_promise(desk: Desk) -> None:
    for _ in range(3):
        desk.world.fire(desk.world.order())
    broadcast = held(desk)
    assert "C020" not in desk.get(f"/broadcasts/{broadcast.id}").text
    desk.world.fire(desk.world.order())
    assert "number 5 of this program in a month" in words(desk.get(f"/broadcasts/{broadcast.id}"))


@pytest.mark.parametrize("move", ["pause", "resume", "cancel", "release"])
def test_nobody_else_moves_it(desk: Desk, move: str) -> None:
    broadcast = running(desk)
    path = f"/broadcasts/{broadcast.id}/{move}"
    assert desk.browser.client.post(path).status_code == 400  # without a CSRF token
    desk.sit_down(desk.colleague(Role.auditor))
    assert desk.post(path).status_code == 403
    desk.sit_down(desk.colleague(Role.owner, desk.world.another_organization()))
    assert desk.post(path).status_code == 404
    assert status(desk, broadcast) is BroadcastStatus.sending
