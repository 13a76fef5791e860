"""What is locked for a change keeps nobody from writing rows that refer to it (PostgreSQL)."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.receipts import Receipt, absorb_all
from messaging.errors import Outcome
from models import Broadcast, BroadcastStatus, DeliveryStatus, Organization, Sender, Subscriber
from models.advisory import FREQUENCY, taking
from models.base import LOCKED
from scheduler import deciding, firing, freeze
from scheduler.claim import Claimed, claim
from scheduler.lanes import locked_senders
from scheduler.record import Handed, record
from tests.fake_provider import FakeProvider
from tests.hosts import wait_for
from tests.integration.test_engine import start
from tests.sending import dispatch, refusal, send_all
from tests.threads import at_once
from tests.world import World

# On SQLite one transaction writes at a time, whatever it is about.
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@contextmanager
def meanwhile(world: World, job: Callable[[], object]) -> Iterator[Session]:
    """A transaction that stays open until `job`, in another thread, is done."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)

    working = threading.Thread(target=run)
    with world.database.write() as session:
        yield session
        session.flush()
        working.start()
        working.join(15)
        has_waited = working.is_alive()
    working.join(30)
    assert errors == []
    assert not has_waited


def test_a_first_claim_does_not_meet_the_part_that_is_being_frozen_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counters that it begins refer to the broadcast, and both write to the same ones."""
    monkeypatch.setattr(freeze, "FIRST_PART", 3)
    provider = FakeProvider()
    world.crowd(8)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    sender = dispatch(world, provider)
    with meanwhile(world, lambda: asyncio.run(sender.turn())) as session:
        # Its new counters come with its commit, as in the product.
        freeze.freeze_part(session, broadcast.id, 3, world.now)
    assert len(provider.taken) == 3
    asyncio.run(sender.turn())
    assert len(provider.taken) == 6


def test_a_text_is_answered_while_a_claim_is_being_made(world: World) -> None:
    world.crowd(5)
    start(world)
    answers: list[str | None] = []
    with meanwhile(world, lambda: answers.append(world.text("+12125550177", "JOIN"))) as session:
        assert claim(session, 5, world.now).deliveries
    assert "you are in" in str(answers[0])


def test_a_text_is_answered_while_the_organization_is_changed(world: World) -> None:
    with meanwhile(world, lambda: world.text("+12125550177", "JOIN")) as session:
        session.get_one(Organization, world.organization_id, with_for_update=LOCKED)


def test_an_audience_is_frozen_while_one_of_them_writes(world: World) -> None:
    world.crowd(5)
    broadcast = world.order()
    with meanwhile(world, lambda: world.fire(broadcast)) as session:
        somebody = session.exec(select(Subscriber.id)).first()
        session.get_one(Subscriber, somebody, with_for_update=LOCKED)
    assert world.balance(broadcast.id).audience == 5


def test_a_broadcast_is_not_over_while_a_receipt_lets_one_go_again(world: World) -> None:
    """Whoever finds nothing left does not wait for the receipt either: with its sender's row locked
    it would do so in a ring with one that asks that sender to slow down."""
    provider = FakeProvider()
    phone, *_ = world.crowd(3)
    broadcast = start(world)
    asyncio.run(dispatch(world, provider).turn())
    one = world.deliveries(broadcast.id)[phone]
    late = Receipt(str(one.message_sid), "undelivered", 30008, (one.id, one.attempts), phone)
    with meanwhile(world, lambda: asyncio.run(dispatch(world, provider).turn())) as session:
        assert absorb_all(session, [late], world.now) == [True]
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending
    send_all(world, provider, 100, step=5)
    assert provider.taken_by(phone) == 2
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_a_broadcast_is_not_over_while_a_member_lets_one_go_again(world: World) -> None:
    provider = FakeProvider()
    (phone,) = world.crowd(1)
    broadcast = start(world)
    provider.answers[phone] = refusal(Outcome.unknown)
    asyncio.run(dispatch(world, provider).turn())
    del provider.answers[phone]
    world.pass_time(days=1)
    world.change_broadcast(broadcast.id, useful_until=world.now + timedelta(hours=1))
    with meanwhile(world, lambda: asyncio.run(dispatch(world, provider).turn())) as session:
        known = session.get_one(Broadcast, broadcast.id)
        again = deciding.Choice.again
        assert deciding.decide(session, known, again, world.member_id, world.now) == 1
    send_all(world, provider, 3)
    assert provider.taken_by(phone) == 1
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def looks_at_senders(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each look for senders to claim from, whether it found any."""
    looks = list[bool]()

    def look(session: Session) -> dict[int, Sender]:
        found = locked_senders(session)
        looks.append(bool(found))
        return found

    monkeypatch.setattr("scheduler.claim.locked_senders", look)
    return looks


