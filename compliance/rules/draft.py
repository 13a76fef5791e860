"""All that the linter judges of a broadcast before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from compliance.rules.facts import Record


@dataclass(frozen=True, slots=True)
class Recipients:
    """So many people of one area, a key of `messaging.areas.area_of`."""

    area: str
    count: int


@dataclass(frozen=True, slots=True)
class History:
    """The program's other broadcasts: when those to the same list last told how to stop and whom
    to ask, and when all of them were or are planned for (UTC)."""

    stop_told_at: datetime | None = None
    contact_told_at: datetime | None = None
    sent_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A text for a program, due at `at` (UTC; None while nobody has said when).

    `timezone` is the broadcast's, in which moments are said. `recipients` may be a sample of
    `audience` people. Where everybody gets it on their own clock, `own` has each area's moment. In
    quiet hours a message `waits` for their end, if that comes before `useful_until`; else whoever
    is in them is left out.
    """

    body: str
    record: Record
    at: datetime | None = None
    timezone: str = "UTC"
    history: History = History()
    recipients: tuple[Recipients, ...] = ()
    audience: int = 0
    own: Mapping[str, datetime] = field(default_factory=dict)
    waits: bool = True
    useful_until: datetime | None = None

    def comes_at(self, area: str) -> datetime:
        """When it comes to people of an area. Only for a draft that has a time."""
        moment = self.own.get(area, self.at)
        assert moment is not None
        return moment
