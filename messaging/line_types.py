"""Which numbers can be asked for consent by text: what kind of line a number is, and where."""

import re
from collections.abc import Collection
from functools import cache
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneMetadata
from phonenumbers import PhoneNumberType as Line

_NOT_TEXTABLE: Final = {
    Line.FIXED_LINE: "This is a landline, which gets no texts. Enter a mobile number.",
    Line.TOLL_FREE: "This is a toll-free number. Enter a mobile number.",
    Line.PREMIUM_RATE: "This is a premium-rate number. Enter a mobile number.",
    Line.SHARED_COST: "This is a shared-cost number. Enter a mobile number.",
    Line.PERSONAL_NUMBER: "This is a forwarding number. Enter a mobile number.",
    Line.PAGER: "This is a pager. Enter a mobile number.",
    Line.UAN: "This is a company's service number. Enter a mobile number.",
    Line.VOICEMAIL: "This is a voicemail box. Enter a mobile number.",
}
# The North American plan: area codes that are set aside for expansion (N9X, 37X, 96X), services
# (N11) and uses other than phones (456, 600, 700, 710); after them numbers never begin with 0 or 1,
# nor with the three digits of a service (https://www.nanpa.com/numbering). 976 is paid for by the
# call in every area code.
_NO_AREA: Final = re.compile(r"[2-9]9|37|96|[2-9]11|456|[67]00|710")
_NO_EXCHANGE: Final = re.compile(r"[01]|.11")
_NO_NUMBER: Final = "No such phone number can exist. Check its digits."
_PAID_EXCHANGE: Final = "976"
_NORTH_AMERICA: Final = frozenset({"US", "CA"})


def why_not_textable(number: str, regions: Collection[str]) -> str | None:
    """Why a program that serves `regions` (ISO 3166) cannot text an E.164 number, or None if it
    can. The reason is a sentence for the person who typed it.

    In North America mobile numbers and landlines look alike; there the carrier has the last word
    (error 21614). A number there that the library does not know yet may be in a new area code.
    """
    if _is_ordinary(number, regions):
        return _why_not_north_american(number[2:])
    parsed = phonenumbers.parse(number)
    reason = _NOT_TEXTABLE.get(phonenumbers.number_type(parsed))
    if reason is None and parsed.country_code == 1:
        reason = _why_not_north_american(phonenumbers.national_significant_number(parsed))
    if reason:
        return reason
    region = phonenumbers.region_code_for_number(parsed)
    if region is None and parsed.country_code == 1 and not _NORTH_AMERICA.isdisjoint(regions):
        return None
    if region not in regions:
        return f"This program texts numbers of {_named(regions)} only."
    return None


def _is_ordinary(number: str, regions: Collection[str]) -> bool:
    """Whether `regions` include the United States, and the library says that it is one of their
    numbers, of a line that may be mobile: found from its own patterns in a fiftieth of the time."""
    ordinary, other = _american_lines()
    return (
        "US" in regions
        and number.startswith("+1")
        and ordinary.fullmatch(number, 2) is not None
        and other.fullmatch(number, 2) is None
    )


@cache
def _american_lines() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Numbers of ordinary lines in the United States, and those of all other kinds of line there.

    The library looks for a number's region among those of the code 1 with the United States first.
    """
    known: Any = PhoneMetadata.metadata_for_region("US")
    fixed, mobile = known.fixed_line, known.mobile
    is_shared = fixed.national_number_pattern == mobile.national_number_pattern
    kinds = (
        *(known.premium_rate, known.toll_free, known.shared_cost, known.voip, known.pager),
        *(known.personal_number, known.uan, known.voicemail),
    )
    others = [kind.national_number_pattern for kind in kinds if kind is not None]
    return (
        re.compile(fixed.national_number_pattern if is_shared else "(?!)"),
        re.compile("|".join(filter(None, others)) or "(?!)"),
    )


def _why_not_north_american(national: str) -> str | None:
    if _NO_AREA.match(national) or _NO_EXCHANGE.match(national, 3):
        return _NO_NUMBER
    return _NOT_TEXTABLE[Line.PREMIUM_RATE] if national[3:6] == _PAID_EXCHANGE else None


def unknown_regions(regions: Collection[str]) -> list[str]:
    """Those of `regions` that have no phone numbers, e.g. a country's name for its code."""
    return [region for region in regions if region not in phonenumbers.SUPPORTED_REGIONS]


def _named(regions: Collection[str]) -> str:
    codes = [
        f"{region} (+{phonenumbers.country_code_for_region(region)})" for region in sorted(regions)
    ]
    return " and ".join(codes) if len(codes) < 3 else f"{', '.join(codes[:-1])} and {codes[-1]}"