def test_who_finds_a_sender_locked_comes_back_soon(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for word of new work, as it does when there is none."""
    provider, stop, waits = FakeProvider(), threading.Event(), list[float]()
    tries = looks_at_senders(monkeypatch)
    world.crowd(5)
    start(world)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        stop.wait(seconds)

    sender = dispatch(world, provider)
    working = threading.Thread(target=lambda: asyncio.run(sender.work(stop, wait)))
    with world.database.write() as session:
        session.exec(select(Sender).with_for_update(key_share=True)).one()
        working.start()
        wait_for(lambda: len(tries) >= 30)
        assert not any(tries)
        assert waits == []
    wait_for(lambda: len(provider.taken) == 5)
    stop.set()
    working.join(30)


def test_a_claim_that_finds_its_sender_locked_looks_again_for_a_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process's claim is over soon, and this one may have nothing left to send. It goes on
    where the other one has come to."""
    looks, claimed = looks_at_senders(monkeypatch), list[list[int]]()
    world.crowd(6)
    start(world)

    def claim_three() -> None:
        with world.database.write() as session:
            found = claim(session, 3, world.now).deliveries
        claimed.append([one.delivery_id for one in found])

    monkeypatch.setattr("scheduler.claim._LOOKS", 100_000)
    other = threading.Thread(target=claim_three)
    with world.database.write() as session:
        first = [one.delivery_id for one in claim(session, 3, world.now).deliveries]
        other.start()
        wait_for(lambda: looks.count(False) >= 2)
    other.join(30)
    assert looks[0]
    assert claimed == [[key + 3 for key in first]]


def test_two_processes_that_are_asked_to_slow_down_do_not_wait_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was refused by two senders, in the opposite order."""
    world.crowd(6)
    world.add_to_pool()
    for body in ("One", "Two"):
        start(world, body=body)
    with world.database.write() as session:
        claimed = sorted(claim(session, 12, world.now).deliveries, key=lambda one: one.delivery_id)
    one, other = claimed[:2], claimed[7:9]  # of the first broadcast, of the second
    senders = [[each.batch.work.sender_id for each in some] for some in (one, other)]
    assert senders[0] == senders[1][::-1]
    both_have_one = threading.Barrier(2)
    slow_down = Sender.slow_down

    def slowly(sender: Sender, measured: float, now: datetime) -> None:
        slow_down(sender, measured, now)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_one.wait(1)  # which never happens, if all are locked before

    monkeypatch.setattr(Sender, "slow_down", slowly)
    asked = refusal(Outcome.slow_down, 20429)

    def keep(some: list[Claimed]) -> None:
        with world.database.write() as session:
            record(session, [Handed(one, world.now, asked) for one in some], 1.0, world.now)

    at_once([lambda: keep(one), lambda: keep(other)])
    for some, broadcast in ((one, 1), (other, 2)):
        assert world.balance(broadcast).count(DeliveryStatus.sending) == 6 - len(some)


def test_who_counts_is_alone_with_the_organization(world: World) -> None:
    world.crowd(2)
    start(world)

    def is_alone(session: Session) -> bool:
        lock = taking("pg_try_advisory_xact_lock", FREQUENCY, world.organization_id)
        return bool(session.execute(select(lock)).scalar())

    with world.database.write() as counting:
        assert is_alone(counting)
        with world.database.write() as session:
            claims = claim(session, 2, world.now)
        assert (claims.deliveries, claims.has_passed_by) == ([], True)
    with world.database.write() as session:
        assert len(claim(session, 2, world.now).deliveries) == 2
        with world.database.write() as counting:
            assert not is_alone(counting)
