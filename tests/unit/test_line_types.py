"""Which numbers a program can text, and what is said of the others."""

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from messaging.line_types import _is_ordinary, unknown_regions, why_not_textable


@pytest.mark.parametrize(
    ("number", "regions"),
    [
        ("+12025550101", ["US", "CA"]),
        ("+14165550101", ["US", "CA"]),
        ("+12225550101", ["US"]),  # an area code that the library does not know yet
        ("+447400123456", ["GB"]),
        ("+79161234567", ["RU"]),
    ],
)
def test_mobile_numbers_of_a_served_region_can_be_texted(number: str, regions: list[str]) -> None:
    assert why_not_textable(number, regions) is None


@pytest.mark.parametrize(
    ("number", "regions", "reason"),
    [
        ("+442079460958", ["GB"], "landline"),
        ("+18005550123", ["US"], "toll-free"),
        ("+19005551234", ["US"], "premium-rate"),
        ("+12129761234", ["US"], "premium-rate"),
        ("+19115551234", ["US"], "No such phone number"),
        ("+19905551234", ["US"], "No such phone number"),
        ("+17005551234", ["US"], "No such phone number"),
        ("+12021550101", ["US"], "No such phone number"),
        ("+15005550006", ["US"], "forwarding"),
        ("+18765550101", ["US", "CA"], "CA (+1) and US (+1) only"),
        ("+14165550101", ["US"], "US (+1) only"),
        ("+12225550101", ["GB"], "GB (+44) only"),
        ("+447400123456", ["US", "CA", "MX"], "CA (+1), MX (+52) and US (+1) only"),
    ],
)
def test_other_numbers_are_told_why(number: str, regions: list[str], reason: str) -> None:
    answer = why_not_textable(number, regions)
    assert answer is not None
    assert reason in answer
    assert number not in answer


def test_a_region_is_a_code_and_no_name() -> None:
    assert unknown_regions(["US", "USA", "ca", "XX", "GB"]) == ["USA", "ca", "XX"]


def test_what_is_ordinary_without_the_library_is_so_with_it() -> None:
    """Some numbers of every area code."""
    some = random.Random(1)
    ordinary = 0
    for area in range(200, 1000):
        for _ in range(6):
            number = f"+1{area}{some.randrange(10**7):07d}"
            if not _is_ordinary(number, ["US"]):
                continue
            ordinary += 1
            parsed = phonenumbers.parse(number)
            assert phonenumbers.region_code_for_number(parsed) == "US", number
            assert phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE_OR_MOBILE, number
    assert ordinary > 1000
    assert not _is_ordinary("+12125550123", ["CA"])
    assert not _is_ordinary("+442079460958", ["US"])
