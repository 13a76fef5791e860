"""Search by any part of a number."""

from typing import Any

from sqlalchemy import ColumnElement, true
from sqlmodel import col

from models import Subscriber


def digits_of(text: str) -> str:
    """The digits of what was typed, e.g. "(212) 555-01" gives "21255501"; at most 15 count."""
    return "".join(one for one in text if one in "0123456789")[:15]


def has_digits(digits: str) -> ColumnElement[Any]:
    """The condition that a Subscriber's number contains `digits`; always so if there are none."""
    return col(Subscriber.phone_number).contains(digits) if digits else true()
