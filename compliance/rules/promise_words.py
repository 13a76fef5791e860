"""The words of a promised frequency: how many, in how long, and which numbers are neither."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

HOUR = timedelta(hours=1)
DAY, WEEK, MONTH, YEAR = (timedelta(days=days) for days in (1, 7, 30, 365))

_SMALL = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_MANY = {"dozen": 12, "hundred": 100, "thousand": 1000}
_WORTH = (
    {word: number for number, word in enumerate(_SMALL, 1)}
    | {word: 10 * number for number, word in enumerate(_TENS, 2)}
    | {"once": 1, "twice": 2, "thrice": 3, "couple": 2, "half a dozen": 6, "half-dozen": 6}
    | _MANY
)
_DIGITS = r"(?<!\w)(?<!\d[.,:])(?:\d{1,3}(?:,\d{3})+|\d{1,4})(?!\d)"
_TENS_AND_ONES = rf"(?:{'|'.join(_TENS)})[-\s](?:{'|'.join(_SMALL[:9])})"
_COUNT = (
    rf"(?:{_DIGITS}|\b(?:{_TENS_AND_ONES}|{'|'.join(sorted(_WORTH, key=len)[::-1])})(?![^\W\d]))"
)

_LENGTHS = {
    "hours?|hrs?": HOUR,
    "days?|nights?|weekdays?": DAY,
    "weeks?|wks?|weekends?": WEEK,
    "fortnights?": 2 * WEEK,
    "months?|mos?|mths?": MONTH,
    "quarters?|qtrs?": 3 * MONTH,
    "years?|yrs?|annum": YEAR,
}
_UNIT = rf"(?:{'|'.join(_LENGTHS)})\b"
# "Biweekly" may also mean twice a week. A promise is read in the way that is stricter for the
# sender, so that nobody gets more than they may expect: once in two weeks. So is "bimonthly".
_ADVERBS = {
    "hourly": HOUR,
    "daily|everyday|nightly": DAY,
    r"bi[-\s]?weekly|fortnightly": 2 * WEEK,
    "weekly": WEEK,
    r"bi[-\s]?monthly": 2 * MONTH,
    "monthly": MONTH,
    "quarterly": 3 * MONTH,
    "yearly|annually": YEAR,
}
_ORDINALS = {"other": 2, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_OF_UNITS = (
    r"(?:(?:calendar|rolling|given|single|same|full|whole|one|business|working)[-\s]+)*"
    rf"(?:(?:{_COUNT}\s*(?:-|–|to|or)\s*)?(?P<many>{_COUNT}|{'|'.join(_ORDINALS)})[-\s]*(?:of\s+)?)?"
    rf"(?:(?:calendar|business|working)[-\s]+)*(?P<unit>{_UNIT})"
)
_PERIOD = (
    r"(?:\b(?:per|an?|(?P<each>each|every)|(?:in|within|over|during)\s+(?:an?|any|each|every|the))\b"
    rf"|\b(?:in|within|over|during)(?=\s+{_COUNT})|/)[-\s]*{_OF_UNITS}"
    rf"|\b(?P<adverb>{'|'.join(_ADVERBS)})\b"
)

_ADJECTIVES = (
    r"(?:(?:or\s+(?:fewer|less)|recurring|automated|autodialed|promotional|promo|marketing"
    r"|informational|sms|mms|text|txt|total|daily|weekly|monthly)[\s/-]+)*"
)
_MESSAGES = rf"{_ADJECTIVES}(?:msgs?|messages?|texts?|txts?|sms|mms|alerts?|notifications?)\b"
_SENDINGS = (
    rf"(?:{_MESSAGES}|{_ADJECTIVES}(?:offers?|updates?|reminders?|promos?|promotions?|deals?"
    r"|coupons?|specials?|newsletters?|announcements?|invites?|invitations?|tips|notices?|mails?"
    r"|communications|mailings?|times|x)\b)"
)
_NUMBER = (
    r"(?:(?P<below>\b(?:less|fewer)\s+than|under)\s+)?"
    r"(?P<limit>\b(?:up\s+to|at\s+most|(?:no|not|never)\s+more\s+than|only"
    r"|max(?:imum)?\b\.?(?:\s+of)?|limit(?:ed)?(?:\s+(?:to|of))?)\W{1,3})?"
    rf"(?:(?P<number>{_COUNT}|(?<![\w,.])\d{{5,6}}(?=\s*{_MESSAGES}))"
    rf"(?:\s+(?P<times>{'|'.join(_MANY)})\b)?|\b(?P<one>an?|single)(?=\s+{_SENDINGS}))"
)
_VAGUE = r"\b(?P<vague>several|multiple|many|few|various|unlimited|vary|varies|varying)\b"
# What has a number and counts no messages.
_OTHER = "|".join(
    (
        r"(?<!\w)\+?\d(?:[\s().-]?\d){6,}",  # a telephone number
        r"[$£€#]\s*\d[\d.,]*",
        r"\d[\d.,]*\s*(?:%|dollars?\b|euros?\b|[ap]\.?m\b|(?:st|nd|rd|th)\b)",
        rf"\d+(?:[.:/]\d+)+\b(?![-\s]*{_UNIT})",  # 24/7, 9:30, 2.5
        rf"\d+\s*\+(?!\s*{_MESSAGES})",  # 18+
        r"\d+\s*(?:and|or)\s+(?:over|older|up|above)\b",
        r"\b(?:age[sd]?|top)\s+\d+",
        rf"{_COUNT}\s+of\s+{_COUNT}",  # 1 of 3 lists
        # 7 nights a week, 30-day
        rf"{_COUNT}(?:\s+(?={_UNIT})\w+s\b|-{_UNIT})(?:\s*(?:/|\b(?:per|an?|each|every)\b)\s*{_UNIT})?",
    )
)
_ITEM = re.compile(f"(?P<period>{_PERIOD})|(?P<other>{_OTHER})|{_VAGUE}|{_NUMBER}", re.IGNORECASE)
_OF_MESSAGES, _OF_SENDINGS = (
    re.compile(rf"[)\s+]*{what}", re.IGNORECASE) for what in (_MESSAGES, _SENDINGS)
)
_IS_RANGE = re.compile(r"[\s(]*(?:-|–|—|\bto\b|\bor\b)?[\s(]*(?:up\s+to\s*)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """How many, at text[start:end]; `value` is None for "several".

    `is_limit`: it is said to be the most, or of what is sent, which offers and updates may be, too.
    `is_of_messages`: it is said of messages by that name, as a figure or a word like "four".
    """

    start: int
    end: int
    value: int | None
    is_limit: bool
    is_of_messages: bool


@dataclass(frozen=True, slots=True)
class Period:
    """In how long, at text[start:end]. Without a number beside it "weekly" and "every week" mean
    once (`is_once`), and "a week" means nothing. `months` are those of the calendar, if the text
    counts in months: "30 days" are none.
    """

    start: int
    end: int
    window: timedelta
    is_once: bool
    months: int = 0


def items_in(text: str) -> list[Number | Period]:
    """The numbers and periods of a text, in their order; of a range its upper end: "2-4"."""
    items: list[Number | Period] = []
    for item in _items(text):
        last = items[-1] if items else None
        if isinstance(item, Number) and isinstance(last, Number) and _is_range(text, last, item):
            value = max(last.value or 0, item.value or 0) or None
            is_limit = last.is_limit or item.is_limit
            items[-1] = replace(item, start=last.start, value=value, is_limit=is_limit)
        else:
            items.append(item)
    return items


def _items(text: str) -> Iterator[Number | Period]:
    for found in _ITEM.finditer(text):
        if found["period"]:
            yield _period(found)
        elif not found["other"] and (item := _number(found)).value != 0:
            yield item


def _is_range(text: str, first: Number, second: Number) -> bool:
    """Whether two numbers are one: "2-4", "one or two", "four (4)", "between 2 and 4"."""
    gap = text[first.end : second.start]
    if gap.strip().lower() == "and":
        return _BETWEEN.search(text[: first.start]) is not None
    return _IS_RANGE.fullmatch(gap) is not None


def _number(found: re.Match[str]) -> Number:
    said = found["number"]
    value = None if found["vague"] else _value(said) if said else 1
    if value:
        value = value * _MANY.get((found["times"] or "").lower(), 1) - bool(found["below"])
    is_limit = bool(found["limit"] or found["below"] or found["one"])
    return Number(
        found.start(),
        found.end(),
        value,
        is_limit or _OF_SENDINGS.match(found.string, found.end()) is not None,
        bool(said) and _OF_MESSAGES.match(found.string, found.end()) is not None,
    )


def _value(said: str) -> int:
    said = said.lower().replace(",", "")
    if said.isdecimal():
        return int(said)
    return _WORTH.get(said) or sum(_WORTH[word] for word in re.split(r"[-\s]", said))


def _period(found: re.Match[str]) -> Period:
    if found["adverb"]:
        window = _length(_ADVERBS, found["adverb"])
        return Period(*found.span(), window, True, _months(window, window))
    many = (found["many"] or "one").lower()
    # Nothing longer than a year is looked back upon.
    times = min(_ORDINALS.get(many) or _value(many), 9999) or 1
    unit = _length(_LENGTHS, found["unit"])
    window = min(times * unit, YEAR)
    return Period(*found.span(), window, bool(found["each"]), _months(window, unit))


def _months(window: timedelta, unit: timedelta) -> int:
    return 0 if unit < MONTH else 12 if window == YEAR else window // MONTH


def _length(lengths: dict[str, timedelta], said: str) -> timedelta:
    return next(
        length for word, length in lengths.items() if re.fullmatch(word, said, re.IGNORECASE)
    )
