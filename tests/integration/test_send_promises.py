"""Everything that a program promises of how often it writes, as the claim keeps it."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.errors import Outcome
from models import DeliveryStatus, SkipReason
from tests.fake_provider import FakeProvider
from tests.integration.test_caps_racing import second_program
from tests.integration.test_engine import start
from tests.sending import refusal, send_all
from tests.world import World

NEW_YORK, BOSTON = "+12125550123", "+16175550123"
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.mark.parametrize(
    ("frequency", "days", "gets"),
    [
        ("Up to 2 msgs per day and 5 msgs per month", (0, 0, 0, 2, 2, 4, 6, 8), [0, 0, 2, 2, 4]),
        ("Up to 4 msgs/month, max 1 per day", (0, 0, 1, 2, 3, 4, 30), [0, 1, 2, 3, 30]),
        ("Biweekly", (0, 7, 13, 14, 27), [0, 14]),
        ("Monthly: up to 2 SMS", (0, 0, 1, 30), [0, 0, 30]),
    ],
)
def test_every_promise_of_a_program_is_kept_over_all_broadcasts(
    world: World, provider: FakeProvider, frequency: str, days: tuple[int, ...], gets: list[int]
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency=frequency)
    got = []
    for minute, day in enumerate(days):
        world.now = NOON + timedelta(days=day, minutes=minute)
        before = provider.taken_by(NEW_YORK)
        broadcast = start(world)
        send_all(world, provider, 3)
        got += [day] * (provider.taken_by(NEW_YORK) - before)
        skipped = world.deliveries(broadcast.id)[NEW_YORK].skip_reason
        assert skipped in (None, SkipReason.frequency)
    assert got == gets


def test_each_window_is_counted_for_each_person(world: World, provider: FakeProvider) -> None:
    for phone in (NEW_YORK, BOSTON):
        world.text(phone, "JOIN")
    world.change_program(message_frequency="Up to 3 msgs/month, max 1 per day")
    for day in (0, 2, 3):
        world.now = NOON + timedelta(days=day)
        if day == 3:
            provider.answers[BOSTON] = refusal(Outcome.permanent)
        start(world)
        send_all(world, provider, 3)
    provider.answers.clear()
    for phone, number in ((NEW_YORK, 3), (BOSTON, 2)):
        assert provider.taken_by(phone) == number
    world.pass_time(minutes=5)
    start(world)
    send_all(world, provider, 3)
    assert provider.taken_by(BOSTON) == 3, "two of the month and none of the day came before"
    assert provider.taken_by(NEW_YORK) == 3


def test_a_message_that_may_have_arrived_uses_up_a_promise(
    world: World, provider: FakeProvider
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="Up to 1 msg/month")
    provider.answers[NEW_YORK] = refusal(Outcome.unknown)
    first = start(world)
    send_all(world, provider, 3)
    provider.answers.clear()
    assert world.deliveries(first.id)[NEW_YORK].status is DeliveryStatus.unknown
    second = start(world)
    send_all(world, provider, 3)
    assert world.deliveries(second.id)[NEW_YORK].skip_reason is SkipReason.frequency
    assert len(provider.asked) == 1


def test_another_programs_messages_use_up_no_promise(world: World, provider: FakeProvider) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="Up to 3 msgs/month, max 1 per day")
    with world.database.write() as session:
        mine, others = world.list_id(session), second_program(session, world)
    for list_id, number in ((mine, 1), (others, 2), (mine, 2), (others, 2)):
        start(world, list_id=list_id)
        send_all(world, provider, 3)
        assert provider.taken_by(NEW_YORK) == number
