"""When a series comes: on a zone's clock or on everybody's own, in spite of clocks that change."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from models import Pattern, Recurrence
from scheduler import occurrences
from scheduler.clock import next_wall
from scheduler.occurrences import Occurrence
from tests.series import daily, order
from tests.world import World

NEW_YORK = "America/New_York"


def upcoming(
    world: World, series: Recurrence, count: int, countries: str = "US CA"
) -> list[Occurrence]:
    found = occurrences.upcoming(series, countries, next_wall, world.now)
    return list(islice(found, count))


def times(world: World, count: int, **changes: object) -> list[str]:
    found = upcoming(world, order(world, **changes), count)
    return [f"{one.due.starts:%Y-%m-%d %H:%M}" for one in found]


def test_days_of_the_week(sqlite_world: World) -> None:
    assert times(sqlite_world, 4, weekdays=("sun", "fri")) == [
        "2026-11-27 17:00",
        "2026-11-29 17:00",
        "2026-12-04 17:00",
        "2026-12-06 17:00",
    ]


def test_a_day_of_the_month_and_the_last(sqlite_world: World) -> None:
    monthly = {"pattern": Pattern.monthly, "timezone": "UTC"}
    assert times(sqlite_world, 2, month_day="15", **monthly) == [
        "2026-12-15 18:00",
        "2027-01-15 18:00",
    ]
    assert times(sqlite_world, 4, month_day="last", **monthly) == [
        "2026-11-30 18:00",
        "2026-12-31 18:00",
        "2027-01-31 18:00",
        "2027-02-28 18:00",
    ]


def test_every_so_many_days_from_the_first_on(sqlite_world: World) -> None:
    every = {"pattern": Pattern.every_days, "timezone": "UTC"}
    assert times(sqlite_world, 3, every_days=10, first_on=date(2026, 11, 20), **every) == [
        "2026-11-30 18:00",
        "2026-12-10 18:00",
        "2026-12-20 18:00",
    ]
    assert times(sqlite_world, 2, every_days=1, first_on=date(2027, 3, 1), **every) == [
        "2027-03-01 18:00",
        "2027-03-02 18:00",
    ]


def test_none_before_its_first_day_and_none_at_the_very_moment(sqlite_world: World) -> None:
    assert times(sqlite_world, 1, first_on=date(2027, 1, 1)) == ["2027-01-01 17:00"]
    sqlite_world.now = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert times(sqlite_world, 1) == ["2026-12-04 17:00"]


def test_the_wall_clock_stays_when_the_zone_changes_its_clocks(sqlite_world: World) -> None:
    sqlite_world.now = datetime(2027, 3, 20, tzinfo=UTC)
    assert times(sqlite_world, 3, weekdays=("sat", "sun"), at="20:00") == [
        "2027-03-20 19:00",
        "2027-03-21 19:00",
        "2027-03-27 19:00",
    ]
    sqlite_world.now = datetime(2027, 3, 28, tzinfo=UTC)
    assert times(sqlite_world, 1, weekdays=("sun",), at="20:00") == ["2027-03-28 18:00"]


def test_in_the_hour_that_is_jumped_over_it_comes_right_after(sqlite_world: World) -> None:
    sqlite_world.now = datetime(2027, 3, 13, 12, tzinfo=UTC)
    by_night = {"pattern": Pattern.every_days, "every_days": 1, "timezone": NEW_YORK, "at": "02:30"}
    assert times(sqlite_world, 3, **by_night) == [
        "2027-03-14 07:30",  # 3:30, on the day without a half past two
        "2027-03-15 06:30",
        "2027-03-16 06:30",
    ]


def test_in_the_hour_that_comes_twice_it_comes_once(sqlite_world: World) -> None:
    sqlite_world.now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    by_night = {"pattern": Pattern.every_days, "every_days": 1, "timezone": NEW_YORK, "at": "01:30"}
    assert times(sqlite_world, 2, first_on=date(2026, 10, 1), **by_night) == [
        "2026-11-01 05:30",
        "2026-11-02 06:30",
    ]
    # Between the two the next one is tomorrow's.
    sqlite_world.now = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert times(sqlite_world, 1, first_on=date(2026, 10, 1), **by_night) == ["2026-11-02 06:30"]


# -- at everybody's own local time ----------------------------------------------------------------

FRIDAYS = {"is_local": True, "at": "17:00"}


def utc(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "America/New_York", "Etc/GMT+12"])
def test_it_begins_in_the_first_place_and_is_of_use_after_the_last(
    sqlite_world: World, timezone: str
) -> None:
    """Newfoundland comes first and Hawaii last, wherever the promoter is."""
    sqlite_world.now = utc(27, 20, 29)
    (friday,) = upcoming(sqlite_world, order(sqlite_world, timezone=timezone, **FRIDAYS), 1)
    assert friday.wall == friday.order.local_at == "2026-11-27T17:00"
    assert friday.due.starts == utc(27, 20, 30)
    assert friday.due.useful_until == utc(28, 3) + timedelta(hours=24)


def test_one_that_has_begun_anywhere_comes_in_a_week(sqlite_world: World) -> None:
    sqlite_world.now = utc(27, 20, 30)
    assert times(sqlite_world, 1, **FRIDAYS) == ["2026-12-04 20:30"]


def test_it_begins_earlier_where_a_program_serves_places_further_east(sqlite_world: World) -> None:
    (friday,) = upcoming(sqlite_world, order(sqlite_world, **FRIDAYS), 1, "US CA NZ")
    assert friday.due.starts == utc(27, 3, 15), "Chatham Islands"
    assert friday.due.useful_until == utc(29, 3)


def test_each_day_comes_once_where_some_clocks_change_and_others_do_not(
    sqlite_world: World,
) -> None:
    sqlite_world.now = utc(12, 12, month=3, year=2027)
    spring = upcoming(sqlite_world, daily(sqlite_world, is_local=True, at="02:30"), 3)
    assert [one.wall[:10] for one in spring] == ["2027-03-13", "2027-03-14", "2027-03-15"]
    # Where there is no half past two it is half past three, and so as early as the day before.
    assert [one.due.starts.strftime("%H:%M") for one in spring] == ["06:00", "06:00", "05:00"]
    # In Hawaii, which is last, no clock ever changes.
    assert {one.due.useful_until.strftime("%H:%M") for one in spring} == {"12:30"}
    sqlite_world.now = utc(31, 12, month=10)
    autumn = upcoming(sqlite_world, daily(sqlite_world, is_local=True, at="01:30"), 2)
    assert [one.due.starts for one in autumn] == [utc(1, 4), utc(2, 5)]
    # Between the two half past ones of Newfoundland, the first of which counted.
    sqlite_world.now = utc(1, 4, 30)
    (tomorrow,) = upcoming(sqlite_world, daily(sqlite_world, is_local=True, at="01:30"), 1)
    assert tomorrow.wall == "2026-11-02T01:30"
