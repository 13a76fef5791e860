"""Business days: weekends and federal holidays, and both sides of a deadline."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.business_days import (
    ZONE,
    business_days_after,
    federal_holidays,
    is_business_day,
)

# As the Office of Personnel Management publishes them.
HOLIDAYS_2026 = {
    date(2026, 1, 1),
    date(2026, 1, 19),
    date(2026, 2, 16),
    date(2026, 5, 25),
    date(2026, 6, 19),
    date(2026, 7, 3),  # the 4th is a Saturday
    date(2026, 9, 7),
    date(2026, 10, 12),
    date(2026, 11, 11),
    date(2026, 11, 26),
    date(2026, 12, 25),
}
HOLIDAYS_2021 = {
    date(2021, 1, 1),
    date(2021, 1, 18),
    date(2021, 2, 15),
    date(2021, 5, 31),
    date(2021, 6, 18),  # the 19th is a Saturday
    date(2021, 7, 5),  # the 4th is a Sunday
    date(2021, 9, 6),
    date(2021, 10, 11),
    date(2021, 11, 11),
    date(2021, 11, 25),
    date(2021, 12, 24),  # the 25th is a Saturday
    date(2021, 12, 31),  # for the Saturday after
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("year", "days"), [(2026, HOLIDAYS_2026), (2021, HOLIDAYS_2021)])
def test_the_holidays_are_those_that_the_government_publishes(year: int, days: set[date]) -> None:
    assert federal_holidays(year) == days


def test_a_new_year_on_saturday_is_kept_in_the_old_year_only() -> None:
    assert date(2022, 1, 1) not in federal_holidays(2022)
    assert not is_business_day(date(2021, 12, 31))
    assert is_business_day(date(2022, 1, 3))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-02T10:00", "2026-11-05T10:00"),  # Monday: Thursday
        ("2026-11-05T23:59", "2026-11-10T23:59"),  # over a weekend
        ("2026-11-09T10:00", "2026-11-13T10:00"),  # over Veterans Day
        ("2026-11-23T12:00", "2026-11-27T12:00"),  # over Thanksgiving
        ("2026-11-07T15:00", "2026-11-13T00:00"),  # Saturday, then a holiday
        ("2026-11-26T09:00", "2026-12-02T00:00"),  # on Thanksgiving itself
        ("2026-12-31T08:00", "2027-01-06T08:00"),  # into the next year
    ],
)
def test_three_business_days_are_three_whole_ones(received: str, due: str) -> None:
    assert business_days_after(at(received), 3) == at(due)


def test_days_begin_and_end_in_new_york() -> None:
    friday_evening = datetime(2026, 11, 7, 4, 30, tzinfo=UTC)  # Friday, 23:30 there
    assert business_days_after(friday_evening, 1) == datetime(2026, 11, 9, 23, 30, tzinfo=ZONE)


@given(
    st.datetimes(datetime.fromisoformat("2020-01-01"), timezones=st.just(UTC)).filter(
        lambda moment: moment.year < 2100
    ),
    st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_a_later_text_is_never_due_earlier(moment: datetime, later: timedelta) -> None:
    due = business_days_after(moment, 3)
    assert moment + timedelta(days=3, hours=-1) <= due  # a day can be an hour short
    assert due <= business_days_after(moment + later, 3) + timedelta(hours=1)
    assert is_business_day(due.date())
