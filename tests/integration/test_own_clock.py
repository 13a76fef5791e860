"""A message at the same time on everybody's own clock, and in quiet hours: sent, late or never."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from admin import linting
from models import Broadcast, BroadcastStatus, DeliveryStatus, QuietHours, SkipReason
from scheduler import broadcasts, moves
from tests.fake_provider import FakeProvider
from tests.sending import send_all
from tests.world import World

NEW_YORK, LOS_ANGELES, HAWAII = "+12125550101", "+13105550101", "+18085550101"


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def got(provider: FakeProvider) -> set[str]:
    return {message.to for message in provider.taken}


def test_each_place_gets_it_when_its_own_clock_says_so(
    world: World, provider: FakeProvider
) -> None:
    for phone in (NEW_YORK, LOS_ANGELES, HAWAII):
        world.text(phone, "JOIN")
    broadcast = world.order(local_at="2026-11-24T18:00")
    world.now = broadcast.scheduled_at  # in Newfoundland
    world.fire(broadcast)
    for hour, expected in (
        (22, set()),
        (23, {NEW_YORK}),
        (26, {NEW_YORK, LOS_ANGELES}),
        (28, {NEW_YORK, LOS_ANGELES, HAWAII}),
    ):
        before = datetime(2026, 11, 24 + hour // 24, hour % 24, 0, tzinfo=UTC)
        send_all(world, provider, 2)
        already = got(provider)
        assert already < expected or already == expected
        world.now = before
        send_all(world, provider, 2)
        assert got(provider) == expected, hour


GUAM, SAIPAN, SAN_JUAN, SAMOA = "+16715550101", "+16705550101", "+19395550101", "+16845550101"


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        (GUAM, "Pacific/Guam"),
        (SAIPAN, "Pacific/Saipan"),
        (SAN_JUAN, "America/Puerto_Rico"),
        ("+13405550101", "America/St_Thomas"),
        (SAMOA, "Pacific/Pago_Pago"),
    ],
)
def test_the_territories_get_it_at_their_own_time_too(
    world: World, provider: FakeProvider, phone: str, zone: str
) -> None:
    world.change_program(regions="US")
    for one in (phone, NEW_YORK):
        world.text(one, "JOIN")
    broadcast = world.order(local_at="2026-11-25T18:00")
    there = datetime(2026, 11, 25, 18, 0, tzinfo=ZoneInfo(zone))
    assert broadcast.scheduled_at <= there
    world.now = broadcast.scheduled_at
    world.fire(broadcast)
    world.now = there.astimezone(UTC) - timedelta(minutes=1)
    send_all(world, provider, 2)
    assert phone not in got(provider)
    world.now = there.astimezone(UTC)
    send_all(world, provider, 2)
    assert phone in got(provider)
    assert broadcast.last_use >= there


def test_a_territory_where_nobody_is_hurries_nobody(world: World) -> None:
    """In the morning of New York it is past six in the evening in Guam."""
    world.text(NEW_YORK, "JOIN")
    world.change_program(regions="US")
    world.now = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert world.order(local_at="2026-11-25T18:00").scheduled_at == datetime(
        2026, 11, 25, 23, 0, tzinfo=UTC
    )
    world.text(GUAM, "JOIN")
    with pytest.raises(broadcasts.Refused, match="already in Pacific/Guam"):
        world.order(local_at="2026-11-25T18:00")


@pytest.mark.parametrize(
    ("policy", "status"),
    [(QuietHours.defer, DeliveryStatus.pending), (QuietHours.skip, DeliveryStatus.skipped)],
)
@pytest.mark.parametrize("local_at", [None, "2026-11-24T22:00"])
def test_in_quiet_hours_it_waits_or_is_left_out_as_the_broadcast_says(
    world: World,
    provider: FakeProvider,
    policy: QuietHours,
    status: DeliveryStatus,
    local_at: str | None,
) -> None:
    world.text(NEW_YORK, "JOIN")
    at_night = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 22:00 in New York
    broadcast = world.order(quiet_hours=policy, local_at=local_at, scheduled_at=at_night)
    world.now = broadcast.scheduled_at
    world.fire(broadcast)
    world.now = at_night
    send_all(world, provider, 2)
    (delivery,) = world.deliveries(broadcast.id).values()
    assert delivery.status is status
    assert provider.taken == []
    if policy is QuietHours.defer:
        assert delivery.next_attempt_at == datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
        world.now = delivery.next_attempt_at
        send_all(world, provider, 2)
        assert got(provider) == {NEW_YORK}
    else:
        assert delivery.skip_reason is SkipReason.quiet_hours


def test_nothing_is_handed_over_after_its_last_use(world: World, provider: FakeProvider) -> None:
    world.crowd(2)
    broadcast = world.order(useful_for=timedelta(hours=1))
    world.fire(broadcast)
    world.pass_time(hours=1, microseconds=1)
    send_all(world, provider, 2)
    assert provider.asked == []


def test_a_held_one_is_of_use_for_as_long_after_its_new_time(world: World) -> None:
    world.crowd(1)
    broadcast = world.order(
        scheduled_at=world.now + timedelta(minutes=1), useful_for=timedelta(hours=2)
    )
    world.pass_time(hours=30)
    world.fire(broadcast)
    with world.database.write() as session:
        moves.release(session, world.organization_id, broadcast.id, None, world.now)
    assert world.broadcast(broadcast.id).last_use == world.now + timedelta(hours=2)


def test_a_held_one_that_is_released_early_still_waits_for_everybodys_time(
    world: World, provider: FakeProvider
) -> None:
    world.text(NEW_YORK, "JOIN")
    broadcast = world.order(local_at="2026-11-25T13:00", useful_for=timedelta(hours=1))
    world.change_broadcast(broadcast.id, status=BroadcastStatus.held)
    with world.database.write() as session:
        moves.release(session, world.organization_id, broadcast.id, None, world.now)
    world.fire(broadcast)
    send_all(world, provider, 2)
    assert got(provider) == set()
    world.now = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    send_all(world, provider, 2)
    assert got(provider) == {NEW_YORK}
    assert world.broadcast(broadcast.id).last_use == broadcast.last_use


def test_the_linter_knows_for_how_long_one_that_is_released_early_is_of_use(world: World) -> None:
    world.text("+18005550101", "JOIN")  # awake in all places at once from 20:00 to 21:30 UTC
    broadcast = world.order(local_at="2026-11-25T13:00")
    world.change_broadcast(broadcast.id, status=BroadcastStatus.held)
    with world.database.write() as session:
        held = session.get_one(Broadcast, broadcast.id)
        draft = linting.judge_again(session, held, world.now, "UTC")
        (said,) = [one for one in linting.judge(draft).points if one.code == "C021"]
        moves.release(session, world.organization_id, broadcast.id, None, world.now)
    assert "get it by itself when their quiet hours are over: at Thursday 26" in said.text
    assert draft.useful_until == world.broadcast(broadcast.id).last_use
