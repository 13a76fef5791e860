"""Broadcasts that recur: each occurrence once, at its time, in spite of clocks that change."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from models import Broadcast, BroadcastStatus, Pattern, Recurrence
from scheduler import broadcasts, recurring
from scheduler.broadcasts import Refused
from scheduler.clock import next_wall
from tests.world import World, next_sid

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def order(world: World, **changes: object) -> Recurrence:
    with world.database.write() as session:
        wanted: dict[str, object] = {
            "list_id": world.list_id(session),
            "body": "Neon Nights: doors at 9. STOP to cancel.",
            "answers_to": "owner@neon.example",
            "pattern": Pattern.weekly,
            "weekdays": ("fri",),
            "first_on": date(2026, 11, 1),
            "at": "18:00",
            "timezone": BERLIN,
            "form_token": next_sid(),
        }
        series = recurring.Series(**(wanted | changes))  # type: ignore[arg-type]
        return recurring.order(session, world.organization_id, world.member_id, series, world.now)


def plan(world: World, judge: recurring.Judge | None = None) -> list[Broadcast]:
    return recurring.plan(world.database, next_wall, judge, world.now)


def made(world: World) -> list[datetime]:
    with world.database.read() as session:
        rows = session.exec(select(Broadcast.occurs_at).order_by(col(Broadcast.occurs_at)))
        return [at for at in rows if at is not None]


def times(world: World, count: int, **changes: object) -> list[str]:
    series = order(world, **changes)
    return [
        f"{at:%Y-%m-%d %H:%M}" for _, at in recurring.upcoming(series, next_wall, world.now, count)
    ]


# -- when ---------------------------------------------------------------------------------------


def test_days_of_the_week(sqlite_world: World) -> None:
    assert times(sqlite_world, 4, weekdays=("sun", "fri")) == [
        "2026-11-27 17:00",
        "2026-11-29 17:00",
        "2026-12-04 17:00",
        "2026-12-06 17:00",
    ]


def test_a_day_of_the_month_and_the_last(sqlite_world: World) -> None:
    monthly = {"pattern": Pattern.monthly, "timezone": "UTC"}
    assert times(sqlite_world, 2, month_day="15", **monthly) == [
        "2026-12-15 18:00",
        "2027-01-15 18:00",
    ]
    assert times(sqlite_world, 4, month_day="last", **monthly) == [
        "2026-11-30 18:00",
        "2026-12-31 18:00",
        "2027-01-31 18:00",
        "2027-02-28 18:00",
    ]


def test_every_so_many_days_from_the_first_on(sqlite_world: World) -> None:
    every = {"pattern": Pattern.every_days, "timezone": "UTC"}
    assert times(sqlite_world, 3, every_days=10, first_on=date(2026, 11, 20), **every) == [
        "2026-11-30 18:00",
        "2026-12-10 18:00",
        "2026-12-20 18:00",
    ]
    assert times(sqlite_world, 2, every_days=1, first_on=date(2027, 3, 1), **every) == [
        "2027-03-01 18:00",
        "2027-03-02 18:00",
    ]


def test_none_before_its_first_day_and_none_at_the_very_moment(sqlite_world: World) -> None:
    assert times(sqlite_world, 1, first_on=date(2027, 1, 1)) == ["2027-01-01 17:00"]
    sqlite_world.now = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert times(sqlite_world, 1) == ["2026-12-04 17:00"]


def test_the_wall_clock_stays_when_the_zone_changes_its_clocks(sqlite_world: World) -> None:
    sqlite_world.now = datetime(2027, 3, 20, tzinfo=UTC)
    assert times(sqlite_world, 3, weekdays=("sat", "sun"), at="20:00") == [
        "2027-03-20 19:00",
        "2027-03-21 19:00",
        "2027-03-27 19:00",
    ]
    sqlite_world.now = datetime(2027, 3, 28, tzinfo=UTC)
    assert times(sqlite_world, 1, weekdays=("sun",), at="20:00") == ["2027-03-28 18:00"]


def test_in_the_hour_that_is_jumped_over_it_comes_right_after(sqlite_world: World) -> None:
    sqlite_world.now = datetime(2027, 3, 13, 12, tzinfo=UTC)
    daily = {"pattern": Pattern.every_days, "every_days": 1, "timezone": NEW_YORK, "at": "02:30"}
    assert times(sqlite_world, 3, **daily) == [
        "2027-03-14 07:30",  # 3:30, on the day without a half past two
        "2027-03-15 06:30",
        "2027-03-16 06:30",
    ]


def test_in_the_hour_that_comes_twice_it_comes_once(sqlite_world: World) -> None:
    sqlite_world.now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    daily = {"pattern": Pattern.every_days, "every_days": 1, "timezone": NEW_YORK, "at": "01:30"}
    assert times(sqlite_world, 2, first_on=date(2026, 10, 1), **daily) == [
        "2026-11-01 05:30",
        "2026-11-02 06:30",
    ]
    # Between the two the next one is tomorrow's.
    sqlite_world.now = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert times(sqlite_world, 1, first_on=date(2026, 10, 1), **daily) == ["2026-11-02 06:30"]


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
        order(world, pattern=Pattern.every_days, every_days=1, timezone="UTC")
    world.pass_time(days=3)
    ready = threading.Barrier(6)

    def clock() -> None:
        ready.wait()
        plan(world)

    threads = [threading.Thread(target=clock) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    expected = [datetime(2026, 11, day, 18, 0, tzinfo=UTC) for day in (23, 24, 25, 26, 27)]
    assert made(world) == sorted(expected[:-1] * 5)


def test_a_held_one_that_is_released_is_not_made_again(world: World) -> None:
    world.crowd(1)
    order(world, pattern=Pattern.every_days, every_days=1, timezone="UTC")
    (first,) = plan(world)
    world.pass_time(hours=3)
    world.fire(first)
    with world.database.write() as session:
        broadcasts.release(session, world.organization_id, first.id, None, world.now)
    plan(world)
    assert made(world) == [datetime(2026, 11, day, 18, 0, tzinfo=UTC) for day in (23, 24)]


def test_it_is_held_when_the_rules_object(world: World) -> None:
    world.crowd(1)
    order(world, overridden="C021", pattern=Pattern.every_days, every_days=1, timezone="UTC")
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


# -- beginning and ending -------------------------------------------------------------------------


def test_stopped_it_makes_nothing_more_and_what_waits_is_canceled(world: World) -> None:
    world.crowd(1)
    series = order(world, pattern=Pattern.every_days, every_days=1, timezone="UTC")
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
