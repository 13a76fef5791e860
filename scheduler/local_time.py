"""A promoter's date, time and zone to an instant, and an instant back to words.

A wall-clock time can fail to exist (clocks go forward over it) or come twice (they go back). The
first is refused with the nearest times that exist. Of the second the first occurrence is taken,
and the words say so: it is the one that a person means who does not think of the change, and
starting an hour early inside a bar's opening hours beats starting after them. PEP 495 gives the
means (`fold`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from messaging.areas import read, zones_of

_NOT_PLACES = {"Factory", "localtime", "posixrules"}
_YEARS = range(2000, 2100)


class BadMoment(ValueError):
    """What was typed names no instant. `field` is date, time or timezone; the text says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (aware UTC) with the zone it was named in; `is_first_of_two` in an overlap."""

    at: datetime
    timezone: str
    is_first_of_two: bool = False


@cache
def zones() -> tuple[str, ...]:
    """The names of all time zones, sorted."""
    return tuple(sorted(available_timezones() - _NOT_PLACES))


def parse(day: str, clock: str, timezone: str) -> Moment:
    """The instant of e.g. ("2026-11-27", "20:00", "Europe/Berlin"); BadMoment if there is none."""
    if timezone not in zones():
        raise BadMoment("timezone", "Choose a time zone from the list.")
    return _instant(_date(day), _time(clock), timezone)


# A broadcast's local time is asked for each area on its list, and never again when it is over.
@lru_cache(maxsize=16_384)
def reaches(area: str, local_at: str) -> datetime:
    """When (UTC) it is this wall-clock time, e.g. "2026-11-27T20:00", in every time zone in which a
    number of the area may be. A time that a zone jumps over counts as the one right after it."""
    wall = datetime.fromisoformat(local_at)
    return max(wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in read(area).zones)


def own_moment(area: str, starts: datetime, local_at: str | None) -> datetime:
    """When a message that starts at a moment (UTC) may come to people of an area: then, or at
    `local_at` on their own clock."""
    return starts if local_at is None else max(starts, reaches(area, local_at))


@dataclass(frozen=True, slots=True)
class Spread:
    """When a wall-clock time comes to the first of many places, and to the last (UTC)."""

    first: datetime
    first_zone: str
    last: datetime
    last_zone: str


def wall(day: str, clock: str) -> str:
    """A date and a time on everybody's own clock, e.g. "2026-11-27T20:00"; BadMoment if there are
    none such."""
    return f"{datetime.combine(_date(day), _time(clock)):%Y-%m-%dT%H:%M}"


@lru_cache(maxsize=256)
def spread(countries: str, local_at: str) -> Spread:
    """When the numbers of these countries ("US CA") reach a wall-clock time, wherever they are."""
    at = datetime.fromisoformat(local_at)
    zones = {zone for country in countries.split() for zone in zones_of(country)} or {"UTC"}
    reached = sorted((at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), zone) for zone in zones)
    return Spread(*reached[0], *reached[-1])


def moment_of(wall: datetime, timezone: str) -> datetime:
    """The moment (UTC) at which a zone's clock shows this (naive): the first, if it comes twice;
    what it jumps over counts as much later as the jump is long."""
    return wall.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def in_words(moment: Moment, now: datetime) -> str:
    """E.g. "Friday 27 November 2026, 20:00 Europe/Berlin – in 4 days"."""
    return f"{written(moment.at, moment.timezone)} – {distance(moment, now)}"


def written(at: datetime, timezone: str) -> str:
    """E.g. "Friday 27 November 2026, 20:00 Europe/Berlin"."""
    return f"{worded(at.astimezone(ZoneInfo(timezone)))} {timezone}"


def worded(local: datetime) -> str:
    """What a calendar and a clock show, e.g. "Friday 27 November 2026, 20:00"."""
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"


def distance(moment: Moment, now: datetime) -> str:
    """How far off, e.g. "in 35 minutes", "in 3 hours", "tomorrow", "in 4 days", "has passed"."""
    ahead = moment.at - now
    if ahead <= timedelta(0):
        return "has passed"
    if ahead < timedelta(minutes=1):
        return "in less than a minute"
    if ahead < timedelta(hours=1):
        return f"in {_counted(int(ahead.total_seconds() // 60), 'minute')}"
    zone = ZoneInfo(moment.timezone)
    # Days are counted on the calendar: on a Monday, Friday is four days off at any hour.
    days = (moment.at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0 or ahead < timedelta(hours=12):
        return f"in {_counted(int(ahead.total_seconds() // 3600), 'hour')}"
    return "tomorrow" if days == 1 else f"in {days} days"


def _date(text: str) -> date:
    if not text.strip():
        raise BadMoment("date", "Choose a date.")
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise BadMoment("date", "Give a date that exists, like 2026-11-27.") from None
    # A year like 0026 or 20226 is a slip of the finger, and instants near year 9999 overflow.
    if day.year not in _YEARS:
        raise BadMoment("date", f"Choose a date from {_YEARS[0]} to {_YEARS[-1]}.")
    return day


def _time(text: str) -> time:
    if not text.strip():
        raise BadMoment("time", "Choose a time.")
    try:
        clock = time.fromisoformat(text.strip())
    except ValueError:
        raise BadMoment("time", "Give a time from 00:00 to 23:59, like 20:00.") from None
    return clock.replace(second=0, microsecond=0, tzinfo=None)


def _instant(day: date, clock: time, timezone: str) -> Moment:
    wall = datetime.combine(day, clock)
    first, second = (
        wall.replace(tzinfo=ZoneInfo(timezone), fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    # In a gap the two readings are swapped (PEP 495), so the later wall clock comes first.
    if second < first:
        before, after = _edges(second, first, timezone)
        raise BadMoment(
            "time",
            f"{wall:%H:%M} does not exist on that day in {timezone}: the clocks go forward. "
            f"Choose {_clock(before, day)} or {_clock(after, day)}.",
        )
    return Moment(first, timezone, is_first_of_two=first != second)


def _edges(before: datetime, after: datetime, timezone: str) -> tuple[datetime, datetime]:
    """The last local minute before the change between two instants, and the first after it."""
    zone = ZoneInfo(timezone)
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    change = after.replace(microsecond=0)
    return (change - timedelta(minutes=1)).astimezone(zone), change.astimezone(zone)


def _clock(local: datetime, day: date) -> str:
    return f"{local:%H:%M}" if local.date() == day else f"{local:%H:%M on %Y-%m-%d}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
