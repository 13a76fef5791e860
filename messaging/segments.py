"""How many billed parts a text becomes, and which characters make it dear.

A text whose every character is in the GSM 7-bit alphabet (3GPP TS 23.038) travels as septets, 160
to a message; any other travels as UTF-16 code units, 70 to a message. A longer text is cut into
parts of 153 septets or 67 units, because each part then carries a header of six bytes. An extension
character costs two septets, one outside the Basic Multilingual Plane two units, and neither is ever
divided between two parts.

The counts are those of Twilio's sms-segments-calculator 1.3.0 with smart encoding off, but for one
thing: that calculator also keeps whole grapheme clusters (a flag, a letter with its accents, a
family emoji) in one part, which no carrier promises, so it can count a part more where a cluster
lies across a border. Here only surrogate pairs and extension characters are indivisible.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Encoding = Literal["GSM-7", "UCS-2"]

# 3GPP TS 23.038 section 6.2.1 (basic alphabet, without its escape character) and 6.2.1.1
# (extension). The grave accent, lower-case c with cedilla and tab are not in it.
GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
GSM: Final = GSM_BASIC | GSM_EXTENSION

# Zero width joiner, the variation selectors of text and emoji, and the five skin tones.
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")

# Units in a message that fits in one part, and in each part of one that does not.
CAPACITY: Final[dict[Encoding, tuple[int, int]]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True)
class Segmentation:
    """What a text costs.

    `units` are septets (GSM-7) or UTF-16 code units (UCS-2) of the text itself, without padding.
    `characters_left` are the units still free in the last part; the padding that keeps a
    two-unit character whole stays in the part it ends, so it never counts as free.
    """

    encoding: Encoding
    units: int
    segments: int
    characters_left: int


@dataclass(frozen=True, slots=True)
class CostlyCharacter:
    """A character outside GSM-7: its index in the text (in code points), and what could stand in
    its place at no extra cost ("" to leave it out), or None where nothing means the same."""

    index: int
    character: str
    replacement: str | None


def measure(text: str) -> Segmentation:
    """Count the units and segments of `text`, exactly as given (CR LF is two units).

    The empty text is one GSM-7 segment with 160 characters left, as in Twilio's calculator: what
    is sent is billed as one. Lone surrogates, which JSON can carry, count as one unit each.
    """
    if GSM.issuperset(text):
        sizes = [2 if character in GSM_EXTENSION else 1 for character in text]
        return _pack("GSM-7", sizes)
    # A round trip through UTF-16 joins the halves of a pair that reached us as two characters.
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _pack("UCS-2", [2 if character > "\uffff" else 1 for character in joined])


def costly_characters(text: str) -> list[CostlyCharacter]:
    """Every character that keeps `text` out of GSM-7, in order; empty for a GSM-7 text.

    A text in which each has a replacement can be sent at less than half the price.
    """
    return [
        CostlyCharacter(index, character, _plain_form(character))
        for index, character in enumerate(text)
        if character not in GSM
    ]


def _plain_form(character: str) -> str | None:
    if character in PLAIN_FORMS:
        return PLAIN_FORMS[character]
    # An accent goes, its letter stays; so does what joins or colours the parts of an emoji.
    if unicodedata.combining(character) or character in _JOINERS:
        return ""
    letters = unicodedata.normalize("NFKD", character)
    base = "".join(one for one in letters if not unicodedata.combining(one))
    return base if base and GSM.issuperset(base) else None


def _pack(encoding: Encoding, sizes: list[int]) -> Segmentation:
    alone, joined = CAPACITY[encoding]
    units = sum(sizes)
    if units <= alone:
        return Segmentation(encoding, units, 1, alone - units)
    segments, left = 1, joined
    for size in sizes:
        if size > left:
            segments, left = segments + 1, joined
        left -= size
    return Segmentation(encoding, units, segments, left)


def _plain_forms(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    forms = {character: plain for plain, characters in rows for character in characters}
    # The full-width forms of ASCII lie in one block, in ASCII's order.
    full_width = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F) if chr(code) in GSM}
    return full_width | forms


# Twilio's smart encoding (SmartEncodingMap of sms-segments-calculator 1.3.0), with two departures:
# an odd space or a tab becomes one space, where that table widens it to two or seven, and combining
# marks have no plain form, since replacing one alone would turn "n" + tilde into "n~".
PLAIN_FORMS: Final = _plain_forms(
    (
        ('"', "\u00ab\u00bb\u02ba\u02ee\u201c\u201d\u201e\u201f\u275d\u275e\u301d\u301e"),
        ("'", "\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u2018\u2019\u201b"),
        ("'", "\u275b\u275c\ufe10\ufe11\uff07"),
        ("/", "\u00f7\u2044\u2215\u29f8"),
        ("1/4", "\u00bc"),
        ("1/2", "\u00bd"),
        ("3/4", "\u00be"),
        ("\\", "\u29f5\u29f9\ufe68"),
        ("_", "\u2017"),
        ("|", "\u2223\u239c\u239f\u23b8\u23b9\u23d0"),
        ("-", "\u2010\u2013\u2014\u2015\u2022\u2043\u23bc\u23bd\ufe63"),
        ("@", "\ufe6b"),
        ("$", "\ufe69"),
        ("!", "\u01c3\ufe15\ufe57"),
        ("#", "\ufe5f"),
        ("%", "\ufe6a"),
        ("&", "\ufe60"),
        (",", "\u201a\u3001\ufe50\ufe51\uff64"),
        ("(", "\u2768\u276a\u27ee\u2985\ufe59"),
        (")", "\u2769\u276b\u27ef\u2986\ufe5a"),
        ("*", "\u204e\u2217\u229b\u2722\u2723\u2724\u2725\u2731\u2732\u2733\u273a\u273b\u273c"),
        ("*", "\u273d\u2743\u2749\u274a\u274b\u29c6\ufe61"),
        ("+", "\u02d6\ufe62"),
        (".", "\u3002\ufe52\uff61"),
        (":", "\u02d0\u02f8\u2982\ua789\ufe13"),
        (";", "\u204f\ufe14\ufe54"),
        ("<", "\u2039\ufe64"),
        ("=", "\ua78a\ufe66"),
        (">", "\u203a\ufe65"),
        ("?", "\ufe16\ufe56"),
        ("^", "\u02c6"),
        ("{", "\u2774\ufe5b"),
        ("}", "\u2775\ufe5c"),
        ("~", "\u02dc\u02f7\u223c"),
        *zip(
            "ABCDEFGHIJKLMNOPRSTUVWYZ",
            "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274"
            "\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22",
            strict=True,
        ),
        (" ", "\t\u0080\u008d\u0090\u009b\u009f\u00a0\u2000\u2001\u2002\u2003\u2004\u2005"),
        (" ", "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"),
        ("", "\0\x03\x04\x10\x11\x12\x13\x14\x17\x19\u200b\u200c\u2060\ufeff"),
        ("!!", "\u203c"),
        ("...", "\u2026"),
    )
)
