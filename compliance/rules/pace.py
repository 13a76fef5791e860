"""How often and when: a promised frequency, and quiet hours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as number_zones

MONTH = timedelta(days=30)
_WINDOWS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": MONTH,
    "year": timedelta(days=365),
}
_PROMISE = re.compile(
    r"\b(\d{1,3})\s*(?:(?:recurring|automated|promotional)\s+)*(?:msgs?|messages?|texts?|alerts?)"
    r"\.?\s*(?:/|per|an?|each|every)\s*(day|week|wk|month|mo|year|yr)",
    re.IGNORECASE,
)
_SHORT = {"wk": "week", "mo": "month", "yr": "year"}

# 47 CFR 64.1200(c)(1) allows 8:00 to 21:00 of the recipient's own time. The default is narrower,
# so that it is right in most states as well.
FEDERAL = (time(8), time(21))
WEEKDAYS, SUNDAY = (time(9), time(20)), (time(12), time(20))
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Promise:
    """At most `number` messages in `window`; `unit` is day, week, month or year."""

    number: int
    unit: str

    @property
    def window(self) -> timedelta:
        return _WINDOWS[self.unit]


def promised(frequency: str) -> Promise | None:
    """The promise in a program's frequency, e.g. "Up to 4 msgs/month"; None if it names none."""
    found = _PROMISE.search(frequency)
    if found is None:
        return None
    unit = found[2].lower()
    return Promise(int(found[1]), _SHORT.get(unit, unit))


def busiest(moments: Iterable[datetime], window: timedelta) -> int:
    """The most moments that lie within one window of time."""
    ordered = sorted(moments)
    return max(
        (sum(1 for at in ordered if start <= at < start + window) for start in ordered), default=0
    )


def is_quiet(at: datetime, zone: str) -> bool:
    """Whether marketing must not arrive at this instant in this zone, by the default window."""
    local = at.astimezone(ZoneInfo(zone))
    begins, ends = SUNDAY if local.weekday() == _SUNDAY else WEEKDAYS
    return not begins <= local.time() < ends


def is_federally_quiet(at: datetime, zone: str) -> bool:
    """Whether this instant lies outside the federal window in this zone."""
    begins, ends = FEDERAL
    return not begins <= at.astimezone(ZoneInfo(zone)).time() < ends


@lru_cache(maxsize=4096)
def zones_of(number: str, otherwise: str) -> tuple[str, ...]:
    """Every zone that a number (E.164) may be in, by its area code; `otherwise` if it tells none.

    A send must be allowed in all of them: the code says where the number was given out only.
    """
    try:
        found = number_zones.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        found = ()
    known = tuple(zone for zone in found if _exists(zone))
    return known or (otherwise,)


def _exists(zone: str) -> bool:
    try:
        return zone != number_zones.UNKNOWN_TIMEZONE and ZoneInfo(zone) is not None
    except (ZoneInfoNotFoundError, ValueError):
        return False
