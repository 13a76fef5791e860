"""Segments are what a promoter pays for, so every count is held against Twilio's own."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.segments import GSM, PLAIN_FORMS, Segmentation, costly_characters, measure

# Answers of Twilio's sms-segments-calculator 1.3.0, smart encoding off, over random texts of GSM-7,
# extension characters, emoji, flags, accents, Cyrillic and line ends. A row is the text, its
# encoding, units, segments and the units free in the last segment. Texts in which a grapheme
# cluster lies across a border are left out: there the two differ on purpose (see the module).
ORACLE = json.loads(Path(__file__).with_name("data").joinpath("segments_oracle.json").read_text())


class Case(NamedTuple):
    text: str
    encoding: str
    units: int
    segments: int
    left: int


@pytest.mark.parametrize("row", ORACLE, ids=range(len(ORACLE)))
def test_agrees_with_twilios_calculator(row: list[object]) -> None:
    text, *expected = row
    assert isinstance(text, str)
    found = measure(text)
    assert [found.encoding, found.units, found.segments, found.characters_left] == expected


@pytest.mark.parametrize(
    "case",
    [
        Case("", "GSM-7", 0, 1, 160),
        Case("a" * 159, "GSM-7", 159, 1, 1),
        Case("a" * 160, "GSM-7", 160, 1, 0),
        Case("a" * 161, "GSM-7", 161, 2, 145),
        Case("a" * 306, "GSM-7", 306, 2, 0),
        Case("a" * 307, "GSM-7", 307, 3, 152),
        Case("€" * 80, "GSM-7", 160, 1, 0),
        Case("a" * 152 + "[" + "a" * 152, "GSM-7", 306, 3, 152),
        Case("ы" * 70, "UCS-2", 70, 1, 0),
        Case("ы" * 71, "UCS-2", 71, 2, 63),
        Case("ы" * 134, "UCS-2", 134, 2, 0),
        Case("ы" * 66 + "😀" + "ы" * 66, "UCS-2", 134, 3, 66),
        Case("😀" * 35, "UCS-2", 70, 1, 0),
        Case("a{b}" + "ы", "UCS-2", 5, 1, 65),
        Case("\r\n", "GSM-7", 2, 1, 158),
        Case("ç", "UCS-2", 1, 1, 69),
        Case("`", "UCS-2", 1, 1, 69),
        # A lone surrogate is one unit; a pair that came in two halves is one whole character.
        Case("\ud83d", "UCS-2", 1, 1, 69),
        Case("ы" * 66 + "\ud83d\ude00" + "ы" * 66, "UCS-2", 134, 3, 66),
        # A flag is two pairs, and only the pairs are kept whole.
        Case("ы" * 65 + "🇺🇸" + "ы" * 65, "UCS-2", 134, 2, 0),
    ],
)
def test_borders(case: Case) -> None:
    text, encoding, units, segments, left = case
    found = measure(text)
    assert (found.encoding, found.units) == (encoding, units)
    assert (found.segments, found.characters_left) == (segments, left)


@given(st.text(st.characters(codec=None), max_size=400))
def test_counts_hold_together_for_any_text(text: str) -> None:
    found = measure(text)
    alone, joined = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    room = alone if found.segments == 1 else found.segments * joined
    padding = room - found.units - found.characters_left
    assert 0 <= padding < found.segments or (found.segments == 1 and padding == 0)
    assert found.characters_left >= 0
    assert bool(costly_characters(text)) == (found.encoding == "UCS-2")


@given(st.text("ab[€ы😀\n", max_size=400), st.sampled_from("ab[€ы😀"))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert measure(text + more).segments >= measure(text).segments


def test_costly_characters_name_what_doubles_the_bill() -> None:
    text = "“Prince” – tonight…\u00a0don’t miss it 🎸"
    found = costly_characters(text)
    assert [(one.index, one.character, one.replacement) for one in found] == [
        (0, "“", '"'),
        (7, "”", '"'),
        (9, "–", "-"),
        (18, "…", "..."),
        (19, "\u00a0", " "),
        (23, "’", "'"),
        (34, "🎸", None),
    ]
    assert costly_characters("Plain {text} for €5\r\n") == []


def test_every_replacement_is_gsm() -> None:
    assert all(GSM.issuperset(plain) for plain in PLAIN_FORMS.values())
    assert not GSM & PLAIN_FORMS.keys()


def test_a_text_with_its_replacements_is_gsm() -> None:
    text = "".join(PLAIN_FORMS)
    plain = "".join(PLAIN_FORMS.get(character, character) for character in text)
    assert measure(plain).encoding == "GSM-7"


def test_a_segmentation_is_a_value() -> None:
    assert measure("hi") == Segmentation("GSM-7", 2, 1, 158)
