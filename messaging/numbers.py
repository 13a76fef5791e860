"""Phone numbers: into E.164 on the way in, masked for logs, readable on pages.

A sender or a subscriber's address is not always a phone number: short codes ("24680") and
alphanumeric sender ids ("NEONNIGHTS", up to 11 characters, GSM 03.40 section 9.1.2.5) reach us
too, and so does whatever somebody forges. Only `parse_number` judges; the others take any text.
"""

import re
import unicodedata
from typing import Final

import phonenumbers

# E.164: a plus, a country code that never begins with 0, at most 15 digits in all. The shortest
# numbers in use with a country code have seven.
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE: Final = re.compile(r"[0-9]{3,6}")
_SENDER_ID: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_-]{1,11}")
# North American numbers: no area code begins with 0 or 1.
_NORTH_AMERICAN: Final = re.compile(r"[2-9][0-9]{9}")
# How those are nearly always written, with and without the country code. What this matches, the
# library reads in the same way (tests/unit/test_numbers.py); it takes fifty times as long.
_USUAL: Final = re.compile(
    r"(?:\+?1[-. ]?)?"
    r"(?:([2-9][0-9]{2})\.([0-9]{3})\.([0-9]{4})"
    r"|(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[- ]?)([0-9]{3})[- ]?([0-9]{4}))"
)
_USUAL_REGIONS: Final = frozenset({"US", "CA"})
_LONGEST_SHOWN: Final = 40
_DOT: Final = "•"


class InvalidNumber(ValueError):
    """The text is no phone number that can be texted. The message says what to do about it, and
    never repeats what was given: it may be somebody's number."""


def parse_number(text: str, region: str | None = "US") -> str:
    """`text` as an E.164 number, reading a number without "+" as one of `region` (ISO 3166).

    Spaces, dashes, dots, brackets and digits of any script are understood; letters and extensions
    are refused, since a text cannot follow them. Raises InvalidNumber.
    """
    if usual := usual_number(text, region):
        return usual
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise InvalidNumber("Enter a phone number, for example +1 212 555 0123.")
    if len(plain) > _LONGEST_SHOWN or any(character.isalpha() for character in plain):
        raise InvalidNumber(
            "Enter one phone number in digits, without letters or an extension, "
            "for example +1 212 555 0123."
        )
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise InvalidNumber(
                "Begin the phone number with + and a country code that exists, "
                "for example +1 212 555 0123."
            ) from None
        raise InvalidNumber(
            "This is not a phone number. Write it with its country code, "
            "for example +1 212 555 0123."
        ) from None
    if number.extension or not _exists(number):
        raise InvalidNumber(
            "No such phone number can exist. Check its digits and its country code, "
            "for example +1 212 555 0123."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def usual_number(text: str, region: str | None = "US") -> str | None:
    """The same for a North American number in one of its usual spellings; None for all others."""
    found = _USUAL.fullmatch(text)
    if found is None or not (region in _USUAL_REGIONS or text[0] == "+"):
        return None
    return "+1" + "".join(filter(None, found.groups()))


def is_e164(text: str) -> bool:
    """Whether `text` is written exactly as an E.164 number, whoever has it."""
    return _E164.fullmatch(text) is not None


def mask(number: str) -> str:
    """`number` for logs and auditors: the country code and the last four digits, the rest dots.

    "+12125550123" gives "+1••••••0123". Short codes and alphanumeric sender ids belong to
    businesses and stay as they are. Anything else shows at most its last four digits.
    """
    if _SHORT_CODE.fullmatch(number) or _SENDER_ID.fullmatch(number):
        return number
    digits = "".join(character for character in number if character in "0123456789")
    # Of a short number four digits would give away too much.
    tail = digits[-4:] if len(digits) > 8 else digits[-2:] if len(digits) > 6 else ""
    if not is_e164(number):
        return _DOT * 4 + tail
    code = _country_code(number)
    return f"+{code}{_DOT * (len(digits) - len(code) - len(tail))}{tail}"


def display(number: str) -> str:
    """`number` for a page: "+12125550123" gives "+1 212-555-0123".

    Short codes and alphanumeric sender ids come back unchanged. Of any other text control and
    direction characters are dropped and only its beginning is kept; the page escapes the rest.
    """
    if is_e164(number):
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return number
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    # Category C holds controls, format characters such as direction marks, and lone surrogates.
    kept = "".join(" " if one.isspace() else one for one in number[: 4 * _LONGEST_SHOWN])
    harmless = "".join(one for one in kept if not unicodedata.category(one).startswith("C"))
    shown = " ".join(harmless.split())
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"


def _exists(number: phonenumbers.PhoneNumber) -> bool:
    # The library's list of area codes lags behind those opened every year and leaves out the 555
    # numbers that demonstrations use, so for North America a plausible shape is enough; the
    # carrier has the last word (error 21211).
    if number.country_code == 1:
        return (
            _NORTH_AMERICAN.fullmatch(phonenumbers.national_significant_number(number)) is not None
        )
    return phonenumbers.is_valid_number(number)


def _country_code(number: str) -> str:
    for length in (1, 2, 3):
        if int(number[1 : 1 + length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return number[1 : 1 + length]
    return ""
