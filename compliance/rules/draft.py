"""All that the linter judges of a broadcast before it is sent."""

from dataclasses import dataclass
from datetime import datetime

from compliance.rules.facts import Record


@dataclass(frozen=True, slots=True)
class Recipients:
    """So many people whose numbers begin like `example`, one of theirs (E.164)."""

    example: str
    count: int


@dataclass(frozen=True, slots=True)
class History:
    """What went before: when this program's broadcasts last told how to stop and whom to ask, and
    when those to the same list left or are planned to leave (UTC)."""

    stop_told_at: datetime | None = None
    contact_told_at: datetime | None = None
    to_this_list: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A text for a program, due at `at` (UTC; None while nobody has said when).

    `timezone` is the broadcast's, used for numbers that tell none. `recipients` may be a sample
    of `audience` people.
    """

    body: str
    record: Record
    at: datetime | None = None
    timezone: str = "UTC"
    history: History = History()
    recipients: tuple[Recipients, ...] = ()
    audience: int = 0
