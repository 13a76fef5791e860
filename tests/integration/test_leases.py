"""A claim says what it took until all of it is answered for, so that no index has to follow what is
under way."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, text
from sqlmodel import Session, select

from messaging.errors import Outcome
from messaging.providers import Accepted
from models import Delivery, DeliveryStatus, Lease, migrate
from models.base import LOCKED
from models.settling import progress
from scheduler import leases, rescue
from scheduler.claim import Claimed, claim
from scheduler.giving_back import give_back
from scheduler.pace import Pace
from scheduler.record import Answer, Handed, record
from scheduler.rounds import Round, Rounds
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import start
from tests.sending import dispatch, refusal
from tests.world import World


def granted(world: World) -> list[int]:
    """The keys of all deliveries that are under some lease."""
    with world.database.read() as session:
        found = session.exec(select(Lease.deliveries)).all()
    return sorted(key for one in found for key in leases.from_runs(one))


def answer(world: World, one: Claimed, said: Answer | None = None) -> Handed:
    return Handed(one, world.now, said or Accepted(f"SM{one.delivery_id:032d}"))


def claimed(world: World, most: int) -> list[Claimed]:
    with world.database.write() as session:
        return claim(session, most, world.now).deliveries


@given(st.sets(st.integers(1, 2**62)))
def test_runs_hold_just_the_keys_that_they_are_made_of(keys: set[int]) -> None:
    assert leases.from_runs(leases.as_runs(keys)) == sorted(keys)


def test_neighbours_are_one_run() -> None:
    assert leases.as_runs([9, 7, 12, 8]) == "[[7,9],[12,12]]"


def test_what_is_under_way_is_under_a_lease(world: World) -> None:
    world.crowd(7)
    start(world)
    first = claimed(world, 3)
    assert granted(world) == [one.delivery_id for one in first]
    second = claimed(world, 3)
    assert granted(world) == [one.delivery_id for one in (*first, *second)]


def test_a_lease_ends_when_all_of_it_is_answered_for(world: World) -> None:
    world.crowd(4)
    start(world)
    rounds = Rounds(world.database, lambda: world.now, Pace())
    work = Round([], [], 4)
    rounds.take_now(work)
    taken, refused, last, stale = work.claims.deliveries
    answers = [answer(world, taken), answer(world, refused, refusal(Outcome.permanent, 30006))]
    rounds.take_now(Round(answers, [], 0))
    assert len(granted(world)) == 4
    rounds.take_now(Round([answer(world, last)], [stale], 0))
    assert granted(world) == []
    rounds.close()


def test_a_lease_ends_when_all_of_it_was_taken(world: World) -> None:
    world.crowd(5)
    start(world)
    rounds = Rounds(world.database, lambda: world.now, Pace())
    work = Round([], [], 3)
    rounds.take_now(work)
    first, second, third = (answer(world, one) for one in work.claims.deliveries)
    rounds.take_now(Round([first, second], [], 0))
    assert len(granted(world)) == 3
    work = Round([third], [], 2)
    rounds.take_now(work)
    assert granted(world) == [one.delivery_id for one in work.claims.deliveries]
    rounds.close()


def test_nothing_is_under_a_lease_when_a_blast_is_over(world: World) -> None:
    provider = FakeProvider()
    phones = world.crowd(20)
    provider.answers = {
        phones[3]: refusal(Outcome.retry, 30001),
        phones[5]: refusal(Outcome.unknown),
    }
    start(world)
    asyncio.run(dispatch(world, provider).turn())
    assert len(provider.asked) == 20
    assert granted(world) == []


def test_only_what_is_still_under_way_lapses(world: World) -> None:
    world.crowd(4)
    broadcast = start(world)
    first, second, third, fourth = claimed(world, 4)
    with world.database.write() as session:
        record(session, [answer(world, first), answer(world, third)], 1.0, world.now)
    world.pass_time(seconds=31)
    with world.database.write() as session:
        assert rescue.lapse(session, world.now) == 2
    standing = {one.id: one.status for one in world.deliveries(broadcast.id).values()}
    assert [standing[one.delivery_id] for one in (first, second, third, fourth)] == [
        DeliveryStatus.accepted,
        DeliveryStatus.unknown,
        DeliveryStatus.accepted,
        DeliveryStatus.unknown,
    ]
    assert granted(world) == []


def test_a_claim_of_somebody_else_is_not_touched_by_an_old_lease(world: World) -> None:
    """A delivery that was given back, and claimed again since: the lease that it had is over."""
    world.crowd(1)
    broadcast = start(world)
    (before,) = claimed(world, 1)
    with world.database.write() as session:
        give_back(session, [before], world.now)
    world.pass_time(seconds=20)
    claimed(world, 1)
    world.pass_time(seconds=15)
    with world.database.write() as session:
        assert rescue.lapse(session, world.now) == 0
    (delivery,) = world.deliveries(broadcast.id).values()
    assert delivery.status is DeliveryStatus.sending


def test_what_is_under_way_during_an_upgrade_is_rescued_all_the_same(world: World) -> None:
    world.crowd(6)
    start(world)
    some, more = claimed(world, 4), claimed(world, 2)
    with world.database.write() as session:
        record(session, [answer(world, some[1])], 1.0, world.now)
    migrate.downgrade(world.database, "0020")
    migrate.upgrade(world.database)
    left = [*some[:1], *some[2:], *more]
    assert granted(world) == [one.delivery_id for one in left]
    world.pass_time(seconds=31)
    with world.database.write() as session:
        assert rescue.lapse(session, world.now) == 5


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_somebody_has_locked_stays_under_its_lease(world: World) -> None:
    """Its owner may die before it settles it."""
    world.crowd(2)
    start(world)
    held, left = claimed(world, 2)
    world.pass_time(seconds=31)
    with world.database.write() as owner:
        owner.get_one(Delivery, held.delivery_id, with_for_update=LOCKED)
        with world.database.write() as session:
            assert rescue.lapse(session, world.now) == 1
    assert granted(world) == [held.delivery_id, left.delivery_id]
    with world.database.write() as session:
        assert rescue.lapse(session, world.now) == 1
    assert granted(world) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_message_that_goes_as_most_do_touches_no_index(world: World) -> None:
    """PostgreSQL then writes it again on its own page (a heap-only tuple)."""
    world.crowd(3)
    start(world)
    with all_on_their_page(world, 3) as session:
        deliveries = claim(session, 3, world.now).deliveries
    with all_on_their_page(world, 3) as session:
        record(session, [answer(world, one) for one in deliveries], 1.0, world.now)
    for one in deliveries:
        with all_on_their_page(world, 1) as session:
            delivery = session.get_one(Delivery, one.delivery_id)
            progress(delivery, DeliveryStatus.delivered, delivery.message_sid, world.now)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_page_has_room_for_all_that_is_on_it(world: World) -> None:
    """Whoever found it full would go to another page, and into every index once more."""
    world.change_sender(segments_per_second=10_000)
    world.crowd(120)  # more than go on a page
    start(world)
    deliveries = []
    for _ in range(2):
        with all_on_their_page(world, 60) as session:
            deliveries.append(claim(session, 60, world.now).deliveries)
    for some in deliveries:
        with all_on_their_page(world, 60) as session:
            record(session, [answer(world, one) for one in some], 1.0, world.now)


@contextmanager
def all_on_their_page(world: World, number: int) -> Iterator[Session]:
    """A transaction that changes so many deliveries, each without a new entry in any index."""
    table = text("'delivery'::regclass")
    changed = select(
        func.pg_stat_get_xact_tuples_updated(table),
        func.pg_stat_get_xact_tuples_hot_updated(table),
    )
    with world.database.write() as session:
        # The server adds those of a connection's last transactions for a while.
        before = session.execute(changed).one()
        yield session
        session.flush()
        after = session.execute(changed).one()
    assert [new - old for new, old in zip(after, before, strict=True)] == [number, number]
