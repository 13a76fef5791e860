"""How many there are, without counting millions: exact below a bound, and above it as of a moment.

A page counts no further than to the bound. What is larger the clock counts now and then
(scheduler.counting) and keeps here, and pages show that as "about".
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import BigId, choice

COUNTED_TO: Final = 10_000


class Counted(StrEnum):
    """What is counted; the key is that of a list, or of a program."""

    audience = "audience"  # of a list, by the reason to skip somebody, or "" for who will get it
    subscribed = "subscribed"  # to a program


class Size(SQLModel, table=True):
    """How many there were at `counted_at`; counting took `seconds`."""

    what: Counted = choice(Counted, primary_key=True)
    key: int = Field(primary_key=True, sa_type=BigId)
    part: str = Field(primary_key=True, max_length=32)
    value: int = Field(sa_type=BigId)
    seconds: float
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it may be said: exactly, about, or "more than" where nobody has counted yet."""

    value: int
    before: str = ""

    @property
    def is_exact(self) -> bool:
        return not self.before

    def __str__(self) -> str:
        return f"{self.before} {self.value:,}".strip()

    def __bool__(self) -> bool:
        return bool(self.value)


ABOUT, MORE_THAN = "about", "more than"


def count_to(session: Session, statement: Any, most: int | None = None) -> Amount:
    """How many rows `statement` has, counted no further than to `most`."""
    bound = COUNTED_TO if most is None else most
    part = statement.order_by(None).limit(bound + 1).subquery()
    number: int = session.exec(select(func.count()).select_from(part)).one()
    return amount_of(number, bound)


def amount_of(number: int, most: int | None = None) -> Amount:
    """How many there are of what was counted no further than to `most`, and one more."""
    bound = COUNTED_TO if most is None else most
    return Amount(number) if number <= bound else Amount(bound, MORE_THAN)


def kept(session: Session, what: Counted, key: int) -> dict[str, int] | None:
    """What the clock has counted last, by part; None if it never has."""
    rows = session.exec(
        select(Size.part, Size.value).where(Size.what == what, Size.key == key)
    ).all()
    return dict(rows) if rows else None


def keep(
    session: Session,
    what: Counted,
    key: int,
    parts: dict[str, int],
    seconds: float,
    now: datetime,
) -> None:
    """Keep what was counted, in the place of what was counted before."""
    session.execute(delete(Size).where(col(Size.what) == what, col(Size.key) == key))
    session.add_all(
        Size(what=what, key=key, part=part, value=value, seconds=seconds, counted_at=now)
        for part, value in parts.items()
    )
    session.flush()
