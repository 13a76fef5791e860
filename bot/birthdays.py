"""Dates of birth in texts, for an age gate. The date is read, judged and forgotten."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

# What stands in a text in the place of a date of birth.
NOT_KEPT: Final = "[date of birth, not kept]"

_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTH: Final = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_DAY: Final = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(\d{4}|\d{2})"
_DIVIDER: Final = r"\s{0,3}[-/. ]\s{0,3}"
_NUMBERS: Final = re.compile(rf"(?<!\d)(\d{{1,4}}){_DIVIDER}(\d{{1,2}}){_DIVIDER}(\d{{1,4}})(?!\d)")
_SOLID: Final = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_MONTH_FIRST: Final = re.compile(rf"\b{_MONTH}\s{{0,3}}{_DAY}[\s,]{{1,4}}{_YEAR}(?!\d)", re.I)
_DAY_FIRST: Final = re.compile(
    rf"(?<!\d){_DAY}[\s.-]{{0,3}}(?:of\s)?{_MONTH}[\s,-]{{1,4}}{_YEAR}(?!\d)", re.I
)
_OLDEST: Final = 120
_LAST_MIDNIGHT: Final = timedelta(hours=12)


def today_everywhere(now: datetime) -> date:
    """The day (of `now`, aware UTC) that has begun everywhere on earth: nobody is older than by it,
    wherever they are."""
    return (now - _LAST_MIDNIGHT).date()


def stated_age(text: str, today: date) -> int | None:
    """The age in years on `today` of who was born on the date in `text`, or None without one.

    "03/04/2000" is read both ways round, "05" as 1905 and as 2005, and the latest day counts: an
    age gate must err on the side of the younger.
    """
    return min((age for _, ages in _dates(_plain(text), today) for age in ages), default=None)


def without_birth_date(text: str, today: date, *, is_asked: bool) -> str:
    """`text` as it may be kept: without any date on which somebody may have been born.

    Where somebody `is_asked` for theirs, the digits of what cannot be read as a date go as well.
    """
    kept = plain = _plain(text)
    for written, _ in _dates(plain, today):
        kept = kept.replace(written, NOT_KEPT)
    if is_asked:
        kept = re.sub(r"\d", "•", kept)
    return text if kept == plain else kept


def _plain(text: str) -> str:
    """Digits and letters of any width in one form."""
    return unicodedata.normalize("NFKC", text)


def _dates(text: str, today: date) -> Iterator[tuple[str, list[int]]]:
    """Each date of birth in the text as it is written, with the ages that it can mean."""
    for pattern, readings in _PATTERNS:
        for found in pattern.finditer(text):
            ages = [_age(born, today) for born in _days(readings(*found.groups()))]
            if possible := [age for age in ages if 0 <= age <= _OLDEST]:
                yield found[0], possible


def _age(born: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)


# A reading is year, month and day, as written.
_Reading = tuple[str, str, str]


def _days(readings: list[_Reading]) -> Iterator[date]:
    for year, month, day in readings:
        for full in (year,) if len(year) == 4 else (f"19{year}", f"20{year}"):
            try:
                yield date(int(full), int(month), int(day))
            except ValueError:
                continue


def _of_numbers(first: str, second: str, third: str) -> list[_Reading]:
    """Year first, else month and day either way round."""
    if len(first) == 4:
        return [(first, second, third)]
    return [(third, first, second), (third, second, first)] if len(third) in (2, 4) else []


def _of_solid(digits: str) -> list[_Reading]:
    return [
        (digits[4:], digits[:2], digits[2:4]),
        (digits[4:], digits[2:4], digits[:2]),
        (digits[:4], digits[4:6], digits[6:]),
    ]


def _of_words(month: str, day: str, year: str) -> list[_Reading]:
    return [(year, str(_MONTHS.index(month.lower()) + 1), day)]


_PATTERNS: Final = (
    (_NUMBERS, _of_numbers),
    (_SOLID, _of_solid),
    (_MONTH_FIRST, _of_words),
    (_DAY_FIRST, lambda day, month, year: _of_words(month, day, year)),
)
