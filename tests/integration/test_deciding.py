"""What stayed unknown for a day is the promoter's to decide, and never goes out by itself."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.receipts import Receipt, absorb_all
from messaging.errors import COUNTED_AS_FAILED, SENT_AGAIN, Outcome
from models import AuditEvent, AuditKind, Broadcast, BroadcastStatus, DeliveryStatus
from models.balance import balance, scanned
from scheduler import deciding, moves, retention, silent
from scheduler.deciding import Choice, NotNow, undecided
from tests.fake_provider import FakeProvider
from tests.sending import refusal, send_all
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def unanswered(world: World, provider: FakeProvider, people: int = 3) -> Broadcast:
    """A broadcast that is through, with one message about which the provider said nothing."""
    first, *_ = world.crowd(people)
    broadcast = world.order()
    world.fire(broadcast)
    provider.answers[first] = refusal(Outcome.unknown)
    send_all(world, provider, 5)
    del provider.answers[first]
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    return broadcast


def ask_about_the_silent(world: World, provider: FakeProvider) -> None:
    with world.database.read() as session:
        is_due = bool(silent.due(session, world.now))
    while is_due:
        asyncio.run(silent.ask(world.database, provider, world.now))
        with world.database.read() as session:
            is_due = bool(silent.due(session, world.now))


def decide(world: World, broadcast: Broadcast, choice: Choice) -> int:
    with world.database.write() as session:
        known = session.get_one(Broadcast, broadcast.id)
        return deciding.decide(session, known, choice, world.member_id, world.now)


def count(world: World, broadcast: Broadcast) -> int:
    with world.database.read() as session:
        return undecided(session, broadcast.id, world.now)


def test_it_is_the_promoters_after_a_day_and_not_before(
    world: World, provider: FakeProvider
) -> None:
    started = world.now
    broadcast = unanswered(world, provider)
    (submitted,) = {
        one.submitted_at
        for one in world.deliveries(broadcast.id).values()
        if one.status is DeliveryStatus.unknown
    }
    assert submitted is not None
    assert submitted >= started
    world.now = submitted + DAY - timedelta(microseconds=1)
    assert count(world, broadcast) == 0
    assert decide(world, broadcast, Choice.again) == 0
    world.now = submitted + DAY
    assert count(world, broadcast) == 1
    send_all(world, provider, 5)
    assert len(provider.asked) == 3, "nothing goes out by itself"


def test_what_was_sent_again_is_asked_about_as_what_left_first(
    world: World, provider: FakeProvider
) -> None:
    """Its broadcast's rounds had come to wait for longer than it was followed."""
    broadcast = unanswered(world, provider, people=2)
    provider.held.clear()  # it never tells of the other message
    for _ in range(3 * 24):
        ask_about_the_silent(world, provider)
        world.pass_time(hours=1)
    decide(world, broadcast, Choice.again)
    send_all(world, provider, 5)
    world.pass_time(hours=1)
    ask_about_the_silent(world, provider)
    again, other = world.deliveries(broadcast.id).values()
    assert (again.status, other.status) == (DeliveryStatus.delivered, DeliveryStatus.accepted)


def test_counted_as_not_delivered(world: World, provider: FakeProvider) -> None:
    broadcast = unanswered(world, provider)
    world.now += DAY
    assert decide(world, broadcast, Choice.failed) == 1
    standing = world.balance(broadcast.id)
    assert (standing.count(DeliveryStatus.failed), standing.count(DeliveryStatus.unknown)) == (1, 0)
    assert standing.holds
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    assert count(world, broadcast) == 0
    send_all(world, provider, 5)
    assert len(provider.asked) == 3


@pytest.mark.parametrize(
    ("said", "code", "then"),
    [
        ("sent", None, DeliveryStatus.sent),
        ("delivered", None, DeliveryStatus.delivered),
        ("undelivered", 30005, DeliveryStatus.undelivered),
    ],
)
def test_what_was_counted_as_not_delivered_gives_way_to_a_receipt(
    world: World, provider: FakeProvider, said: str, code: int | None, then: DeliveryStatus
) -> None:
    broadcast = unanswered(world, provider)
    world.now += DAY
    decide(world, broadcast, Choice.failed)
    (counted,) = [
        one
        for one in world.deliveries(broadcast.id).values()
        if one.status is DeliveryStatus.failed
    ]
    assert counted.error_code == COUNTED_AS_FAILED
    receipt = Receipt("SM" + "a" * 32, said, code, (counted.id, 1))
    with world.database.write() as session:
        absorb_all(session, [receipt], world.now)
    moved = {one.id: one for one in world.deliveries(broadcast.id).values()}[counted.id]
    assert (moved.status, moved.error_code) == (then, code)
    with world.database.read() as session:
        assert scanned(session, broadcast.id) == balance(session, broadcast.id)


