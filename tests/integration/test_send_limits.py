"""Quiet hours, local time and frequency, as the claim keeps them."""

from datetime import UTC, datetime

import pytest

from models import BroadcastStatus, QuietHours, SkipReason
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.sending import send_all
from tests.world import World

NEW_YORK, LOS_ANGELES = "+12125550123", "+13105550123"


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.mark.parametrize(
    ("at", "gets"),
    [
        (datetime(2026, 11, 24, 13, 59, tzinfo=UTC), []),
        (
            datetime(2026, 11, 24, 14, 0, tzinfo=UTC),
            [NEW_YORK],
        ),  # 9:00 in New York, 6:00 further west
        (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), [LOS_ANGELES, NEW_YORK]),
    ],
)
def test_nobody_is_woken(
    world: World, provider: FakeProvider, at: datetime, gets: list[str]
) -> None:
    for phone in (NEW_YORK, LOS_ANGELES):
        world.text(phone, "JOIN")
    world.now = at
    broadcast = start(world)
    send_all(world, provider, 5)
    assert sorted(message.to for message in provider.taken) == sorted(gets)
    world.now = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    send_all(world, provider, 5)
    assert len(provider.taken) == 2, "whoever slept gets it at nine"
    assert_counters_equal_rows(world, broadcast.id)


def test_a_broadcast_may_skip_whoever_sleeps(world: World, provider: FakeProvider) -> None:
    for phone in (NEW_YORK, LOS_ANGELES):
        world.text(phone, "JOIN")
    world.now = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    broadcast = start(world, quiet_hours=QuietHours.skip)
    send_all(world, provider, 5)
    assert [message.to for message in provider.taken] == [NEW_YORK]
    assert world.deliveries(broadcast.id)[LOS_ANGELES].skip_reason is SkipReason.quiet_hours
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_everybody_gets_it_at_the_same_time_of_their_own_day(
    world: World, provider: FakeProvider
) -> None:
    for phone in (NEW_YORK, LOS_ANGELES):
        world.text(phone, "JOIN")
    world.now = datetime(2026, 11, 24, 17, 59, tzinfo=UTC)
    start(world, local_at="2026-11-24T13:00")
    send_all(world, provider, 5)
    assert provider.taken == []
    world.now = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
    send_all(world, provider, 5)
    assert [message.to for message in provider.taken] == [NEW_YORK]
    world.now = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    send_all(world, provider, 5)
    assert [message.to for message in provider.taken] == [NEW_YORK, LOS_ANGELES]


def test_the_promised_frequency_is_kept_over_all_broadcasts(
    world: World, provider: FakeProvider
) -> None:
    phones = world.crowd(2)
    world.change_program(message_frequency="Up to 2 msgs/month")
    for _ in range(2):
        start(world)
        send_all(world, provider, 3)
        world.pass_time(days=2)
    world.text("+12025550777", "JOIN")
    third = start(world)
    send_all(world, provider, 3)
    deliveries = world.deliveries(third.id)
    assert {deliveries[phone].skip_reason for phone in phones} == {SkipReason.frequency}
    assert provider.taken_by("+12025550777") == 1
    world.pass_time(days=29)
    start(world)
    send_all(world, provider, 3)
    assert provider.taken_by(phones[0]) == 3, "the month is over"


@pytest.mark.parametrize(
    ("phone", "limit", "gets"),
    [
        ("+13055550123", None, 3),  # Florida allows three in 24 hours
        (NEW_YORK, None, 4),
        (NEW_YORK, 2, 2),
    ],
)
def test_the_most_in_24_hours(
    world: World, provider: FakeProvider, phone: str, limit: int | None, gets: int
) -> None:
    world.text(phone, "JOIN")
    world.change_program(message_frequency="Msgs vary")
    world.change_organization(most_in_24_hours=limit)
    for _ in range(4):
        start(world)
        send_all(world, provider, 3)
    assert provider.taken_by(phone) == gets
    world.pass_time(days=1)
    start(world)
    send_all(world, provider, 3)
    assert provider.taken_by(phone) == gets + 1
