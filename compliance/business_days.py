"""Business days in the United States: Monday to Friday but for the federal holidays. Pure.

The holidays are those of 5 U.S.C. 6103(a); one that falls on a weekend is kept on the Friday before
or the Monday after (5 U.S.C. 6103(b), Executive Order 11582). Inauguration Day is left out: it is a
holiday in Washington only.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

# Days begin and end where the rules that count them are made.
ZONE: Final = ZoneInfo("America/New_York")

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_DAY: Final = timedelta(days=1)

# (month, day): the holidays with a fixed date.
_FIXED: Final = (
    (1, 1),  # New Year's Day
    (6, 19),  # Juneteenth National Independence Day
    (7, 4),  # Independence Day
    (11, 11),  # Veterans Day
    (12, 25),  # Christmas Day
)
# (month, weekday, which of the month; -1 is the last): the others.
_MOVING: Final = (
    (1, _MONDAY, 3),  # Birthday of Martin Luther King, Jr.
    (2, _MONDAY, 3),  # Washington's Birthday
    (5, _MONDAY, -1),  # Memorial Day
    (9, _MONDAY, 1),  # Labor Day
    (10, _MONDAY, 2),  # Columbus Day
    (11, _THURSDAY, 4),  # Thanksgiving Day
)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """The days of `year` on which a federal holiday is kept.

    1 January of the next year counts too where it is a Saturday: it is kept on 31 December.
    """
    fixed = [date(year, month, day) for month, day in _FIXED]
    kept = {_kept_on(day) for day in [*fixed, date(year + 1, 1, 1)]}
    moving = {_nth(year, month, weekday, nth) for month, weekday, nth in _MOVING}
    return frozenset(day for day in kept | moving if day.year == year)


def is_business_day(day: date) -> bool:
    """Whether `day` is neither on a weekend nor a federal holiday."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year)


def business_days_after(moment: datetime, days: int) -> datetime:
    """The moment (in ZONE) when `days` whole business days have passed since the aware `moment`.

    Time on weekends and holidays does not count: what comes in on a Saturday counts from the
    midnight that begins the next business day; what comes in on a Monday at 10:00 has had three
    business days on Thursday at 10:00.
    """
    at = moment.astimezone(ZONE)
    day, clock = at.date(), at.time()
    if not is_business_day(day):
        day, clock = _next(day), time.min
    for _ in range(days):
        day = _next(day)
    return datetime.combine(day, clock, ZONE)


def _next(day: date) -> date:
    day += _DAY
    while not is_business_day(day):
        day += _DAY
    return day


def _kept_on(day: date) -> date:
    if day.weekday() == _SATURDAY:
        return day - _DAY
    return day + _DAY if day.weekday() == _SUNDAY else day


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    if nth < 0:
        end = date(year + month // 12, month % 12 + 1, 1) - _DAY
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=nth - 1)
