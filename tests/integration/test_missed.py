"""Occurrences of a series that nobody could send: on record, and never a burst."""

from datetime import datetime, timedelta

from sqlmodel import Session

from models import Broadcast, BroadcastStatus
from scheduler import missed, moves, recurring
from tests.series import daily, made, plan
from tests.threads import at_once
from tests.world import World


def come_back(world: World, judge: recurring.Judge | None = None) -> list[Broadcast]:
    """What a clock does that was away; the broadcasts of the series as they then stand."""
    plan(world, judge)
    for broadcast in made(world):  # in another thread of the clock, before or after the next line
        world.fire(broadcast)
    missed.give_up_missed(world.database, world.now)
    return made(world)


def test_what_a_clock_missed_is_not_made_up_for(world: World) -> None:
    world.crowd(1)
    daily(world)
    plan(world)
    world.pass_time(days=2, hours=1, minutes=30)  # half an hour after the third was due
    assert [one.status for one in come_back(world)] == [
        BroadcastStatus.canceled,
        BroadcastStatus.canceled,
        BroadcastStatus.sending,
        BroadcastStatus.scheduled,
    ]


def test_after_a_month_away_only_the_latest_waits_for_a_decision(world: World) -> None:
    world.crowd(1)
    daily(world)
    plan(world)
    world.pass_time(days=30, hours=3)
    *away, latest, tomorrow = come_back(world)
    assert len(away) == 30
    assert {one.status for one in away} == {BroadcastStatus.canceled}
    assert {one.attention for one in away} == {
        "Missed: it did not start in time, and the next one of its series has come since. "
        "Nothing was sent."
    }
    assert latest.status is BroadcastStatus.held
    assert tomorrow.status is BroadcastStatus.scheduled
    assert come_back(world) == [*away, latest, tomorrow], "and so it stays"
    world.pass_time(days=1)
    plan(world)
    missed.give_up_missed(world.database, world.now)
    assert world.broadcast(latest.id).status is BroadcastStatus.canceled


def test_two_clocks_that_come_back_together_leave_the_same(world: World) -> None:
    world.crowd(1)
    daily(world)
    world.pass_time(days=10, hours=3)
    at_once([lambda: come_back(world)] * 2)
    states = [one.status for one in come_back(world)]
    assert states == [BroadcastStatus.canceled] * 10 + [
        BroadcastStatus.held,
        BroadcastStatus.scheduled,
    ]


def move_the_first(world: World) -> datetime:
    """A member moves the first occurrence of a series, which was held, to two days later."""
    world.crowd(1)
    daily(world)
    (first,) = plan(world)
    world.pass_time(hours=3)
    world.fire(first)
    later = world.now + timedelta(days=2)
    with world.database.write() as session:
        moves.release(session, world.organization_id, first.id, later, world.now)
    return later


def test_one_that_a_member_moved_is_not_given_up(world: World) -> None:
    move_the_first(world)
    world.pass_time(days=1)
    moved, second, third = come_back(world)
    assert moved.status is BroadcastStatus.scheduled
    assert second.status is BroadcastStatus.held
    assert third.status is BroadcastStatus.scheduled


def test_one_that_a_member_moved_and_that_is_held_again_waits_for_them(world: World) -> None:
    later = move_the_first(world)
    world.now = later + timedelta(hours=2)  # nobody was there to start it
    moved, *others = come_back(world)
    assert moved.status is BroadcastStatus.held
    assert BroadcastStatus.scheduled in {one.status for one in others}
    world.pass_time(days=30)
    moved, *others = come_back(world)
    assert moved.status is BroadcastStatus.held, "however many come after it"
    assert [one.status for one in others].count(BroadcastStatus.held) == 1


def test_held_for_the_rules_it_waits_until_the_next_one_comes(world: World) -> None:
    world.crowd(1)
    daily(world)

    def judge(session: Session, broadcast: Broadcast, overridden: str) -> str | None:
        return "It does not say how to stop. (C028)"

    plan(world, judge)
    world.pass_time(hours=23)
    held, canceled = BroadcastStatus.held, BroadcastStatus.canceled
    assert [one.status for one in come_back(world, judge)] == [held, held]
    world.pass_time(hours=3)
    assert [one.status for one in come_back(world, judge)] == [canceled, held, held]
