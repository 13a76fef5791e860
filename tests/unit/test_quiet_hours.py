"""Quiet hours, on both sides of each boundary. The hours are written here a second time, so that a
slip in the table is found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance import quiet_hours
from compliance.quiet_hours import (
    closed_areas,
    in_words,
    is_open,
    is_outside_federal,
    most_in_24_hours,
    next_open,
    open_for,
)
from compliance.quiet_hours_table import own_table, parse

MINUTE = timedelta(minutes=1)
NEW_YORK, CHICAGO = "US-NY|America/New_York", "US-IL|America/Chicago"
# 2026-11-23 is a Monday.
MONDAY, SATURDAY, SUNDAY = 23, 28, 29

# Region, its zone, and its hours from Monday to Friday, on Saturday and on Sunday.
EIGHT_TO_EIGHT = ((8, 20), (8, 20), (8, 20))
NOT_ON_SUNDAY = ((8, 20), (8, 20), None)
NINE_TO_EIGHT = ((9, 20), (9, 20), (9, 20))
STATES = {
    "US-AL": ("America/Chicago", NOT_ON_SUNDAY),
    "US-CT": ("America/New_York", NINE_TO_EIGHT),
    "US-FL": ("America/New_York", EIGHT_TO_EIGHT),
    "US-KY": ("America/New_York", ((10, 21), (10, 21), (10, 21))),
    "US-LA": ("America/Chicago", NOT_ON_SUNDAY),
    "US-MA": ("America/New_York", EIGHT_TO_EIGHT),
    "US-MD": ("America/New_York", EIGHT_TO_EIGHT),
    "US-MS": ("America/Chicago", NOT_ON_SUNDAY),
    "US-NV": ("America/Los_Angeles", NINE_TO_EIGHT),
    "US-OK": ("America/Chicago", EIGHT_TO_EIGHT),
    "US-OR": ("America/Los_Angeles", EIGHT_TO_EIGHT),
    "US-RI": ("America/New_York", ((9, 18), (10, 17), (10, 17))),
    "US-TN": ("America/Chicago", EIGHT_TO_EIGHT),
    "US-TX": ("America/Chicago", ((9, 21), (9, 21), (12, 21))),
    "US-WA": ("America/Los_Angeles", EIGHT_TO_EIGHT),
}
# The default, in America and in places of other offsets, also of half and quarter hours.
DEFAULT = ((9, 20), (9, 20), (12, 20))
ELSEWHERE = {
    "US-NY": "America/New_York",
    "US-HI": "Pacific/Honolulu",
    "CA-NL": "America/St_Johns",
    "GB": "Europe/London",
    "IN": "Asia/Kolkata",
    "NP": "Asia/Kathmandu",
    "AU": "Australia/Lord_Howe",
    "NZ": "Pacific/Chatham",
}
HOURS = STATES | {region: (zone, DEFAULT) for region, zone in ELSEWHERE.items()}
DAYS = ((MONDAY, 0), (MONDAY + 4, 0), (SATURDAY, 1), (SUNDAY, 2))


@pytest.fixture(autouse=True)
def own_table_again() -> Iterator[None]:
    yield
    quiet_hours.use(None)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]


def key(region: str) -> tuple[str, str]:
    zone = HOURS[region][0]
    return f"{region}|{zone}", zone


@pytest.mark.parametrize("region", HOURS)
@pytest.mark.parametrize(("day", "kind"), DAYS)
def test_each_minute_around_each_boundary(region: str, day: int, kind: int) -> None:
    area, zone = key(region)
    midnight = local(zone, 2026, 11, day)
    hours = HOURS[region][1][kind]
    begin, end = (hour * 60 for hour in hours) if hours else (0, 0)
    for minute in {0, 1, begin - 1, begin, begin + 1, end - 1, end, end + 1, 7 * 60 + 59, 1439}:
        if 0 <= minute < 1440:
            at = midnight + minute * MINUTE
            assert is_open(area, at) == (begin <= minute < end), f"{region} {minute / 60:.2f}"
            last_instant = at + timedelta(seconds=59, microseconds=999_999)
            assert is_open(area, last_instant) == (begin <= minute < end)


@pytest.mark.parametrize("region", own_table().rows)
def test_each_row_of_the_table_is_open_within_its_own_spans_only(region: str) -> None:
    if region in ("default", "federal"):
        return
    area, zone = key(region)
    for number, span in enumerate(own_table().rows[region].week):
        midnight = local(zone, 2026, 11, MONDAY + number)
        begin, end = span or (720, 720)
        for minute in (begin - 1, begin, end - 1, end):
            assert is_open(area, midnight + minute * MINUTE) == (begin <= minute < end)


def test_every_state_of_the_table_is_listed_here_and_the_other_way_round() -> None:
    assert set(STATES) == set(own_table().rows) - {"default", "federal"}


@pytest.mark.parametrize(
    ("region", "most"),
    [("US-FL", 3), ("US-OK", 3), ("US-MD", 3), ("US-OR", 3), ("US-TX", None), ("US-NY", None)],
)
def test_some_states_allow_three_messages_in_24_hours(region: str, most: int | None) -> None:
    assert most_in_24_hours(key(region)[0]) == most


def test_of_several_possible_states_the_strictest_limit_and_the_common_hours_count() -> None:
    either = "US-FL,US-KY,US-NY|America/New_York"
    assert most_in_24_hours(either) == 3
    # Florida 8 to 20, Kentucky 10 to 21, and New York's default 12 to 20 on Sundays.
    for day, begin in ((MONDAY, 10), (SUNDAY, 12)):
        opens = local("America/New_York", 2026, 11, day, begin)
        assert not is_open(either, opens - MINUTE)
        assert is_open(either, opens)
        assert not is_open(either, local("America/New_York", 2026, 11, day, 20))
    assert not is_open("US-AL,US-NY|America/New_York", local("America/New_York", 2026, 11, 29, 15))


def test_every_zone_must_be_open_at_once() -> None:
    both = "US-FL|America/Chicago,America/New_York"
    assert not is_open(both, local("America/New_York", 2026, 11, MONDAY, 8))
    assert is_open(both, local("America/Chicago", 2026, 11, MONDAY, 8))
    assert is_open(both, local("America/New_York", 2026, 11, MONDAY, 19, 59))
    assert not is_open(both, local("America/New_York", 2026, 11, MONDAY, 20))


def test_the_next_opening_is_the_first_open_minute() -> None:
    sunday_night = local("America/New_York", 2026, 11, SUNDAY, 20)
    monday = local("America/New_York", 2026, 11, 30, 9)
    assert next_open(NEW_YORK, sunday_night) == monday
    assert next_open(NEW_YORK, monday - timedelta(seconds=1)) == monday
    # Open already: nothing to wait for.
    assert next_open(NEW_YORK, monday + timedelta(seconds=30)) == monday + timedelta(seconds=30)
    # Nothing on a Sunday: from Saturday evening to Monday morning.
    saturday_night = local("America/Chicago", 2026, 11, SATURDAY, 20)
    assert next_open("US-AL|America/Chicago", saturday_night) == local(
        "America/Chicago", 2026, 11, 30, 8
    )
    found = next_open(NEW_YORK, sunday_night)
    assert found is not None
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "area",
    [
        "US-FL|America/Chicago,America/New_York",
        "RU|Europe/Bucharest,Europe/Moscow",
        "AU|Australia/Brisbane,Australia/Lord_Howe",
    ],
)
@pytest.mark.parametrize(
    "around",
    # The days on which clocks change in America, in Europe, and in Australia and New Zealand.
    ["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04"],
)
def test_the_next_opening_agrees_with_a_walk_minute_by_minute(area: str, around: str) -> None:
    start = datetime.fromisoformat(f"{around}T00:00+00:00") - timedelta(hours=24)
    minutes = [start + number * MINUTE for number in range(48 * 60)]
    expected: datetime | None = None
    for at in reversed(minutes):
        expected = at if is_open(area, at) else expected
        if expected is not None and at.minute % 7 == 0:
            assert next_open(area, at) == expected


@pytest.mark.parametrize(
    ("zone", "day"),
    # Clocks go forward, and back; at midnight too.
    [
        ("America/New_York", "2026-03-08"),
        ("America/New_York", "2026-11-01"),
        ("Europe/London", "2026-03-29"),
        ("Europe/London", "2026-10-25"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Africa/Cairo", "2026-04-24"),
        ("Africa/Cairo", "2026-10-30"),
    ],
)
def test_hours_are_those_on_the_wall_on_the_day_that_clocks_change(zone: str, day: str) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))
    area, is_sunday = f"GB|{zone}", noon.weekday() == 6
    opens = noon.replace(hour=12 if is_sunday else 9).astimezone(UTC)
    midnight = noon.replace(hour=0).astimezone(UTC)
    assert next_open(area, midnight) == opens
    assert (is_open(area, opens), is_open(area, opens - MINUTE)) == (True, False)
    closes = noon.replace(hour=20).astimezone(UTC)
    assert (is_open(area, closes), is_open(area, closes - MINUTE)) == (False, True)


def test_an_opening_that_the_clocks_skip_comes_when_they_have_gone_forward() -> None:
    early = "02:30-20:00"
    quiet_hours.use(
        parse(
            "region,weekdays,saturday,sunday,most_in_24_hours,source\n"
            "federal,08:00-21:00,08:00-21:00,08:00-21:00,,x\n"
            "default,09:00-20:00,09:00-20:00,12:00-20:00,,x\n"
            f"GB,{early},{early},{early},,x\n"
        )
    )
    # In Berlin 2:30 does not exist on that Sunday; in the autumn it comes twice.
    spring = next_open("GB|Europe/Berlin", local("Europe/Berlin", 2026, 3, 29, 0))
    assert spring == local("Europe/Berlin", 2026, 3, 29, 3)
    autumn = next_open("GB|Europe/Berlin", local("Europe/Berlin", 2026, 10, 25, 0))
    assert autumn == local("Europe/Berlin", 2026, 10, 25, 2, 30)


@pytest.mark.parametrize(
    ("clock", "seconds"), [("19:57:00", 120), ("19:58:30", 90), ("19:59:59", 1), ("20:00:00", 0)]
)
def test_how_long_it_stays_open_is_told_to_the_second(clock: str, seconds: int) -> None:
    now = datetime.fromisoformat(f"2026-11-24T{clock}").replace(tzinfo=ZoneInfo("America/New_York"))
    assert open_for(NEW_YORK, now, timedelta(minutes=2)) == timedelta(seconds=seconds)


def test_only_the_closed_areas_are_named_with_when_they_open() -> None:
    half_past_eight = local("America/New_York", 2026, 11, MONDAY, 8, 30)
    florida = "US-FL|America/New_York"
    assert closed_areas([NEW_YORK, florida, CHICAGO], half_past_eight) == {
        NEW_YORK: local("America/New_York", 2026, 11, MONDAY, 9),
        CHICAGO: local("America/Chicago", 2026, 11, MONDAY, 9),
    }


def test_no_opening_within_eight_days_is_none() -> None:
    apart = "GB|Pacific/Auckland,Europe/London"
    assert next_open(apart, local("Europe/London", 2026, 11, MONDAY, 12)) is None
    assert closed_areas([apart], local("Europe/London", 2026, 11, MONDAY, 12)) == {apart: None}
    assert not is_open(apart, local("Europe/London", 2026, 11, MONDAY, 12))


def test_the_federal_window_is_8_to_21_in_america() -> None:
    for hour, minute, outside in ((7, 59, True), (8, 0, False), (20, 59, False), (21, 0, True)):
        at = local("America/New_York", 2026, 11, SUNDAY, hour, minute)
        assert is_outside_federal(NEW_YORK, at) == outside
        assert is_outside_federal("US-AL|America/New_York", at) == outside
        assert not is_outside_federal("GB|America/New_York", at)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (NEW_YORK, "9:00 to 20:00 Monday to Saturday, 12:00 to 20:00 on Sunday"),
        ("US-KY|America/New_York", "10:00 to 21:00 every day"),
        ("US-AL|America/Chicago", "8:00 to 20:00 Monday to Saturday, never on Sunday"),
        (
            "US-RI|America/New_York",
            "9:00 to 18:00 Monday to Friday, 10:00 to 17:00 Saturday to Sunday",
        ),
        (
            "US-FL|America/Chicago,America/New_York",
            "8:00 to 20:00 every day, in every time zone of the number",
        ),
    ],
)
def test_the_hours_are_said_to_people(area: str, words: str) -> None:
    assert in_words(area) == words


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_open(NEW_YORK, datetime(2026, 11, 23, 12))  # noqa: DTZ001
