"""Broadcasts that recur: each occurrence becomes a broadcast, once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import Session

from admin import linting
from models import Broadcast, BroadcastStatus, Pattern
from scheduler import moves, recurring
from scheduler.broadcasts import Refused
from tests.series import daily, made, order, plan
from tests.threads import at_once
from tests.world import World


def moments(world: World) -> list[datetime]:
    """When those that were made come."""
    return [one.occurs_at for one in made(world) if one.occurs_at]


def at_six(*days: int) -> list[datetime]:
    return [datetime(2026, 11, day, 18, 0, tzinfo=UTC) for day in days]


# -- each once ------------------------------------------------------------------------------------


def test_each_becomes_an_ordinary_broadcast_a_day_ahead(world: World) -> None:
    world.crowd(2)
    order(world)
    assert plan(world) == []
    world.now = datetime(2026, 11, 26, 16, 59, tzinfo=UTC)
    assert plan(world) == []
    world.now = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)
    (broadcast,) = plan(world)
    assert plan(world) == []
    assert broadcast.status is BroadcastStatus.scheduled
    assert broadcast.scheduled_at == datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert broadcast.last_use - broadcast.scheduled_at == timedelta(hours=24)
    world.now = broadcast.scheduled_at
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).audience == 2


def test_many_clocks_make_each_once(world: World) -> None:
    for _ in range(5):
        daily(world)
    world.pass_time(days=3)
    at_once([lambda: plan(world)] * 6)
    assert moments(world) == sorted(at_six(23, 24, 25, 26) * 5)


def test_a_held_one_that_is_released_is_not_made_again(world: World) -> None:
    world.crowd(1)
    daily(world)
    (first,) = plan(world)
    world.pass_time(hours=3)
    world.fire(first)
    with world.database.write() as session:
        moves.release(session, world.organization_id, first.id, None, world.now)
    plan(world)
    assert moments(world) == at_six(23, 24)


def test_it_is_held_when_the_rules_object(world: World) -> None:
    world.crowd(1)
    daily(world, overridden="C021")
    asked: list[str] = []

    def judge(session: Session, broadcast: Broadcast, overridden: str) -> str | None:
        asked.append(overridden)
        return "It does not say how to stop. (C028)"

    (broadcast,) = plan(world, judge)
    known = world.broadcast(broadcast.id)
    assert asked == ["C021"]
    assert known.status is BroadcastStatus.held
    assert known.attention == (
        "Held because of what the rules say: It does not say how to stop. (C028)"
    )


@pytest.mark.parametrize(
    ("promise", "rhythm", "first_on"),
    [
        ("1 msg/week", {"pattern": Pattern.weekly, "weekdays": ("fri",)}, date(2027, 3, 19)),
        ("1 msg/month", {"pattern": Pattern.monthly, "month_day": "1"}, date(2027, 1, 1)),
        ("1 msg/month", {"pattern": Pattern.monthly, "month_day": "last"}, date(2027, 1, 31)),
        ("Daily", {"pattern": Pattern.every_days, "every_days": 1}, date(2027, 3, 27)),
    ],
)
def test_one_that_keeps_the_promise_of_its_program_is_never_held(
    world: World, promise: str, rhythm: dict[str, object], first_on: date
) -> None:
    """Each starts a moment after its time, and the clocks go forward on 28 March."""
    world.crowd(1)
    world.change_program(message_frequency=promise)
    world.now = datetime.combine(first_on - timedelta(days=2), time(12), UTC)
    order(world, first_on=first_on, timezone="Europe/Berlin", **rhythm)
    for _ in range(3):
        while not (planned := plan(world, linting.objection)):
            world.pass_time(hours=6)
        (broadcast,) = planned
        assert world.broadcast(broadcast.id).attention is None
        world.now = broadcast.scheduled_at + timedelta(milliseconds=250)
        world.fire(broadcast)


# -- beginning and ending -------------------------------------------------------------------------


def test_stopped_it_makes_nothing_more_and_what_waits_is_canceled(world: World) -> None:
    world.crowd(1)
    series = daily(world)
    (first,) = plan(world)
    with world.database.write() as session:
        mine = (world.organization_id, series.id, world.member_id, world.now)
        assert recurring.stop(session, *mine) == 1
        assert recurring.stop(session, *mine) == 0
    assert world.broadcast(first.id).status is BroadcastStatus.canceled
    world.pass_time(days=5)
    assert plan(world) == []


def test_another_organization_cannot_stop_it(world: World) -> None:
    series = order(world)
    other = world.another_organization()
    with world.database.write() as session, pytest.raises(LookupError):
        recurring.stop(session, other, series.id, world.member_id, world.now)


def test_the_same_form_twice_is_one_series(world: World) -> None:
    assert order(world, form_token="same").id == order(world, form_token="same").id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": ("someday",)}, "weekdays"),
        ({"pattern": Pattern.monthly, "month_day": "31"}, "month_day"),
        ({"pattern": Pattern.monthly}, "month_day"),
        ({"pattern": Pattern.every_days}, "every_days"),
        ({"pattern": Pattern.every_days, "every_days": 0}, "every_days"),
        ({"pattern": Pattern.every_days, "every_days": 367}, "every_days"),
        ({"body": " "}, "body"),
        ({"list_id": 999}, "list_id"),
        ({"useful_hours": 0}, "useful_hours"),
        ({"latest_start_minutes": 0}, "latest_start_minutes"),
    ],
)
def test_a_bad_series_is_refused_beside_its_field(
    sqlite_world: World, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        order(sqlite_world, **changes)
    assert list(refused.value.reasons) == [field]
