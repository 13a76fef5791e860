"""How often one person may be messaged: the program's own promise, and the most in 24 hours.

Counting is done only where it can matter: while fewer other broadcasts ran in the window than the
limit allows, nobody can have had too many, and nothing is looked up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from compliance.quiet_hours import most_in_24_hours
from compliance.rules.pace import promised
from models import Broadcast, Delivery, DeliveryStatus
from scheduler.lanes import Work

DAY = timedelta(hours=24)
LONGEST_WINDOW = timedelta(days=366)
# What a region's law allows at least where it limits at all (compliance.quiet_hours).
_STRICTEST_REGION = 3
_COUNTS = (
    DeliveryStatus.sending,
    DeliveryStatus.unknown,
    DeliveryStatus.accepted,
    DeliveryStatus.sent,
    DeliveryStatus.delivered,
    DeliveryStatus.undelivered,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one lane at one moment. `in_window` and `in_day` are the other broadcasts that
    count, empty where the limit cannot be reached."""

    promise: int | None
    in_window: tuple[int, ...]
    window_since: datetime
    most_in_day: int | None
    in_day: tuple[int, ...]
    day_since: datetime

    @property
    def columns(self) -> tuple[ColumnElement[int], ...]:
        """How many messages the subscriber of the joined Delivery got of each, as SQL; nothing
        where nobody can have had too many."""
        if not self.in_window and not self.in_day:
            return ()
        return (
            _count(self.in_window, self.window_since),
            _count(self.in_day, self.day_since),
        )

    def is_reached(self, area: str, in_window: int, in_day: int) -> bool:
        """Whether somebody who got so many must not get another one now."""
        if not in_window and not in_day:
            return False
        if self.promise is not None and in_window >= self.promise:
            return True
        region = most_in_24_hours(area)
        limits = [limit for limit in (self.most_in_day, region) if limit is not None]
        return bool(limits) and in_day >= min(limits)


@dataclass(frozen=True, slots=True)
class Recent:
    """A broadcast that may have handed something over lately. `finished_at` is None while it may
    still do so."""

    broadcast_id: int
    program_id: int
    finished_at: datetime | None

    def counts_since(self, since: datetime) -> bool:
        return self.finished_at is None or self.finished_at > since


def recent_broadcasts(session: Session, organization_id: int, now: datetime) -> list[Recent]:
    """The organization's broadcasts that any limit could be about."""
    rows = session.connection().execute(
        _recent(), {"organization": organization_id, "since": now - LONGEST_WINDOW}
    )
    return [Recent(*row) for row in rows]


@cache
def _recent() -> Any:
    return select(col(Broadcast.id), col(Broadcast.program_id), col(Broadcast.finished_at)).where(
        col(Broadcast.organization_id) == bindparam("organization"),
        col(Broadcast.started_at).is_not(None),
        col(Broadcast.finished_at).is_(None) | (col(Broadcast.finished_at) > bindparam("since")),
    )


def limits_of(recent: list[Recent], work: Work, now: datetime) -> Limits:
    """The limits that hold for this lane now."""
    promise = promised(work.message_frequency)
    others = [one for one in recent if one.broadcast_id != work.broadcast_id]
    window_since = now - (promise.window if promise else DAY)
    in_window = tuple(
        one.broadcast_id
        for one in others
        if promise and one.program_id == work.program_id and one.counts_since(window_since)
    )
    in_day = tuple(one.broadcast_id for one in others if one.counts_since(now - DAY))
    least = min(work.most_in_24_hours or _STRICTEST_REGION, _STRICTEST_REGION)
    return Limits(
        promise=promise.number if promise else None,
        in_window=in_window if promise and len(in_window) >= promise.number else (),
        window_since=window_since,
        most_in_day=work.most_in_24_hours,
        in_day=in_day if len(in_day) >= least else (),
        day_since=now - DAY,
    )


def _count(broadcasts: tuple[int, ...], since: datetime) -> ColumnElement[int]:
    if not broadcasts:
        return literal(0)
    other = aliased(Delivery)
    return (
        select(func.count())
        .select_from(other)
        .where(
            col(other.subscriber_id) == Delivery.subscriber_id,
            col(other.broadcast_id).in_(broadcasts),
            col(other.status).in_(_COUNTS),
            func.coalesce(other.submitted_at, other.lease_until) > since,
        )
        .correlate(Delivery)
        .scalar_subquery()
    )
