"""Quiet hours: when people of an area may be messaged, in every place where they may be.

Pure but for the table in force, which a process sets once at its start (`use`). An area is a key of
`messaging.areas.area_of`. Where several regions are possible the hours common to all of them
count, those of every state where the state is not known, and where several time zones are possible
all must be open at once, because a number tells only where it was given out. A span ends before its
last minute: at 20:00 sharp nobody is messaged.
Source: 47 CFR 64.1200(c)(1) and the laws named in the table.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from compliance.quiet_hours_table import FEDERAL, Row, Span, Table, own_table
from messaging import areas
from messaging.regions import AMERICAN

_DAY: Final = 24 * 60
_SEARCHED: Final = timedelta(days=8)
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Week = tuple[Span, ...]
_table: Table = own_table()


def use(table: Table | None) -> None:
    """Put a table in force in this process; None is Marquee's own."""
    global _table
    _table = table or own_table()
    for cached in (_rows, _week, _opening):
        cached.cache_clear()


def is_open(area: str, now: datetime) -> bool:
    """Whether people of an area may be messaged at `now` (aware)."""
    minute = _floor(now)
    return _opening(area, minute) == minute


def next_open(area: str, now: datetime) -> datetime | None:
    """`now` itself if the area is open, else the next minute (UTC) at which it is; None if there
    is none within 8 days."""
    minute = _floor(now)
    opening = _opening(area, minute)
    return now.astimezone(UTC) if opening == minute else opening


def open_for(area: str, now: datetime, most: timedelta) -> timedelta:
    """How long people of an area may be messaged from `now` on; what is longer than `most` counts
    as `most`, and what is closed as nothing."""
    minute = _floor(now)
    while minute < now + most:
        if _opening(area, minute) != minute:
            return max(minute - now, timedelta(0))
        minute += timedelta(minutes=1)
    return most


def arrival(area: str, at: datetime, waits: bool, useful_until: datetime | None) -> datetime | None:
    """When people of an area get what comes to them at `at`: then, or at the next open minute if it
    `waits`; None if they do not get it: it does not wait, or is of no use any more by then."""
    opens = next_open(area, at)
    if opens is None or opens <= at:
        return opens
    return None if not waits or (useful_until and opens > useful_until) else opens


def closed_areas(areas: Iterable[str], now: datetime) -> dict[str, datetime | None]:
    """Those of the areas that are closed at `now`, each with when it opens (`next_open`)."""
    minute = _floor(now)
    openings = {area: _opening(area, minute) for area in areas}
    return {area: opening for area, opening in openings.items() if opening != minute}


def most_in_24_hours(area: str) -> int | None:
    """How many messages the law allows people of an area in 24 hours; None if it sets no limit."""
    limits = [row.most_in_24_hours for row in _rows(area)]
    return min((limit for limit in limits if limit is not None), default=None)


def fewest_in_24_hours() -> int | None:
    """The least that `most_in_24_hours` says of any area; None if no row sets a limit."""
    limits = [row.most_in_24_hours for row in _table.rows.values()]
    return min((limit for limit in limits if limit is not None), default=None)


def is_outside_federal(area: str, now: datetime) -> bool:
    """Whether `now` is outside the federal window in one of an American area's time zones."""
    where = areas.read(area)
    if not any(region[:2] in AMERICAN for region in where.regions):
        return False
    week = _table.rows[FEDERAL].week
    return any(_wait(week, _floor(now), ZoneInfo(zone)) != 0 for zone in where.zones)


def is_zone_closed(area: str, zone: str, now: datetime) -> bool:
    """Whether one time zone of an area is closed at `now`, whatever its other zones are."""
    return _wait(_week(area), _floor(now), ZoneInfo(zone)) != 0


def in_words(area: str) -> str:
    """E.g. "9:00 to 20:00 Monday to Saturday, 12:00 to 20:00 on Sunday"."""
    parts = []
    for span, run in groupby(enumerate(_week(area)), key=lambda day: day[1]):
        days = [DAYS[number] for number, _ in run]
        if span is None and len(days) == len(DAYS):
            return "at no time"
        hours = "never" if span is None else f"{_clock(span[0])} to {_clock(span[1])}"
        parts.append(f"{hours} {_days(days)}")
    said = ", ".join(parts)
    return f"{said}, in every time zone of the number" if len(areas.read(area).zones) > 1 else said


@lru_cache(maxsize=4096)
def _week(area: str) -> Week:
    """The spans from Monday to Sunday that all possible regions of an area have in common."""
    weeks = [row.week for row in _rows(area)]
    return tuple(_common(spans) for spans in zip(*weeks, strict=True))


@lru_cache(maxsize=4096)
def _rows(area: str) -> tuple[Row, ...]:
    return tuple(row for region in areas.read(area).regions for row in _table.rows_for(region))


def _common(spans: tuple[Span, ...]) -> Span:
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return None
    begin, end = max(span[0] for span in known), min(span[1] for span in known)
    return (begin, end) if begin < end else None


@lru_cache(maxsize=65536)
def _opening(area: str, minute: datetime) -> datetime | None:
    """The first minute from `minute` on in which every zone is open. Each closed zone moves the
    search to its own next opening, so that it takes a few steps."""
    week = _week(area)
    zones = [ZoneInfo(zone) for zone in areas.read(area).zones]
    at = minute
    while at <= minute + _SEARCHED:
        waits = [_wait(week, at, zone) for zone in zones]
        if None in waits:
            return None
        longest = max(wait for wait in waits if wait is not None)
        if longest == 0:
            return at
        at += timedelta(minutes=longest)
    return None


def _wait(week: Week, at: datetime, zone: ZoneInfo) -> int | None:
    """How many minutes from `at` until a zone is open, 0 if it is; None if it never is.

    Never too many: if the zone's clocks change before that, it is 1, and the search goes on by
    minutes until they have changed.
    """
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for ahead in range(len(DAYS) + 1):
        span = week[(local.weekday() + ahead) % len(DAYS)]
        if span is None or (ahead == 0 and minute >= span[1]):
            continue
        wait = max(ahead * _DAY + span[0] - minute, 0)
        opens = (at + timedelta(minutes=wait)).astimezone(zone)
        return wait if opens.utcoffset() == local.utcoffset() else 1
    return None


def _floor(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("Quiet hours need a moment with a time zone.")
    return now.astimezone(UTC).replace(second=0, microsecond=0)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _days(days: list[str]) -> str:
    if len(days) == len(DAYS):
        return "every day"
    return f"on {days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
