"""How often one person may be messaged: what the program promises, and the most in 24 hours.

Counting is done only where it can matter: while fewer other broadcasts ran in the window than the
limit allows, nobody can have had too many, and nothing is looked up.

Who counts must see all that others have claimed. On SQLite one process writes at a time. On
PostgreSQL two could claim one person for two broadcasts at the same moment, on two senders, and
neither would see the other's: so whoever counts is alone with the organization for this claim, and
whoever need not count shares it with its like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from compliance.quiet_hours import fewest_in_24_hours, most_in_24_hours
from compliance.rules.promises import promised
from models import Broadcast, Delivery, DeliveryStatus, Subscriber
from models.advisory import FREQUENCY, organization_lock
from models.bulk import is_postgresql
from scheduler.lanes import Work

DAY = timedelta(hours=24)
LONGEST_WINDOW = timedelta(days=366)
_COUNTS = (
    DeliveryStatus.sending,
    DeliveryStatus.unknown,
    DeliveryStatus.accepted,
    DeliveryStatus.sent,
    DeliveryStatus.delivered,
    DeliveryStatus.undelivered,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """The other broadcasts whose messages since then count, and how many of those are the most.
    `most` is None for the 24 hours, where it depends on the area."""

    broadcasts: tuple[int, ...]
    since: datetime
    most: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one lane at one moment: those that somebody can have reached. `most_in_day` is
    what the organization allows in 24 hours, of all its programs."""

    counted: tuple[Counted, ...]
    most_in_day: int | None

    @property
    def columns(self) -> tuple[ColumnElement[int], ...]:
        """How many messages the joined Subscriber got of each, as SQL; nothing where nobody can
        have had too many."""
        return tuple(_count(one.broadcasts, one.since) for one in self.counted)

    def is_reached(self, area: str, numbers: Sequence[int]) -> bool:
        """Whether somebody who got so many, by the columns, must not get another one now."""
        for one, number in zip(self.counted, numbers, strict=True):
            most = one.most
            if number and most is None:
                most = _lower(self.most_in_day, most_in_24_hours(area))
            if number and most is not None and number >= most:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Recent:
    """A broadcast that may have handed something over lately. `finished_at` is None while it may
    still do so."""

    broadcast_id: int
    program_id: int
    finished_at: datetime | None


def take_turn(
    session: Session, organization_id: int, works: list[Work], now: datetime
) -> list[Recent] | None:
    """The organization's recent broadcasts, for a claim of its lanes `works`, until the caller's
    commit; None while another process has the turn. Nobody waits: it would be with rows locked.
    """
    recent = recent_broadcasts(session, organization_id, now)
    if not is_postgresql(session):
        return recent
    is_alone = _is_counted(recent, works, now)
    values = {"kind": FREQUENCY, "organization": organization_id}
    if not session.connection().execute(_turn(is_alone), values).scalar():
        return None
    # What has started since is on nobody's mind but this process's from now on.
    recent = recent_broadcasts(session, organization_id, now)
    return recent if is_alone or not _is_counted(recent, works, now) else None


def _is_counted(recent: list[Recent], works: list[Work], now: datetime) -> bool:
    return any(limits_of(recent, work, now).counted for work in works)


@cache
def _turn(is_alone: bool) -> Any:
    shared = "" if is_alone else "_shared"
    return organization_lock(f"pg_try_advisory_xact_lock{shared}")


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
    others = [one for one in recent if one.broadcast_id != work.broadcast_id]
    of_program = [one for one in others if one.program_id == work.program_id]
    counted = []
    for promise in promised(work.message_frequency):
        kept = _counted(of_program, now - promise.window, promise.number)
        if len(kept.broadcasts) >= promise.number:
            counted.append(kept)
    fewest = _lower(work.most_in_24_hours, fewest_in_24_hours())
    in_day = _counted(others, now - DAY, None)
    if fewest is not None and len(in_day.broadcasts) >= fewest:
        counted.append(in_day)
    return Limits(tuple(counted), work.most_in_24_hours)


def _counted(others: list[Recent], since: datetime, most: int | None) -> Counted:
    kept = tuple(
        one.broadcast_id for one in others if one.finished_at is None or one.finished_at > since
    )
    return Counted(kept, since, most)


def _lower(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _count(broadcasts: tuple[int, ...], since: datetime) -> ColumnElement[int]:
    other = aliased(Delivery)
    return (
        select(func.count())
        .select_from(other)
        .where(
            col(other.subscriber_id) == Subscriber.id,
            col(other.broadcast_id).in_(broadcasts),
            col(other.status).in_(_COUNTS),
            _handed_over_at(other) > since,
        )
        .correlate(Subscriber)
        .scalar_subquery()
    )


def _handed_over_at(other: Any) -> ColumnElement[datetime]:
    """When a message left; of one that is leaving for another time, not when it did before."""
    return case(
        (col(other.status) == DeliveryStatus.sending, col(other.lease_until)),
        else_=func.coalesce(other.submitted_at, other.lease_until),
    )
