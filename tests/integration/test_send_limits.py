"""Quiet hours, local time and frequency, as the claim keeps them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from compliance import quiet_hours, quiet_hours_table
from messaging.errors import Outcome
from messaging.providers import Outgoing
from models import Broadcast, BroadcastStatus, QuietHours, SkipReason
from scheduler import deciding, limits
from scheduler.claim import claim
from scheduler.limits import take_turn
from scheduler.work import open_lanes
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.sending import dispatch, refusal, send_all
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


@pytest.mark.parametrize(
    ("before_eight", "useful", "validity"),
    [
        (3600, 3600, 120),
        (3600, 30, 30),
        (90, 3600, 90),
        (5, 3600, 5),
        (4, 3600, None),
        (0, 3600, None),
    ],
)
def test_the_provider_keeps_no_message_past_the_hours_or_the_use(
    world: World, provider: FakeProvider, before_eight: int, useful: int, validity: int | None
) -> None:
    world.text(NEW_YORK, "JOIN")
    eight = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)  # the evening of the 24th
    world.now = eight - timedelta(seconds=before_eight)
    broadcast = start(world)
    world.change_broadcast(broadcast.id, useful_until=world.now + timedelta(seconds=useful))
    asyncio.run(dispatch(world, provider).turn())
    assert [message.validity_seconds for message in provider.taken] == (
        [validity] if validity else []
    )
    assert_counters_equal_rows(world, broadcast.id)


def test_what_waits_for_a_place_while_quiet_hours_begin_stays_here(
    world: World, provider: FakeProvider
) -> None:
    slow, late = "+12125550120", NEW_YORK
    for phone in (slow, late):
        world.text(phone, "JOIN")
    world.now = datetime(2026, 11, 25, 0, 59, 54, tzinfo=UTC)
    broadcast = start(world)

    def takes_its_time(message: Outgoing) -> None:
        world.pass_time(seconds=7)

    provider.before_send = takes_its_time
    asyncio.run(dispatch(world, provider, in_flight=1).turn())
    assert [message.to for message in provider.asked] == [slow]
    provider.before_send = lambda _: None
    asyncio.run(dispatch(world, provider).turn())
    waits = world.deliveries(broadcast.id)[late]
    assert (waits.attempts, waits.next_attempt_at) == (0, datetime(2026, 11, 25, 14, 0, tzinfo=UTC))
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


@pytest.mark.parametrize("most", [1, 2])
def test_an_operators_table_may_allow_fewer_in_24_hours_than_any_law_here(
    world: World, provider: FakeProvider, most: int
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="Msgs vary")
    week = "09:00-20:00,09:00-20:00,12:00-20:00"
    quiet_hours.use(
        quiet_hours_table.parse(
            "region,weekdays,saturday,sunday,most_in_24_hours,source\n"
            f"federal,{week},,x\ndefault,{week},,x\nUS-NY,{week},{most},x\n"
        )
    )
    try:
        for _ in range(3):
            start(world)
            send_all(world, provider, 3)
    finally:
        quiet_hours.use(None)
    assert provider.taken_by(NEW_YORK) == most


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


@pytest.mark.parametrize(("at_own_time", "gets"), [("10:59", 1), ("11:01", 2)])
def test_whoever_waits_is_counted_when_their_moment_has_come(
    world: World, provider: FakeProvider, at_own_time: str, gets: int
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="Msgs vary")
    world.change_organization(most_in_24_hours=1)
    world.now = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # eleven o'clock in New York
    start(world)
    send_all(world, provider, 3)
    world.pass_time(hours=10)
    second = start(world, local_at=f"2026-11-25T{at_own_time}")
    send_all(world, provider, 3)
    hour, minute = at_own_time.split(":")
    world.now = datetime(2026, 11, 25, int(hour) + 5, int(minute), tzinfo=UTC)
    send_all(world, provider, 3)
    assert provider.taken_by(NEW_YORK) == gets
    skipped = world.deliveries(second.id)[NEW_YORK].skip_reason
    assert skipped is (SkipReason.frequency if gets == 1 else None)
    assert_counters_equal_rows(world, second.id)


def test_what_is_being_sent_again_after_a_day_counts_against_the_next_one(
    world: World, provider: FakeProvider
) -> None:
    world.text(NEW_YORK, "JOIN")
    world.change_program(message_frequency="Msgs vary")
    world.change_organization(most_in_24_hours=1)
    provider.answers[NEW_YORK] = refusal(Outcome.unknown)
    first = start(world)
    send_all(world, provider, 1)
    world.pass_time(hours=25)
    with world.database.write() as session:
        again = session.get_one(Broadcast, first.id)
        assert deciding.decide(session, again, deciding.Choice.again, world.member_id, world.now)
    with world.database.write() as session:
        assert len(claim(session, 10, world.now).deliveries) == 1
    second = start(world)
    send_all(world, provider, 1)
    assert world.deliveries(second.id)[NEW_YORK].skip_reason is SkipReason.frequency
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("frequency", "days"), [("Message frequency varies", 1), ("Up to 4 msgs/month", 30)]
)
def test_a_claim_does_not_read_what_counts_no_more(world: World, frequency: str, days: int) -> None:
    """However many broadcasts there have been."""
    world.change_program(message_frequency=frequency)
    world.crowd(1)
    broadcast = start(world)
    others = [world.order().id for _ in range(6)]
    for key, ago in zip(others, (0.9, 1.1, 10, 29, 31, 300), strict=True):
        then = world.now - timedelta(days=ago)
        world.change_broadcast(key, status="sent", started_at=then, finished_at=then)
    world.order()  # not started
    with world.database.write() as session:
        lanes = [one for some in open_lanes(session, world.now).values() for one in some]
        recent = take_turn(session, world.organization_id, lanes, world.now, set())
    kept = {1: others[:1], 30: others[:4]}[days]
    assert recent is not None
    assert sorted(one.broadcast_id for one in recent) == sorted([broadcast.id, *kept])


def test_what_counts_is_a_stretch_of_an_index(sqlite_world: World) -> None:
    with sqlite_world.database.read() as session:
        statement = (
            limits._recent()
            .params(organization=1, since=sqlite_world.now)
            .compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        )
        found = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    looks = [row[3] for row in found if "broadcast" in row[3]]
    assert len(looks) == 2
    for look, how in zip(looks, ("=", ">"), strict=True):
        assert f"ix_broadcast_started (organization_id=? AND finished_at{how}?)" in look
