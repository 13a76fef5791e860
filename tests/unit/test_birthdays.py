"""An age is read from a date of birth, on the side of the younger where the date is unclear."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.birthdays import stated_age

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
        ("1/1/05", None),
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
