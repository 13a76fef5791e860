"""A series at everybody's own local time: "every Friday at 17:00 where they are"."""

from datetime import UTC, datetime, timedelta

import pytest

from models import Broadcast, BroadcastStatus, QuietHours, SkipReason
from scheduler import missed, moves, recurring
from tests.fake_provider import FakeProvider
from tests.sending import send_all
from tests.series import daily, made, order, plan
from tests.world import World

NEW_YORK, LOS_ANGELES, HAWAII = "+12125550101", "+13105550101", "+18085550101"
EVERYBODY = {NEW_YORK, LOS_ANGELES, HAWAII}
# Half past eight in the evening in Greenwich is five in the afternoon in Newfoundland.
BEGINS = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def people(world: World) -> World:
    for phone in sorted(EVERYBODY):
        world.text(phone, "JOIN")
    return world


def fridays(world: World, **changes: object) -> Broadcast:
    """The broadcast of Friday, 27 November, of a series that comes on Fridays; nothing began."""
    order(world, is_local=True, at="17:00", timezone="America/Chicago", **changes)
    world.now = BEGINS - timedelta(days=1)
    (friday,) = plan(world)
    return friday


def got(world: World, provider: FakeProvider, at: datetime) -> set[str]:
    """Who has been messaged shortly after this moment."""
    world.now = at
    send_all(world, provider, 2)
    return {message.to for message in provider.taken}


def on_friday(hour: int, minute: int = 0, days: int = 0) -> datetime:
    """UTC hours of that Friday, or so many days later; 27 is three o'clock after midnight."""
    return datetime(2026, 11, 27, tzinfo=UTC) + timedelta(days, hours=hour, minutes=minute)


def test_everybody_gets_it_when_their_own_clock_says_so_week_after_week(
    people: World, provider: FakeProvider
) -> None:
    friday = fridays(people)
    for weeks in (0, 1):
        people.now = friday.scheduled_at
        people.fire(friday)
        assert got(people, provider, on_friday(21, 59, 7 * weeks)) == set()
        assert got(people, provider, on_friday(22, 0, 7 * weeks)) == {NEW_YORK}
        assert got(people, provider, on_friday(25, 0, 7 * weeks)) == {NEW_YORK, LOS_ANGELES}
        assert got(people, provider, on_friday(27, 0, 7 * weeks)) == EVERYBODY
        provider.taken.clear()
        people.now = BEGINS + timedelta(days=6 + 7 * weeks)
        (friday,) = plan(people)
        assert friday.local_at == f"2026-12-{4 + 7 * weeks:02d}T17:00"


def test_it_is_made_a_day_before_it_begins_anywhere(people: World) -> None:
    order(people, is_local=True, at="17:00", timezone="Pacific/Honolulu")
    people.now = BEGINS - timedelta(days=1, seconds=1)
    assert plan(people) == []
    people.pass_time(seconds=1)
    (friday,) = plan(people)
    assert (friday.scheduled_at, friday.occurs_at) == (BEGINS, BEGINS)
    assert friday.status is BroadcastStatus.scheduled


def test_the_wall_clock_stays_when_some_places_change_their_clocks(
    people: World, provider: FakeProvider
) -> None:
    order(people, is_local=True, at="17:00")
    for day, hour in ((12, 22), (19, 21)):  # summer time begins on 14 March 2027
        people.now = datetime(2027, 3, day, tzinfo=UTC)
        *_, friday = plan(people)
        people.now = friday.scheduled_at
        people.fire(friday)
        provider.taken.clear()
        early = datetime(2027, 3, day, hour - 1, 59, tzinfo=UTC)
        assert got(people, provider, early) == set()
        assert got(people, provider, early + timedelta(minutes=1)) == {NEW_YORK}


@pytest.mark.parametrize(
    ("policy", "useful_hours", "gets_it"),
    [(QuietHours.defer, 24, True), (QuietHours.defer, 2, False), (QuietHours.skip, 24, False)],
)
def test_in_quiet_hours_it_waits_as_long_as_it_is_of_use_after_the_last_place(
    world: World, provider: FakeProvider, policy: QuietHours, useful_hours: int, gets_it: bool
) -> None:
    world.text(HAWAII, "JOIN")
    daily(world, is_local=True, at="21:00", quiet_hours=policy, useful_hours=useful_hours)
    (tonight,) = plan(world)
    world.now = tonight.scheduled_at
    world.fire(tonight)
    assert got(world, provider, tonight.scheduled_at) == set()
    nine_there = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
    assert tonight.last_use == nine_there - timedelta(hours=12 - useful_hours)
    assert got(world, provider, nine_there - timedelta(minutes=1)) == set()
    assert (got(world, provider, nine_there) == {HAWAII}) == gets_it
    if not gets_it:
        (delivery,) = world.deliveries(tonight.id).values()
        assert delivery.skip_reason is SkipReason.quiet_hours


# -- missed, paused, ended ------------------------------------------------------------------------


def test_a_clock_that_was_away_when_it_began_starts_it_or_holds_it(
    people: World, provider: FakeProvider
) -> None:
    friday = fridays(people, latest_start_minutes=60)
    people.now = BEGINS + timedelta(minutes=60, seconds=1)
    people.fire(friday)
    assert people.broadcast(friday.id).status is BroadcastStatus.held
    with people.database.write() as session:
        moves.release(session, people.organization_id, friday.id, None, people.now)
    people.fire(friday)
    assert got(people, provider, on_friday(22)) == {NEW_YORK}, "it is local time all the same"


