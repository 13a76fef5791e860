"""Dates of birth in texts, for an age gate. The date is read, judged and forgotten."""

import re
from datetime import date, datetime, timedelta

_PARTS = re.compile(r"(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{1,4})", re.ASCII)
_SOLID = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)
_OLDEST = 120
_LAST_MIDNIGHT = timedelta(hours=12)


def today_everywhere(now: datetime) -> date:
    """The day (of `now`, aware UTC) that has begun everywhere on earth: nobody is older than by it,
    wherever they are."""
    return (now - _LAST_MIDNIGHT).date()


def stated_age(text: str, today: date) -> int | None:
    """The age in years on `today` of who was born on the date in `text`, or None without one.

    "03/04/2000" is read both ways round and counts as the later day: an age gate must err on the
    side of the younger.
    """
    born = [day for day in _readings(text.strip()) if 0 <= _age(day, today) <= _OLDEST]
    return min((_age(day, today) for day in born), default=None)


def _age(born: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)


def _readings(text: str) -> list[date]:
    """Every day that the text can mean: year first, else month and day either way round."""
    found = _PARTS.search(text) or _SOLID.fullmatch(text)
    if found is None:
        return []
    first, second, third = found.groups()
    if len(first) == 4:
        candidates = [(first, second, third)]
    elif len(third) == 4:
        candidates = [(third, first, second), (third, second, first)]
    else:
        return []
    days = []
    for year, month, day in candidates:
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return days
