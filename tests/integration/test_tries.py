"""One try of a message is told from another, whenever the provider's word of it comes."""

import asyncio
import json

import pytest
from sqlmodel import select

from bot.receipts import Receipt, absorb_all
from messaging.errors import Outcome
from messaging.providers import SendError
from models import Broadcast, BroadcastStatus, Delivery, DeliveryStatus, Unsealed
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.sending import dispatch, send_all
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
        leaves = [json.loads(leaf) for leaf in session.exec(select(Unsealed.leaf))]
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
