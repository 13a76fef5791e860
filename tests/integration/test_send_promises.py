"""Everything that a program promises of how often it writes, as the claim keeps it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging.errors import Outcome
from models import DeliveryStatus, SkipReason
from tests.fake_provider import FakeProvider
from tests.integration.test_caps_racing import second_program
from tests.integration.test_engine import assert_counters_equal_rows, start
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


@pytest.mark.parametrize(
    ("frequency", "late", "waits"),
    [
        ("1 msg/week", {"seconds": 90}, True),
        ("1 msg/week", {"hours": 5}, True),
        ("1 msg/week", {"hours": 7}, False),
    ],
)
def test_whoever_got_the_last_one_late_gets_the_next_when_its_week_is_over(
    world: World, provider: FakeProvider, frequency: str, late: dict[str, float], waits: bool
) -> None:
    """A list goes out in a little more or less time each week: nobody may lose a message for it."""
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency=frequency)
    world.now = datetime(2026, 11, 24, 15, 0, tzinfo=UTC) + timedelta(**late)
    start(world)
    send_all(world, provider, 1)
    world.now = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
    second = start(world)
    send_all(world, provider, 1)
    assert provider.taken_by(NEW_YORK) == 1
    assert world.balance(second.id).holds
    if waits:
        world.now += timedelta(**late) - timedelta(seconds=4)
        send_all(world, provider, 1)
        assert provider.taken_by(NEW_YORK) == 1, "never within the week"
        send_all(world, provider, 10)
        assert provider.taken_by(NEW_YORK) == 2
    else:
        assert world.deliveries(second.id)[NEW_YORK].skip_reason is SkipReason.frequency
    assert_counters_equal_rows(world, second.id)


def test_nobody_waits_for_their_week_to_end_when_the_message_is_of_no_use_by_then(
    world: World, provider: FakeProvider
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="1 msg/week")
    world.now = NOON + timedelta(hours=2)
    start(world)
    send_all(world, provider, 1)
    world.now = NOON + timedelta(days=7)
    second = start(world, useful_for=timedelta(hours=1))
    send_all(world, provider, 1)
    assert world.deliveries(second.id)[NEW_YORK].skip_reason is SkipReason.frequency


def test_a_week_in_which_the_clocks_go_forward_is_a_week(
    world: World, provider: FakeProvider
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="1 msg/week")
    berlin = ZoneInfo("Europe/Berlin")
    for day in (datetime(2027, 3, 26, 18, tzinfo=berlin), datetime(2027, 4, 2, 18, tzinfo=berlin)):
        world.now = day.astimezone(UTC)
        start(world, timezone="Europe/Berlin")
        send_all(world, provider, 1)
    assert provider.taken_by(NEW_YORK) == 2