def test_sent_again_it_keeps_its_tries_and_the_balance(
    world: World, provider: FakeProvider
) -> None:
    broadcast = unanswered(world, provider)
    world.now += DAY
    assert decide(world, broadcast, Choice.again) == 1
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending
    send_all(world, provider, 5)
    (again,) = [one for one in world.deliveries(broadcast.id).values() if one.attempts == 2]
    assert again.status is DeliveryStatus.accepted
    assert len(provider.asked) == 4
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    with world.database.read() as session:
        assert scanned(session, broadcast.id) == balance(session, broadcast.id)


def test_who_has_left_meanwhile_is_not_messaged_again(world: World, provider: FakeProvider) -> None:
    broadcast = unanswered(world, provider)
    (phone,) = [
        phone
        for phone, one in world.deliveries(broadcast.id).items()
        if one.status is DeliveryStatus.unknown
    ]
    world.now += DAY
    world.text(phone, "STOP")
    decide(world, broadcast, Choice.again)
    send_all(world, provider, 5)
    one = world.deliveries(broadcast.id)[phone]
    assert (one.status, one.error_code) == (DeliveryStatus.failed, SENT_AGAIN), "not: never sent"
    assert len(provider.asked) == 3


def test_a_receipt_that_comes_late_after_all_still_counts(
    world: World, provider: FakeProvider
) -> None:
    """Sent again, and the first try turns out to have arrived before the second began."""
    from models import Delivery
    from models.settling import progress

    broadcast = unanswered(world, provider)
    world.now += DAY
    decide(world, broadcast, Choice.again)
    with world.database.write() as session:
        delivery = session.exec(
            select(Delivery).where(Delivery.status == DeliveryStatus.pending)
        ).one()
        progress(delivery, DeliveryStatus.delivered, "SM1", world.now)
        session.add(delivery)
    send_all(world, provider, 5)
    assert len(provider.asked) == 3


def test_nothing_of_a_canceled_broadcast_is_sent_again(
    world: World, provider: FakeProvider
) -> None:
    broadcast = unanswered(world, provider)
    world.change_broadcast(broadcast.id, status=BroadcastStatus.sending)
    with world.database.write() as session:
        moves.cancel(session, world.organization_id, broadcast.id, world.now)
    world.now += DAY
    with pytest.raises(NotNow, match="canceled"):
        decide(world, broadcast, Choice.again)
    assert decide(world, broadcast, Choice.failed) == 1


def test_of_a_paused_broadcast_they_are_sent_again_once_it_is_resumed(
    world: World, provider: FakeProvider
) -> None:
    broadcast = unanswered(world, provider)
    world.change_broadcast(broadcast.id, status=BroadcastStatus.paused)
    world.pass_time(days=2)
    with pytest.raises(NotNow, match="Resume it first"):
        decide(world, broadcast, Choice.again)
    with world.database.write() as session:
        moves.resume(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider, 1)
    assert decide(world, broadcast, Choice.again) == 1
    send_all(world, provider, 2)
    assert len(provider.taken) == 3


def test_the_words_stay_until_it_is_decided(world: World, provider: FakeProvider) -> None:
    broadcast = unanswered(world, provider)
    world.pass_time(days=3650)
    retention.tick(world.database, world.now)
    assert decide(world, broadcast, Choice.again) == 1
    send_all(world, provider, 5)
    assert [message.body for message in provider.asked] == [broadcast.body] * 4
    world.pass_time(days=3650)
    retention.tick(world.database, world.now)
    assert world.broadcast(broadcast.id).body == ""


def test_nothing_is_sent_again_whose_words_are_gone(world: World, provider: FakeProvider) -> None:
    broadcast = unanswered(world, provider)
    world.change_broadcast(broadcast.id, body="")
    world.pass_time(days=1)
    with pytest.raises(NotNow, match="erased"):
        decide(world, broadcast, Choice.again)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    send_all(world, provider, 5)
    assert len(provider.asked) == 3
    assert decide(world, broadcast, Choice.failed) == 1


def test_the_log_names_the_member_and_the_deliveries(world: World, provider: FakeProvider) -> None:
    broadcast = unanswered(world, provider)
    (key,) = [
        one.id
        for one in world.deliveries(broadcast.id).values()
        if one.status is DeliveryStatus.unknown
    ]
    world.now += DAY
    decide(world, broadcast, Choice.failed)
    with world.database.read() as session:
        act = session.exec(select(AuditEvent)).one()
    assert (act.kind, act.member_id) == (AuditKind.decided, world.member_id)
    assert act.subject == {"broadcast": broadcast.id, "choice": "failed", "deliveries": [key]}
