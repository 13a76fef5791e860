"""An age is read from a date of birth, on the side of the younger where the date is unclear."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.birthdays import NOT_KEPT, stated_age, without_birth_date

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("11/23/2005", 21),
        ("11/24/2005", 20),
        ("11-22-2005", 21),
        ("2005-11-23", 21),
        ("2005.11.24", 20),
        ("23/11/2005", 21),
        ("born 11/23/2005 :)", 21),
        ("11232005", 21),
        ("02/29/2004", 22),
        ("03/12/2005", 20),  # 3 December read the other way round: not 21 yet
        ("02/30/2005", None),
        ("1/1/05", 21),
        ("12/1/05", 20),  # 1 December
        ("1/1/99", 27),
        ("20051123", 21),
        ("November 23, 2005", 21),
        ("my birthday is nov 24th 2005", 20),
        ("23 Nov. 2005", 21),
        ("24 of november 2005", 20),
        ("23-nov-05", 21),
        ("１１/２３/２００５", 21),
        ("may 2005", None),
        ("the 3rd", None),
        ("1.5.3", None),
        ("yes", None),
        ("", None),
        ("11/23/2027", None),
        ("11/23/1890", None),
        ("call 202 555 0100", None),
    ],
)
def test_ages(text: str, age: int | None) -> None:
    assert stated_age(text, TODAY) == age


@given(st.text(max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    age = stated_age(text, TODAY)
    assert age is None or 0 <= age <= 120


@pytest.mark.parametrize(
    ("text", "is_asked", "kept"),
    [
        ("11/23/2005", False, NOT_KEPT),
        ("born Nov 23, 2005 :)", True, f"born {NOT_KEPT} :)"),
        ("03/03/2001 no, 03/04/2001", True, f"{NOT_KEPT} no, {NOT_KEPT}"),
        ("see you on 11/24/2026", False, "see you on 11/24/2026"),
        ("the 23rd in 05", True, "the ••rd in ••"),
        ("the 23rd in 05", False, "the 23rd in 05"),
        ("call 202 555 0100", False, "call 202 555 0100"),
        ("ﬁne, no date", True, "ﬁne, no date"),
    ],
)
def test_what_is_kept_of_a_text(text: str, is_asked: bool, kept: str) -> None:
    assert without_birth_date(text, TODAY, is_asked=is_asked) == kept
