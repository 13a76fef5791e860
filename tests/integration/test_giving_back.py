"""What a process claimed and never handed over goes out all the same, whatever became of its lease
or of the answer to its COMMIT, and never twice."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from messaging.errors import Outcome
from messaging.providers import Accepted
from models import Broadcast, BroadcastStatus, Delivery, DeliveryStatus, Sender
from models.balance import balance
from models.base import LOCKED
from scheduler import deciding, rescue
from scheduler.claim import Claimed, claim
from scheduler.pace import Pace
from scheduler.record import Handed
from scheduler.rounds import Round, Rounds
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.sending import dispatch, refusal, send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def rounds(world: World) -> Iterator[Rounds]:
    made = Rounds(world.database, lambda: world.now, Pace())
    yield made
    made.close()


def claimed(rounds: Rounds, most: int = 10) -> list[Claimed]:
    work = Round([], [], most)
    rounds.take_now(work)
    return work.claims.deliveries


def lapse(world: World) -> int:
    world.pass_time(seconds=31)
    with world.database.write() as session:
        return rescue.lapse(session, world.now)


def statuses(world: World, broadcast: Broadcast) -> set[DeliveryStatus]:
    return {one.status for one in world.deliveries(broadcast.id).values()}


@pytest.mark.parametrize("seconds", [0, 60])
def test_what_lapsed_and_had_never_left_goes_out_once(
    world: World, provider: FakeProvider, rounds: Rounds, seconds: float
) -> None:
    """The database was away, or the process frozen, and the clock was the first to come back; after
    a minute the provider's list has been asked as well."""
    phones = world.crowd(3)
    world.change_sender(daily_cap=100)
    broadcast = start(world)
    stale = claimed(rounds)
    assert lapse(world) == 3
    world.pass_time(seconds=seconds)
    asyncio.run(rescue.reconcile(world.database, provider, world.now))
    given_up = {DeliveryStatus.failed} if seconds else {DeliveryStatus.unknown}
    assert statuses(world, broadcast) == given_up
    asyncio.run(dispatch(world, FakeProvider()).turn())
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    for _ in range(2):  # a round that failed is done again
        rounds.take_now(Round([], stale, 0))
    assert world.balance(broadcast.id).count(DeliveryStatus.pending) == 3
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending
    assert_counters_equal_rows(world, broadcast.id)
    with world.database.read() as session:
        assert session.exec(select(Sender.used_today)).one() == 0
    send_all(world, provider, 5)
    assert sorted(message.to for message in provider.taken) == phones
    # The first try has its leaf in the log.
    assert {one.attempts for one in world.deliveries(broadcast.id).values()} == {2}
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    assert_counters_equal_rows(world, broadcast.id)


def test_what_somebody_else_has_claimed_since_is_left_alone(world: World, rounds: Rounds) -> None:
    world.crowd(2)
    broadcast = start(world)
    stale = claimed(rounds)
    lapse(world)
    rounds.take_now(Round([], stale, 0))
    with world.database.write() as session:
        assert len(claim(session, 10, world.now).deliveries) == 2
    rounds.take_now(Round([], stale, 0))
    assert statuses(world, broadcast) == {DeliveryStatus.sending}
    lapse(world)
    rounds.take_now(Round([], stale, 0))
    assert statuses(world, broadcast) == {DeliveryStatus.unknown}


def test_what_was_handed_over_is_never_given_back(world: World, rounds: Rounds) -> None:
    """Of one claim one was taken, one got no answer, and one never left."""
    world.crowd(3)
    broadcast = start(world)
    taken, silent, stale = claimed(rounds)
    lapse(world)
    handed = [
        Handed(taken, world.now, Accepted("SM" + 32 * "0")),
        Handed(silent, world.now, refusal(Outcome.unknown)),
    ]
    rounds.take_now(Round(handed, [stale], 0))
    standing = {one.id: one.status for one in world.deliveries(broadcast.id).values()}
    assert standing == {
        taken.delivery_id: DeliveryStatus.accepted,
        silent.delivery_id: DeliveryStatus.unknown,
        stale.delivery_id: DeliveryStatus.pending,
    }
    assert_counters_equal_rows(world, broadcast.id)


