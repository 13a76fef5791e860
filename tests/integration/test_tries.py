"""One try of a message is told from another, whenever the provider's word of it comes."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.receipts import Receipt, absorb_all
from messaging.errors import NEVER_SEEN, Outcome
from messaging.providers import SendError
from models import Broadcast, BroadcastStatus, Delivery, DeliveryStatus, SkipReason
from scheduler import moves, rescue, sweep
from tests.auditing import waiting_leaves
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.sending import dispatch, refusal, send_all
from tests.world import World

PHONE = "+12025550000"
FAILED_SID = "SM" + "f" * 32


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def broadcast(world: World) -> Broadcast:
    world.crowd(1)
    return start(world)


def delivery_of(world: World, broadcast: Broadcast) -> Delivery:
    return world.deliveries(broadcast.id)[PHONE]


def turn(world: World, provider: FakeProvider) -> None:
    asyncio.run(dispatch(world, provider).turn())


def receive(
    world: World,
    broadcast: Broadcast,
    status: str,
    code: int | None,
    attempt: int,
    sid: str | None = None,
) -> None:
    one = delivery_of(world, broadcast)
    known = sid or str(one.message_sid)
    with world.database.write() as session:
        absorb_all(session, [Receipt(known, status, code, (one.id, attempt), PHONE)], world.now)


def resume_if_paused(world: World, broadcast: Broadcast) -> None:
    if world.broadcast(broadcast.id).status is BroadcastStatus.paused:
        with world.database.write() as session:
            moves.resume(session, world.organization_id, broadcast.id, world.now)


def cancel(world: World, broadcast: Broadcast) -> None:
    with world.database.write() as session:
        moves.cancel(session, world.organization_id, broadcast.id, world.now)


@pytest.mark.parametrize("code", [30001, 30022])
def test_what_failed_as_it_was_taken_is_told_from_the_next_try(
    world: World, provider: FakeProvider, broadcast: Broadcast, code: int
) -> None:
    """Its own receipt, which says the same once more, may come when the next one is under way."""
    provider.answers[PHONE] = SendError(Outcome.slow_down, code, "It failed.", FAILED_SID)
    turn(world, provider)
    provider.answers.clear()
    send_all(world, provider, 90)
    assert provider.taken_by(PHONE) == 1
    receive(world, broadcast, "failed", code, attempt=1, sid=FAILED_SID)
    send_all(world, provider, 200, step=2)
    assert provider.taken_by(PHONE) == 1, "whoever has it gets it again"
    assert delivery_of(world, broadcast).status is DeliveryStatus.accepted
    with world.database.read() as session:
        leaves = [json.loads(leaf) for leaf in waiting_leaves(session)]
    tries = [leaf["attempt"] for leaf in leaves if leaf["type"] == "submission"]
    assert tries == [1, 2], "the log has each message that the provider had in its hands"
    assert_counters_equal_rows(world, broadcast.id)


def test_what_failed_as_it_was_taken_and_would_hit_everybody_pauses(
    world: World, provider: FakeProvider, broadcast: Broadcast
) -> None:
    """As its receipt would."""
    provider.answers[PHONE] = SendError(Outcome.pause, 30007, "It failed.", FAILED_SID)
    turn(world, provider)
    one = delivery_of(world, broadcast)
    assert (one.status, one.error_code) == (DeliveryStatus.failed, 30007)
    paused = world.broadcast(broadcast.id)
    assert paused.status is BroadcastStatus.paused
    assert "filtered" in str(paused.attention)


def refused_after_the_list_was_asked(
    world: World, provider: FakeProvider, outcome: Outcome, code: int | None
) -> None:
    """The process was frozen, or its database away, between the request and its answer."""

    def frozen(_: object) -> None:
        world.pass_time(seconds=31)
        with world.database.write() as session:
            assert rescue.lapse(session, world.now) == 1
        world.pass_time(seconds=60)
        with ThreadPoolExecutor() as other:
            asked = rescue.reconcile(world.database, provider, world.now)
            assert other.submit(asyncio.run, asked).result() == 1

    provider.before_send = frozen
    provider.answers[PHONE] = refusal(outcome, code)
    turn(world, provider)
    provider.before_send = lambda _: None
    provider.answers.clear()


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.slow_down, 20429),
        (Outcome.retry, None),
        (Outcome.retry, 20503),
        (Outcome.pause, 20003),
    ],
)
def test_what_was_refused_goes_again_although_it_was_given_up_meanwhile(
    world: World,
    provider: FakeProvider,
    broadcast: Broadcast,
    outcome: Outcome,
    code: int | None,
) -> None:
    refused_after_the_list_was_asked(world, provider, outcome, code)
    one = delivery_of(world, broadcast)
    assert (one.status, one.settled_at) == (DeliveryStatus.pending, None)
    resume_if_paused(world, broadcast)
    send_all(world, provider, 120)
    assert provider.taken_by(PHONE) == 1
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    assert_counters_equal_rows(world, broadcast.id)


def test_who_opted_out_at_the_provider_is_known_to_have_when_the_answer_comes_late(
    world: World, provider: FakeProvider, broadcast: Broadcast
) -> None:
    refused_after_the_list_was_asked(world, provider, Outcome.suppress, 21610)
    assert world.is_suppressed(PHONE)
    assert delivery_of(world, broadcast).error_code == 21610


def test_an_answer_that_says_nothing_leaves_it_given_up(
    world: World, provider: FakeProvider, broadcast: Broadcast
) -> None:
    refused_after_the_list_was_asked(world, provider, Outcome.unknown, None)
    one = delivery_of(world, broadcast)
    assert (one.status, one.error_code) == (DeliveryStatus.failed, NEVER_SEEN)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.slow_down, 20429), (Outcome.pause, 20003), (Outcome.retry, 20503)],
)
def test_what_went_once_and_was_then_refused_ends_as_what_went(
    world: World, provider: FakeProvider, broadcast: Broadcast, outcome: Outcome, code: int
) -> None:
    """A canceled broadcast: the phone was out of reach, and may have got it after all."""
    turn(world, provider)
    receive(world, broadcast, "undelivered", 30003, attempt=1)
    world.pass_time(seconds=90)
    provider.answers[PHONE] = refusal(outcome, code)
    turn(world, provider)
    assert len(provider.asked) == 2
    assert delivery_of(world, broadcast).status is DeliveryStatus.pending
    cancel(world, broadcast)
    one = delivery_of(world, broadcast)
    assert (one.status, one.error_code) == (DeliveryStatus.undelivered, 30003)
    receive(world, broadcast, "delivered", None, attempt=1, sid="SM" + "1" * 32)
    assert delivery_of(world, broadcast).status is DeliveryStatus.delivered
    assert_counters_equal_rows(world, broadcast.id)


@pytest.mark.parametrize("is_canceled", [True, False])
@pytest.mark.parametrize(
    ("first", "then"),
    [((Outcome.retry, 20503), None), ((Outcome.retry, None), (Outcome.slow_down, 20429))],
)
def test_what_was_only_ever_refused_was_not_sent(
    world: World,
    provider: FakeProvider,
    broadcast: Broadcast,
    first: tuple[Outcome, int | None],
    then: tuple[Outcome, int] | None,
    is_canceled: bool,
) -> None:
    provider.answers[PHONE] = refusal(*first)
    turn(world, provider)
    if then is not None:
        world.pass_time(seconds=90)
        provider.answers[PHONE] = refusal(*then)
        turn(world, provider)
    assert provider.taken == []
    assert delivery_of(world, broadcast).status is DeliveryStatus.pending
    if is_canceled:
        cancel(world, broadcast)
    else:
        world.pass_time(days=2)
        sweep.sweep(world.database, broadcast.id, world.now)
    one = delivery_of(world, broadcast)
    why = SkipReason.canceled if is_canceled else SkipReason.too_late
    assert (one.status, one.skip_reason) == (DeliveryStatus.skipped, why)
    assert world.balance(broadcast.id).handed_over == 0
    assert_counters_equal_rows(world, broadcast.id)
