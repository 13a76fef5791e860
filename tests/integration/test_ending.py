"""A broadcast of which nothing is left is over, also while its sender may send nothing."""

from datetime import timedelta

import pytest

from models import BroadcastStatus, SkipReason
from scheduler import sweep
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import start
from tests.sending import send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def test_one_that_has_used_up_the_day_is_over_at_once(world: World, provider: FakeProvider) -> None:
    world.crowd(5)
    world.change_sender(daily_cap=5)
    broadcast = start(world)
    send_all(world, provider, 3)
    assert len(provider.taken) == 5
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_messages_longer_than_the_daily_cap_end_with_their_last_use(
    world: World, provider: FakeProvider
) -> None:
    world.crowd(2)
    world.change_sender(daily_cap=2)
    broadcast = start(world, body="Neon Nights: " + 400 * "x")
    send_all(world, provider, 3)
    world.pass_time(hours=24)
    sweep.sweep(world.database, broadcast.id, world.now)
    send_all(world, provider, 3)
    assert provider.asked == []
    assert world.balance(broadcast.id).skipped == {SkipReason.too_late: 2}
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_one_that_waits_for_another_day_is_not_over(world: World, provider: FakeProvider) -> None:
    world.crowd(2)
    world.change_sender(daily_cap=1)
    broadcast = start(world)
    send_all(world, provider, 3)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending
    world.pass_time(days=1)
    world.change_broadcast(broadcast.id, useful_until=world.now + timedelta(hours=1))
    send_all(world, provider, 3)
    assert len(provider.taken) == 2
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
