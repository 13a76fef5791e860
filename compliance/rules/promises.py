"""What a text promises about how often it comes: "Up to 4 msgs/month, max 1 per day" is two."""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from compliance.rules.promise_words import DAY, HOUR, MONTH, WEEK, YEAR, Number, Period, items_in

_Pair = tuple[Number, Period]

_SPANS = {DAY: "a day", WEEK: "a week", MONTH: "a month", 3 * MONTH: "a quarter", YEAR: "a year"}
# The point of an abbreviation ends no sentence: "4 msgs. per month".
_END = re.compile(r"(?<!\bmsg)(?<!\bmsgs)(?<!\btxt)(?<!\bmax)[.!?](?=\s|$)|\n", re.IGNORECASE)
_BREAK = re.compile(r"[,;]")
_WORD = re.compile(r"\w+")
# So many words may stand between a number and its period: "4 texts about our club nights a month".
_MOST_WORDS: Final = 6
# What it costs to take a number and a period for a pair, by what stands between them, and to leave
# a number alone. The period usually follows: "Daily deals, 4 msgs/month".
_ACROSS_BREAK, _ACROSS_END, _BACKWARDS, _ALONE = 4, 6, 1, 8


@dataclass(frozen=True, slots=True)
class Promise:
    """At most `number` messages in each stretch of time as long as `window`, an hour to a year. A
    month has 30 days, a quarter 90.

    One of days or weeks ends at the same time on the clock if that comes earlier, because the clock
    goes forward, and one of `months`, if the text counts in those, on the same day of the calendar:
    what comes at noon on the first of each month is one a month, also in February.
    """

    number: int
    window: timedelta
    months: int = field(default=0, compare=False)

    def since(self, at: datetime, timezone: str) -> datetime:
        """What came at this moment (UTC) or before counts no more at `at`, by a zone's clock."""
        if self.window < DAY:
            return at - self.window
        zone = ZoneInfo(timezone)
        local = at.astimezone(zone).replace(tzinfo=None)
        begins = local - self.window
        if self.months:
            begins = max(begins, _months_before(local, self.months))
        return max(at - self.window, begins.replace(tzinfo=zone).astimezone(UTC))

    def until(self, came_at: datetime, timezone: str) -> datetime:
        """The moment (UTC) from which on what `came_at` some moment counts no more."""
        if self.window < DAY:
            return came_at + self.window
        zone = ZoneInfo(timezone)
        local = came_at.astimezone(zone).replace(tzinfo=None)
        ends = local + self.window
        if self.months:
            ends = min(ends, _months_after(local, self.months))
        return min(came_at + self.window, ends.replace(tzinfo=zone).astimezone(UTC))

    @property
    def span(self) -> str:
        """How long that is, to end "4 in …": "a month", or as `length`."""
        return _SPANS.get(self.window, self.length)

    @property
    def length(self) -> str:
        """How long that is, as a number: "30 days", "1 hour"."""
        is_days = self.window >= DAY
        number = self.window // (DAY if is_days else HOUR)
        return f"{number} {'day' if is_days else 'hour'}{'' if number == 1 else 's'}"


@lru_cache(maxsize=1024)
def promised(frequency: str) -> tuple[Promise, ...]:
    """The promises of a program's record, the shortest window first: "Up to 4 msgs/month", "2 per
    week", "Daily"; each of them is to be kept. None names "Message frequency varies".

    All of a record is about messages. What can be read in two ways is read as the one that leaves
    the sender less (compliance.rules.promise_words).
    """
    items = items_in(frequency)
    pairs = _pairs(frequency, items)
    counted = _fewest(pairs)
    has_number = {period for _, period in pairs}
    windows = {one.window for one in counted}
    once = {
        item.window: item.months
        for item in items
        if isinstance(item, Period) and item.is_once and item not in has_number
    }
    bare = (Promise(1, window, months) for window, months in once.items() if window not in windows)
    return tuple(sorted((*counted, *bare), key=lambda one: one.window))


def told(text: str) -> tuple[Promise, ...]:
    """The promises that any text makes, the shortest window first. Each must give a number of
    messages within one sentence: "4 msgs/month"; "7 nights a week" is none."""
    pairs = [pair for part in _END.split(text) for pair in _pairs(part, items_in(part))]
    return _fewest(pair for pair in pairs if pair[0].is_of_messages)


def _fewest(pairs: Iterable[_Pair]) -> tuple[Promise, ...]:
    """The promises of these pairs, one for each window."""
    lowest: dict[timedelta, Promise] = {}
    for number, period in pairs:
        known = lowest.get(period.window)
        if number.value and (known is None or number.value < known.number):
            lowest[period.window] = Promise(number.value, period.window, period.months)
    return tuple(lowest[window] for window in sorted(lowest))


def _months_before(local: datetime, months: int) -> datetime:
    """The same day so many months before; of the last day of a month the last one. A day that the
    month before lacks has all of it behind it."""
    year, month, days = _month(local, -months)
    if local.day > days:
        return (local.replace(year=year, month=month, day=days) + DAY).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
    is_last = local.day == monthrange(local.year, local.month)[1]
    return local.replace(year=year, month=month, day=days if is_last else local.day)


def _months_after(local: datetime, months: int) -> datetime:
    year, month, days = _month(local, months)
    return local.replace(year=year, month=month, day=min(local.day, days))


def _month(local: datetime, further: int) -> tuple[int, int, int]:
    """Year and month so many months further, and how many days it has."""
    year, month = divmod(local.year * 12 + local.month - 1 + further, 12)
    return year, month + 1, monthrange(year, month + 1)[1]


def _pairs(text: str, items: list[Number | Period]) -> list[_Pair]:
    """Which number belongs to which period beside it: so that the whole costs least."""
    # For each place what the items from there on cost at best, and their pairs.
    best: list[tuple[int, list[_Pair]]] = [(0, []), (0, [])]
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        cost, pairs = best[0]
        alone = _ALONE if isinstance(item, Number) and item.value else 0
        chosen = (cost + alone, pairs)
        for pair, price in _as_pair(text, items[place : place + 2]):
            cost, pairs = best[1]
            if cost + price <= chosen[0]:
                chosen = (cost + price, [pair, *pairs])
        best = [chosen, best[0]]
    return best[0][1]


def _as_pair(text: str, two: list[Number | Period]) -> Iterable[tuple[_Pair, int]]:
    """Two items as a pair with what it costs; nothing if they are none."""
    match two:
        case [Number() as number, Period() as period]:
            between, price = text[number.end : period.start], 0
        case [Period() as period, Number() as number]:
            between, price = text[period.end : number.start], _BACKWARDS
        case _:
            return ()
    if len(_WORD.findall(between)) > _MOST_WORDS:
        return ()
    if _END.search(between):
        price += _ACROSS_END
    elif _BREAK.search(between):
        price += _ACROSS_BREAK
    # Over a break a number must say that it is a limit: "18 or older, monthly" promises no 18.
    return [((number, period), price)] if price <= _BACKWARDS or number.is_limit else ()
