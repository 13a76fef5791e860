"""Numbers come in any shape, leave as E.164, and are never spilled."""

import contextlib
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.numbers import InvalidNumber, display, is_e164, mask, parse_number, usual_number


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+12125550123", "US", "+12125550123"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "US", "+12125550123"),
        ("1 212 555 0123", "US", "+12125550123"),
        ("\u00a0+1 212\u2011555\u20110123 ", "US", "+12125550123"),
        ("（２１２）５５５－０１２３", "US", "+12125550123"),
        ("+15551234567", "US", "+15551234567"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("+44 20 7946 0958", None, "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("\u202a+12125550123\u202c", "US", "+12125550123"),
    ],
)
def test_parses_to_e164(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region) == expected
    assert is_e164(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "24680", "123-456-7890", "+1 012 555 0123", "+999 1234567", "+44 20 7946"),
        *("call me", "212-555-0123 x45", "1-800-FLOWERS", "+", "\0", "NEONNIGHTS", "5" * 300),
        *("2125550123, 2125550124", "+1\ud83d2125", "tel:+12125550123;ext=9", "212-555-01234567"),
    ],
)
def test_refuses_what_cannot_be_texted(text: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        parse_number(text)
    assert isinstance(refusal.value, ValueError)
    # The one number in the message is the example.
    words = str(refusal.value).replace("+1 212 555 0123", "")
    assert not re.search(r"\d", words)
    assert words.rstrip().endswith(".")


def test_a_national_number_needs_a_region() -> None:
    with pytest.raises(InvalidNumber, match="country code"):
        parse_number("212 555 0123", None)


_DIGITS = st.from_regex(r"[0-9]{9,11}", fullmatch=True)
_GAPS = st.sampled_from(["", " ", "-", ".", "/", "  ", " - "])


@st.composite
def _spellings(draw: st.DrawFn) -> str:
    """Ten digits or so, as somebody might write them."""
    digits = draw(_DIGITS)
    area = draw(st.sampled_from(["{}", "({})", "({}) ", "[{}]"])).format(digits[:3])
    front = draw(st.sampled_from(["", "1", "+1", "1-", "+1 ", "1.", "+1.", "01", "+", "+44", "8"]))
    return front + area + draw(_GAPS) + digits[3:6] + draw(_GAPS) + digits[6:]


@given(_spellings(), st.sampled_from(["US", "CA", "GB", "DO", None]))
def test_the_usual_spellings_are_read_as_the_library_does(text: str, region: str | None) -> None:
    usual = usual_number(text, region)
    if usual is None:
        return
    number = phonenumbers.parse(text, region)
    assert not number.extension
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == usual


@pytest.mark.parametrize(
    "text",
    [
        *("+12125550123", "12125550123", "2125550123", "212-555-0123", "(212) 555-0123"),
        *("212.555.0123", "+1 212 555 0123", "1-212-555-0123", "+1 (212) 555-0123"),
    ],
)
def test_what_most_files_hold_is_a_usual_spelling(text: str) -> None:
    assert usual_number(text) == "+12125550123"


@pytest.mark.parametrize("text", ["212.5550123.", "2125550123\n", "٢١٢٥٥٥٠١٢٣", "1125550123", ""])
def test_what_is_not_usual_is_left_to_the_library(text: str) -> None:
    assert usual_number(text) is None
    assert usual_number("2125550123", "GB") is None
    assert usual_number("2125550123", None) is None


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+12125550123", "+1••••••0123"),
        ("+79123456789", "+7••••••6789"),
        ("+442079460958", "+44••••••0958"),
        ("+29012345", "+290•••45"),
        ("24680", "24680"),
        ("NEONNIGHTS", "NEONNIGHTS"),
        ("2125550123", "••••0123"),
        ("whatsapp:+12125550123", "••••0123"),
        ("+0123", "••••"),
        ("", "••••"),
        ("<script>", "••••"),
    ],
)
def test_mask(number: str, masked: str) -> None:
    assert mask(number) == masked


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_mask_never_gives_a_number_away(number: str) -> None:
    shown = mask(number)
    assert len(shown) == len(number)
    assert shown.count("•") >= 2


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12125550123", "+1 212-555-0123"),
        ("+442079460958", "+44 20 7946 0958"),
        ("24680", "24680"),
        ("NEONNIGHTS", "NEONNIGHTS"),
        ("\u202e+1212\x00555\r\n0123", "+1212555 0123"),
        ("x" * 500, "x" * 39 + "…"),
        ("", ""),
    ],
)
def test_display(number: str, shown: str) -> None:
    assert display(number) == shown


@given(st.text(st.characters(codec=None)))
def test_any_text_is_handled(text: str) -> None:
    assert display(text).isprintable()
    mask(text)
    is_e164(text)
    with contextlib.suppress(InvalidNumber):
        assert is_e164(parse_number(text))


def test_only_the_exact_form_is_e164() -> None:
    assert is_e164("+12125550123")
    for text in ("12125550123", "+02125550123", "+1 2125550123", "+12125550123\n", "+١٢١٢٥٥٥٠١٢٣"):
        assert not is_e164(text)
    assert not is_e164("+1234567890123456")
