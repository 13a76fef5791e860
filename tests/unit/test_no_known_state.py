"""Quiet hours of toll-free numbers and new area codes: the strictest of all states."""

from collections.abc import Iterator

import pytest

from compliance import quiet_hours
from compliance.quiet_hours import in_words, is_open, most_in_24_hours
from compliance.quiet_hours_table import parse
from messaging.areas import area_of
from tests.unit.test_quiet_hours import DAYS, DEFAULT, MINUTE, STATES, local


@pytest.fixture(autouse=True)
def own_table_again() -> Iterator[None]:
    yield
    quiet_hours.use(None)


def test_a_number_of_no_known_state_has_the_hours_that_are_open_in_all_and_the_lowest_limit() -> (
    None
):
    weeks = [*(hours for _, hours in STATES.values()), DEFAULT]
    for day, kind in DAYS:
        spans = [week[kind] for week in weeks]
        for minute in range(0, 1440, 30):
            at = local("America/New_York", 2026, 11, day) + minute * MINUTE
            expected = all(span and span[0] * 60 <= minute < span[1] * 60 for span in spans)
            assert is_open("US|America/New_York", at) == expected
    toll_free = area_of("+18335550123")
    assert most_in_24_hours(toll_free) == 3
    assert in_words(toll_free).startswith(
        "10:00 to 18:00 Monday to Friday, 10:00 to 17:00 on Saturday, never on Sunday"
    )


def test_the_strictest_of_all_is_found_in_the_operators_table() -> None:
    quiet_hours.use(
        parse(
            "region,weekdays,saturday,sunday,most_in_24_hours,source\n"
            "federal,08:00-21:00,08:00-21:00,08:00-21:00,,x\n"
            "default,09:00-20:00,09:00-20:00,12:00-20:00,5,x\n"
            "CA-ON,09:00-20:00,13:00-20:00,none,2,x\n"
            "GB,15:00-16:00,none,none,1,x\n"
        )
    )
    assert in_words("US|Etc/UTC") == (
        "9:00 to 20:00 Monday to Friday, 13:00 to 20:00 on Saturday, never on Sunday"
    )
    assert most_in_24_hours("US|Etc/UTC") == 2


@pytest.mark.parametrize("number", ["+12025550123", "+12125550123", "+14165550123", "+17875550123"])
def test_a_known_state_without_a_row_still_has_the_default(number: str) -> None:
    assert in_words(area_of(number)) == (
        "9:00 to 20:00 Monday to Saturday, 12:00 to 20:00 on Sunday"
    )
    assert most_in_24_hours(area_of(number)) is None