def test_of_those_that_a_clock_missed_only_the_latest_waits(world: World) -> None:
    world.crowd(1)
    daily(world, is_local=True, at="17:00")
    world.now = BEGINS + timedelta(hours=2)  # of Friday's; it was ordered on Monday
    plan(world)
    canceled, held = BroadcastStatus.canceled, BroadcastStatus.held
    for broadcast in made(world):
        world.fire(broadcast)
    missed.give_up_missed(world.database, world.now)
    *earlier, friday, saturday = made(world)
    assert [one.local_at for one in earlier] == [f"2026-11-{day}T17:00" for day in (23, 24, 25, 26)]
    assert {one.status for one in earlier} == {canceled}
    assert (friday.status, saturday.status) == (held, BroadcastStatus.scheduled)
    for passes, status in ((21, held), (22, canceled)):  # Saturday's has begun somewhere
        world.now = BEGINS + timedelta(hours=2 + passes)
        missed.give_up_missed(world.database, world.now)
        assert world.broadcast(friday.id).status is status


def test_paused_on_its_way_it_waits_and_goes_on_with_those_left(
    people: World, provider: FakeProvider
) -> None:
    friday = fridays(people)
    people.now = BEGINS
    people.fire(friday)
    assert got(people, provider, on_friday(22)) == {NEW_YORK}
    with people.database.write() as session:
        moves.pause(session, people.organization_id, friday.id, people.now)
    assert got(people, provider, on_friday(25)) == {NEW_YORK}
    with people.database.write() as session:
        moves.resume(session, people.organization_id, friday.id, people.now)
    assert got(people, provider, on_friday(26)) == {NEW_YORK, LOS_ANGELES}


def test_ended_before_it_begins_nobody_gets_it_and_afterwards_those_who_wait_do(
    people: World, provider: FakeProvider
) -> None:
    friday = fridays(people)
    people.now = BEGINS
    people.fire(friday)
    people.now = BEGINS + timedelta(days=6)
    (next_friday,) = plan(people)
    people.now = on_friday(23)
    assert got(people, provider, people.now) == {NEW_YORK}
    series_id = friday.recurrence_id
    assert series_id is not None
    with people.database.write() as session:
        mine = (people.organization_id, series_id, people.member_id, people.now)
        assert recurring.stop(session, *mine) == 1
    assert people.broadcast(next_friday.id).status is BroadcastStatus.canceled
    assert got(people, provider, on_friday(27)) == EVERYBODY


# -- the places -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("useful_hours", "gets_it"), [(17, True), (16, False)])
def test_a_number_that_may_be_anywhere_waits_until_all_places_are_past_it_and_awake(
    world: World, provider: FakeProvider, useful_hours: int, gets_it: bool
) -> None:
    """When it is five in Hawaii, people in Newfoundland sleep, and are up before Hawaii is. As it
    may be in Kentucky too, nothing comes before ten."""
    toll_free = "+18335550101"
    world.text(toll_free, "JOIN")
    friday = fridays(world, useful_hours=useful_hours)
    world.now = BEGINS
    world.fire(friday)
    ten_in_hawaii = on_friday(24 + 20)
    assert got(world, provider, ten_in_hawaii - timedelta(minutes=1)) == set()
    assert (got(world, provider, ten_in_hawaii) == {toll_free}) == gets_it


def test_somebody_in_guam_gets_theirs_there_before_the_day_begins_in_america(
    people: World, provider: FakeProvider
) -> None:
    order(people, is_local=True, at="17:00", timezone="America/Chicago")
    people.now = BEGINS - timedelta(days=3)
    assert plan(people) == []
    guam = "+16715550101"
    people.text(guam, "JOIN")
    people.now = BEGINS - timedelta(days=1)
    (friday,) = plan(people)
    assert friday.scheduled_at == on_friday(7)
    people.now = friday.scheduled_at
    people.fire(friday)
    assert got(people, provider, on_friday(7)) == {guam}
    assert got(people, provider, on_friday(21, 59)) == {guam}
    assert got(people, provider, on_friday(22)) == {guam, NEW_YORK}


def test_a_program_that_serves_more_or_fewer_countries_by_then_skips_and_repeats_none(
    world: World,
) -> None:
    world.crowd(1)
    daily(world, is_local=True, at="17:00")
    for day, countries in ((23, "US CA"), (24, "US CA NZ"), (25, "US CA NZ"), (26, "US")):
        world.change_program(regions=countries)
        world.now = datetime(2026, 11, day, 22, 0, tzinfo=UTC)
        plan(world)
    assert [(one.local_at, one.scheduled_at) for one in made(world)] == [
        ("2026-11-23T17:00", datetime(2026, 11, 23, 20, 30, tzinfo=UTC)),
        ("2026-11-24T17:00", datetime(2026, 11, 24, 20, 30, tzinfo=UTC)),
        ("2026-11-25T17:00", datetime(2026, 11, 25, 3, 15, tzinfo=UTC)),
        ("2026-11-26T17:00", datetime(2026, 11, 26, 3, 15, tzinfo=UTC)),
        ("2026-11-27T17:00", datetime(2026, 11, 27, 22, 0, tzinfo=UTC)),
    ]