def test_what_a_member_has_decided_stays(world: World, rounds: Rounds) -> None:
    world.crowd(1)
    broadcast = start(world)
    stale = claimed(rounds)
    lapse(world)
    world.pass_time(days=1)
    with world.database.write() as session:
        known = session.get_one(Broadcast, broadcast.id)
        deciding.decide(session, known, deciding.Choice.failed, world.member_id, world.now)
    rounds.take_now(Round([], stale, 0))
    assert statuses(world, broadcast) == {DeliveryStatus.failed}


def test_of_a_canceled_broadcast_nothing_goes_out(
    world: World, provider: FakeProvider, rounds: Rounds
) -> None:
    world.crowd(2)
    broadcast = start(world)
    stale = claimed(rounds)
    lapse(world)
    world.change_broadcast(broadcast.id, status=BroadcastStatus.canceled)
    rounds.take_now(Round([], stale, 0))
    send_all(world, provider, 3)
    assert provider.asked == []
    assert world.broadcast(broadcast.id).status is BroadcastStatus.canceled
    with world.database.read() as session:
        assert balance(session, broadcast.id).holds


@pytest.mark.parametrize("is_done", [True, False])
def test_a_claim_whose_commit_got_no_answer_is_given_back(
    world: World, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    """The connection broke in the answer to the COMMIT, or before it was done; the process lives on
    and sends each message once."""
    phones = world.crowd(5)
    broadcast = start(world)
    real, broken = world.database.write_by_key, list[bool]()

    @contextmanager
    def breaks() -> Iterator[Session]:
        with real() as session:
            yield session
            if not broken and not is_done:
                broken.append(True)
                raise sqlite3.OperationalError("the connection went away")
        if not broken:
            broken.append(True)
            raise sqlite3.OperationalError("the connection went away")

    monkeypatch.setattr(world.database, "write_by_key", breaks)
    stop, began = threading.Event(), world.now

    def wait(_: float) -> None:
        world.pass_time(seconds=5)
        with world.database.write() as session:
            rescue.lapse(session, world.now)
        asyncio.run(rescue.reconcile(world.database, provider, world.now))
        if world.now > began + timedelta(minutes=2):
            stop.set()

    asyncio.run(dispatch(world, provider).work(stop, wait))
    assert broken
    assert sorted(message.to for message in provider.asked) == phones
    assert statuses(world, broadcast) == {DeliveryStatus.accepted}
    assert_counters_equal_rows(world, broadcast.id)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_gives_back_locks_no_sender_before_its_deliveries(world: World, rounds: Rounds) -> None:
    """Whoever settles one by the provider's list has it locked, and may lock the sender next."""
    world.crowd(1)
    broadcast = start(world)
    stale = claimed(rounds)
    lapse(world)
    giving = threading.Thread(target=rounds.take_now, args=(Round([], stale, 0),))
    with world.database.write() as session:
        session.get_one(Delivery, stale[0].delivery_id, with_for_update=LOCKED)
        giving.start()
        giving.join(0.5)
        assert giving.is_alive()
        session.get_one(Broadcast, broadcast.id, with_for_update={"nowait": True})
        session.exec(select(Sender).with_for_update(nowait=True)).one()
    giving.join(30)
    assert statuses(world, broadcast) == {DeliveryStatus.pending}


def test_what_is_given_back_leaves_a_sender_the_rest_that_the_provider_asked_for(
    world: World, rounds: Rounds
) -> None:
    world.crowd(60)
    start(world)
    first, *stale = claimed(rounds, 100)
    assert len(stale) == 24
    world.pass_time(seconds=0.6)
    asked = Handed(first, world.now, refusal(Outcome.slow_down, 20429))
    work = Round([asked], stale, 100)
    rounds.take_now(work)
    assert work.claims.deliveries == []
    world.pass_time(seconds=1)
    assert claimed(rounds)
