"""How long the rest of a broadcast takes, as its page says it: with all that is in the way."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models import Broadcast
from models.balance import balance
from scheduler import remaining
from tests.fake_provider import FakeProvider
from tests.integration.admin.desk import fill
from tests.sending import send_all
from tests.world import World

PEOPLE = 1_200


def said(world: World, broadcast: Broadcast) -> str | None:
    with world.database.read() as session:
        known = session.get_one(Broadcast, broadcast.id)
        found = remaining.left(session, known, balance(session, known.id), world.now)
        return found and found.words


def start(world: World, **changes: object) -> Broadcast:
    broadcast = world.order(**changes)
    world.fire(broadcast)
    return broadcast


@pytest.fixture
def slow(world: World) -> World:
    """Ten minutes for all of them."""
    fill(world, PEOPLE)
    world.change_sender(segments_per_second=2.0)
    return world


def test_alone_it_takes_what_its_rate_says(slow: World) -> None:
    broadcast = start(slow)
    assert said(slow, broadcast) == "1,200 messages at 2 segments a second: about 10 minutes"


def test_others_on_its_sender_take_their_fair_share(slow: World) -> None:
    mine, long = start(slow), start(slow, body="ж" * 71)
    # The other one has twice as many segments: until this one is done it sends as many.
    assert said(slow, mine) == (
        "1,200 messages at 2 segments a second, shared with another broadcast: about 20 minutes"
    )
    assert said(slow, long) == (
        "1,200 messages of 2 segments at 2 segments a second, shared with another broadcast: "
        "about 30 minutes"
    )
    slow.change_broadcast(long.id, status="paused")
    assert said(slow, mine) == "1,200 messages at 2 segments a second: about 10 minutes"


@pytest.mark.parametrize(
    ("cap", "used", "words"),
    [
        (2_000, 800, "1,200 messages at 2 segments a second: about 10 minutes"),
        # Noon in New York is nine in California: fifteen hours until the cap begins anew.
        (2_000, 801, "1,200 messages at 2 segments a second: about 15 hours"),
        (500, 500, "1,200 messages at 2 segments a second, at most 500 a day: about 3 days"),
    ],
)
def test_what_the_day_has_used_of_its_cap_counts(
    slow: World, cap: int, used: int, words: str
) -> None:
    slow.change_sender(daily_cap=cap, used_today=used, cap_day=date(2026, 11, 23))
    broadcast = start(slow)
    # Of use for long, so that only the cap is in the way.
    slow.change_broadcast(broadcast.id, useful_until=slow.now + timedelta(days=7))
    assert (said(slow, broadcast) or "").startswith(words)


def test_a_rest_of_the_sender_is_waited_for(slow: World) -> None:
    broadcast = start(slow)
    slow.change_sender(rests_until=slow.now + timedelta(minutes=5), rest_seconds=300)
    assert said(slow, broadcast) == "1,200 messages at 2 segments a second: about 15 minutes"


def test_those_who_sleep_take_until_they_wake(world: World) -> None:
    world.crowd(3)
    world.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # midnight in Washington
    broadcast = start(world)
    send_all(world, FakeProvider(), 2)
    assert said(world, broadcast) == (
        "3 messages at 100 segments a second, 3 of them later: about 9 hours"
    )


def test_quiet_hours_that_begin_before_the_end_are_said(slow: World) -> None:
    slow.change_sender(segments_per_second=0.1)  # three hours and twenty minutes
    slow.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # six in the evening
    broadcast = start(slow)
    assert said(slow, broadcast) == (
        "1,200 messages at 0.1 segments a second: about 3 hours, and longer for people whose "
        "quiet hours begin before that. What has not gone by Tuesday 24 November 2026, 23:00 UTC "
        "is skipped"
    )


def test_what_takes_longer_than_it_is_of_use_is_said(slow: World) -> None:
    broadcast = start(slow)
    slow.change_broadcast(broadcast.id, useful_until=slow.now + timedelta(minutes=9))
    assert said(slow, broadcast) == (
        "1,200 messages at 2 segments a second: about 10 minutes. "
        "What has not gone by Monday 23 November 2026, 17:09 UTC is skipped"
    )


def test_when_all_has_gone_nothing_is_said(world: World) -> None:
    world.crowd(2)
    broadcast = start(world)
    send_all(world, FakeProvider(), 2)
    assert said(world, broadcast) is None
