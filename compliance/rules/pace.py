"""How often: a promised frequency, and how full a window of time is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
_WINDOWS = {"day": DAY, "week": timedelta(days=7), "month": MONTH, "year": timedelta(days=365)}
_UNITS = {"wk": "week", "mo": "month", "mth": "month", "yr": "year"}
_ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_WORDS = (
    *("zero", "one", "two", "three", "four", "five"),
    *("six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_NUMBER = rf"(?<![\w,])(?<!\d\.)(?P<number>\d{{1,3}}(?:,?\d{{3}})?|{'|'.join(_WORDS[1:])})"
_MESSAGES = (
    r"(?:(?:recurring|automated|promotional|sms|text)\s+)*(?:msgs?|messages?|texts?|alerts?)"
)
_EACH = (
    r"\.?\s*(?:(?:/|per|an?|each|every)\s*(?P<unit>day|week|wk|month|mth|mo|year|yr)"
    r"|(?P<adverb>daily|weekly|monthly|yearly)\b)"
)
# In any text a promise says of what: "7 nights a week" is none.
_OF_MESSAGES = re.compile(rf"{_NUMBER}\s*{_MESSAGES}{_EACH}", re.IGNORECASE)
# In the record everything is about messages: "2 per week", "4x/month", "twice weekly", "daily".
_OF_ANYTHING = (
    _OF_MESSAGES,
    re.compile(rf"{_NUMBER}\s*(?:x|times)?{_EACH}", re.IGNORECASE),
    re.compile(rf"\b(?P<number>once|twice){_EACH}", re.IGNORECASE),
    re.compile(r"\b(?P<adverb>daily|weekly|monthly|yearly)\b", re.IGNORECASE),
    re.compile(r"\b(?:every|each)\s+(?P<unit>day|week|month|year)\b", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Promise:
    """At most `number` messages in `window`; `unit` is day, week, month or year."""

    number: int
    unit: str

    @property
    def window(self) -> timedelta:
        return _WINDOWS[self.unit]


def promised(frequency: str) -> Promise | None:
    """The promise in a program's record, e.g. "Up to 4 msgs/month", "2 per week" or "Daily"; None
    if it names none ("Message frequency varies")."""
    for pattern in _OF_ANYTHING:
        if found := pattern.search(frequency):
            return _promise(found)
    return None


def told(text: str) -> Promise | None:
    """The promise that any text makes, which must speak of messages: "4 msgs/month"."""
    found = _OF_MESSAGES.search(text)
    return _promise(found) if found else None


def busiest(moments: Iterable[datetime], window: timedelta) -> int:
    """The most moments that lie within one window of time."""
    ordered = sorted(moments)
    return max(
        (sum(1 for at in ordered if start <= at < start + window) for start in ordered), default=0
    )


def busiest_around(at: datetime, moments: Iterable[datetime], window: timedelta) -> int:
    """The most moments that lie within one window of time together with `at`, which counts too."""
    near = [moment for moment in moments if abs(moment - at) < window]
    return max(
        sum(1 for moment in [*near, at] if start <= moment < start + window)
        for start in [*(moment for moment in near if moment <= at), at]
    )


def _promise(found: re.Match[str]) -> Promise:
    groups = found.groupdict()
    adverb, named = (groups.get("adverb") or "").lower(), (groups.get("unit") or "").lower()
    unit = _ADVERBS.get(adverb) or _UNITS.get(named, named)
    number = (groups.get("number") or "once").lower().replace(",", "")
    if number in ("once", "twice"):
        return Promise(1 + (number == "twice"), unit)
    return Promise(int(number) if number.isdecimal() else _WORDS.index(number), unit)
