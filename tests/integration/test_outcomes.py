"""What each answer of the provider leads to."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.receipts import Receipt, absorb_all
from messaging.errors import Outcome
from models import BroadcastStatus, DeliveryStatus, Sender
from scheduler import moves, rescue
from tests.fake_provider import FakeProvider
from tests.sending import dispatch, refusal, send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def test_an_opt_out_at_the_provider_revokes_everything(
    world: World, provider: FakeProvider
) -> None:
    (phone,) = world.crowd(1)
    provider.answers[phone] = refusal(Outcome.suppress, 21610)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 2)
    delivery = world.deliveries(broadcast.id)[phone]
    assert (delivery.status, delivery.error_code) == (DeliveryStatus.failed, 21610)
    assert world.is_suppressed(phone)
    assert set(world.states(phone).values()) == {"unsubscribed"}


def test_a_number_that_cannot_be_reached_fails_for_good(
    world: World, provider: FakeProvider
) -> None:
    (phone,) = world.crowd(1)
    provider.answers[phone] = refusal(Outcome.permanent, 21614)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 200)
    assert len(provider.asked) == 1
    assert world.deliveries(broadcast.id)[phone].error_code == 21614
    assert not world.is_suppressed(phone)


def test_a_passing_trouble_is_retried_and_then_given_up(
    world: World, provider: FakeProvider
) -> None:
    (phone,) = world.crowd(1)
    provider.answers[phone] = refusal(Outcome.retry, 20503)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 300)
    assert len(provider.asked) == 3
    assert world.deliveries(broadcast.id)[phone].status is DeliveryStatus.failed
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_those_who_failed_together_are_not_tried_again_together(
    world: World, provider: FakeProvider
) -> None:
    for phone in world.crowd(20):
        provider.answers[phone] = refusal(Outcome.retry, 20503)
    broadcast = world.order()
    world.fire(broadcast)
    asyncio.run(dispatch(world, provider).turn())
    again = [one.next_attempt_at for one in world.deliveries(broadcast.id).values()]
    waits = {(at - world.now).total_seconds() for at in again if at is not None}
    assert len(waits) == 20
    assert 60 <= min(waits) < max(waits) <= 75


def test_nothing_is_retried_after_the_last_use(world: World, provider: FakeProvider) -> None:
    (phone,) = world.crowd(1)
    provider.answers[phone] = refusal(Outcome.retry, 20503)
    broadcast = world.order()
    world.change_broadcast(broadcast.id, useful_until=world.now + timedelta(minutes=1))
    world.pass_time(seconds=30)
    world.fire(broadcast)
    send_all(world, provider, 300)
    assert len(provider.asked) == 1


def test_too_many_requests_slow_the_sender_and_lose_nothing(
    world: World, provider: FakeProvider
) -> None:
    slow, other = world.crowd(2)
    provider.answers[slow] = refusal(Outcome.slow_down, 20429)
    broadcast = world.order()
    world.fire(broadcast)
    asyncio.run(dispatch(world, provider).turn())
    asked = len(provider.asked)
    world.pass_time(seconds=1)
    asyncio.run(dispatch(world, provider).turn())
    assert len(provider.asked) == asked, "the sender rests for two seconds"
    del provider.answers[slow]
    send_all(world, provider, 10)
    assert provider.taken_by(slow) == provider.taken_by(other) == 1


def test_a_broken_account_pauses_the_broadcast_and_says_why(
    world: World, provider: FakeProvider
) -> None:
    phones = world.crowd(3)
    for phone in phones:
        provider.answers[phone] = refusal(Outcome.pause, 20003)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 5)
    stopped = world.broadcast(broadcast.id)
    assert stopped.status is BroadcastStatus.paused
    assert stopped.attention == "Paused by Marquee: The provider refused the account's log-in."
    provider.answers.clear()
    with world.database.write() as session:
        moves.resume(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider, 5)
    assert sorted(message.to for message in provider.taken) == sorted(phones)


@pytest.mark.parametrize("taken", [True, False])
def test_an_unknown_outcome_is_never_sent_again(
    world: World, provider: FakeProvider, taken: bool
) -> None:
    (phone,) = world.crowd(1)
    provider.answers[phone] = refusal(Outcome.unknown)
    if taken:
        provider.takes_it_anyway.add(phone)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 600)
    assert len(provider.asked) == 1
    assert world.deliveries(broadcast.id)[phone].status is DeliveryStatus.unknown
    assert world.balance(broadcast.id).holds


@pytest.mark.parametrize("outcome", [Outcome.retry, Outcome.slow_down, Outcome.pause])
def test_nothing_goes_back_into_the_queue_of_a_canceled_broadcast(
    world: World, provider: FakeProvider, outcome: Outcome
) -> None:
    (phone,) = world.crowd(1)
    provider.answers[phone] = refusal(outcome)
    broadcast = world.order()
    world.fire(broadcast)

    def cancel_meanwhile(_: object) -> None:
        with world.database.write() as session:
            moves.cancel(session, world.organization_id, broadcast.id, world.now)

    provider.before_send = cancel_meanwhile
    send_all(world, provider, 300)
    delivery = world.deliveries(broadcast.id)[phone]
    assert delivery.status in (DeliveryStatus.skipped, DeliveryStatus.failed)
    assert len(provider.asked) == 1
    assert world.balance(broadcast.id).still_to_go == 0


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.slow_down, 20429), (Outcome.retry, None), (Outcome.pause, 20003)],
)
def test_what_is_refused_after_its_lease_goes_again(
    world: World, provider: FakeProvider, outcome: Outcome, code: int | None
) -> None:
    """The process was frozen meanwhile, and another one had found nothing left to hand over."""
    (phone,) = world.crowd(1)
    broadcast = world.order()
    world.fire(broadcast)

    def frozen(_: object) -> None:
        world.pass_time(seconds=31)
        with world.database.write() as session:
            assert rescue.lapse(session, world.now) == 1
        with ThreadPoolExecutor() as other:
            other.submit(asyncio.run, dispatch(world, FakeProvider()).turn()).result()
        assert world.broadcast(broadcast.id).status is BroadcastStatus.sent

    provider.before_send = frozen
    provider.answers[phone] = refusal(outcome, code)
    asyncio.run(dispatch(world, provider).turn())
    provider.before_send = lambda _: None
    provider.answers.clear()
    if outcome is Outcome.pause:
        assert world.broadcast(broadcast.id).status is BroadcastStatus.paused
        with world.database.write() as session:
            moves.resume(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider, 120)
    assert provider.taken_by(phone) == 1
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.slow_down, 20429), (Outcome.retry, None), (Outcome.permanent, 21614)],
)
def test_what_was_refused_does_not_count_for_the_day(
    world: World, provider: FakeProvider, outcome: Outcome, code: int | None
) -> None:
    phones = world.crowd(15)
    world.change_sender(daily_cap=10)
    for phone in phones[:5]:
        provider.answers[phone] = refusal(outcome, code)
    broadcast = world.order()
    world.fire(broadcast)
    asyncio.run(dispatch(world, provider).turn())
    provider.answers.clear()
    send_all(world, provider, 300)
    assert len(provider.taken) == 10


def test_what_may_have_been_taken_counts_for_the_day(world: World, provider: FakeProvider) -> None:
    phones = world.crowd(15)
    world.change_sender(daily_cap=10)
    provider.answers[phones[0]] = refusal(Outcome.unknown)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 60)
    assert len(provider.asked) == 10
    assert world.balance(broadcast.id).count(DeliveryStatus.pending) == 5


def test_a_cap_that_is_set_in_the_middle_of_a_day_counts_all_of_it(
    world: World, provider: FakeProvider
) -> None:
    world.crowd(60)
    world.change_sender(segments_per_second=1)
    world.fire(world.order())
    send_all(world, provider, 15)
    assert 10 < len(provider.taken) < 20
    world.change_sender(daily_cap=20)
    send_all(world, provider, 60)
    assert len(provider.taken) == 20


@pytest.mark.parametrize("is_late", [False, True])
def test_when_carriers_end_the_senders_day_everybody_else_waits_for_the_next(
    world: World, provider: FakeProvider, is_late: bool
) -> None:
    """They say so at once, or by the receipts of what the provider had taken."""
    phones = world.crowd(40)
    world.change_sender(segments_per_second=20)
    broadcast = world.order()
    world.fire(broadcast)
    if not is_late:
        provider.answers = dict.fromkeys(phones, refusal(Outcome.day_over, 30023))
    asyncio.run(dispatch(world, provider).turn())
    refused = [message.to for message in provider.asked]
    assert 0 < len(refused) < 40
    if is_late:
        for phone in refused:
            one = world.deliveries(broadcast.id)[phone]
            receipt = Receipt(
                str(one.message_sid), "undelivered", 30023, (one.id, one.attempts), phone
            )
            with world.database.write() as session:
                assert absorb_all(session, [receipt], world.now) == [True]
    provider.answers.clear()
    send_all(world, provider, 60, step=5)
    assert len(provider.asked) == len(refused)
    assert world.balance(broadcast.id).count(DeliveryStatus.pending) == 40
    world.now = Sender.cap_ends(world.now)
    world.pass_time(hours=6)  # and their quiet hours are over
    send_all(world, provider, 10)
    assert [provider.taken_by(phone) for phone in phones] == [
        1 + (is_late and phone in refused) for phone in phones
    ]
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_what_would_be_too_late_on_the_senders_next_day_is_not_tried_again(
    world: World, provider: FakeProvider
) -> None:
    (phone,) = world.crowd(1)
    broadcast = world.order()
    world.change_broadcast(broadcast.id, useful_until=world.now + timedelta(hours=5))
    world.fire(broadcast)
    provider.answers[phone] = refusal(Outcome.day_over, 30023)
    send_all(world, provider, 2)
    assert world.deliveries(broadcast.id)[phone].status is DeliveryStatus.failed
