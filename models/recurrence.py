"""A broadcast that comes again and again."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import BigId, choice, primary_key, references
from models.broadcast import QuietHours


class Pattern(StrEnum):
    """How its days follow each other."""

    weekly = "weekly"
    monthly = "monthly"
    every_days = "every_days"


class Recurrence(SQLModel, table=True):
    """What the broadcasts of a series have in common, and when they come.

    They come at `at`, e.g. "20:00" on the clock of `timezone`: on `weekdays` (e.g. "mon,thu"), on
    `month_day` ("1" to "28", or "last"), or every `every_days` from `first_on` on, as the pattern
    says. With `is_local` each comes at that time on everybody's own clock, and `timezone` is the
    promoter's, to show. `next_wall` is what the clock shows when the next one comes, e.g.
    "2026-11-27T20:00", and `next_at` when that begins (UTC); None: the clock has not planned it
    yet. Each is of use for `useful_hours`, at local time after the last place has reached it.
    `overridden` are the codes of the linter's warnings that a member has agreed to.
    """

    __table_args__ = (UniqueConstraint("organization_id", "form_token"),)

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    list_id: int = references("list.id")
    body: str = Field(sa_type=Text)
    answers_to: str = Field(max_length=254)
    pattern: Pattern = choice(Pattern)
    weekdays: str = Field(default="", max_length=30)
    month_day: str = Field(default="", max_length=4)
    every_days: int | None = None
    first_on: date
    at: str = Field(max_length=5)
    timezone: str = Field(max_length=64)
    is_local: bool = False
    quiet_hours: QuietHours = choice(QuietHours, default=QuietHours.defer)
    latest_start_minutes: int = 60
    useful_hours: int = 24
    overridden: str = Field(default="", max_length=200)
    form_token: str = Field(max_length=64)
    next_at: datetime | None = Field(default=None, index=True)
    next_wall: str | None = Field(default=None, max_length=16)
    created_by_id: int = references("member.id")
    created_at: datetime
    stopped_at: datetime | None = None
    stopped_by_id: int | None = Field(default=None, sa_type=BigId)
