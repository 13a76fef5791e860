"""How often one person may be messaged: what the program promises, and the most in 24 hours.

Whom a promise lets have another one soon waits for that: a list goes out in a little more or less
time each week, and nobody may lose a message for having got the last one late.

Counting is done only where it can matter: while fewer other broadcasts ran in the window than the
limit allows, nobody can have had too many, and nothing is looked up.

Who counts must see all that others have claimed. On SQLite one process writes at a time. On
PostgreSQL two could claim one person for two broadcasts at the same moment, on two senders, and
neither would see the other's: so whoever counts is alone with the organization for this claim, and
whoever need not count shares it with its like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    case,
    cast,
    extract,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from compliance.quiet_hours import fewest_in_24_hours, most_in_24_hours
from compliance.rules.promises import Promise, promised
from models import Broadcast, Delivery, DeliveryStatus, Program, Subscriber
from models.advisory import FREQUENCY, organization_lock
from models.bulk import is_postgresql
from scheduler.work import Work

DAY = timedelta(hours=24)
# Nobody waits as long as for a limit that holds until then.
NOT_SOON: Final = datetime.max.replace(tzinfo=UTC)
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
    """The other broadcasts whose messages since then count against a promise; without one against
    the most in 24 hours, which depends on the area."""

    broadcasts: tuple[int, ...]
    since: datetime
    promise: Promise | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one lane at one moment: those that somebody can have reached. `most_in_day` is
    what the organization allows in 24 hours, of all its programs, and `timezone` the broadcast's,
    by whose clock promises are kept."""

    counted: tuple[Counted, ...]
    most_in_day: int | None
    timezone: str

    @property
    def columns(self) -> tuple[ColumnElement[int | None], ...]:
        """What the joined Subscriber got of each, as SQL; nothing where nobody can have had too
        many. Of a promise it is when that was used up, or NULL, of the 24 hours how many."""
        return tuple(
            _used_up_at(one, one.promise.number) if one.promise else _count(one)
            for one in self.counted
        )

    def holds_until(self, area: str, got: Sequence[int | None]) -> datetime | None:
        """Until when somebody must not get another one who got this, by the columns; None if they
        may get it now, and NOT_SOON where nobody waits for it."""
        until = None
        for one, number in zip(self.counted, got, strict=True):
            if not number:
                continue
            if one.promise is None:
                most = _lower(self.most_in_day, most_in_24_hours(area))
                if most is not None and number >= most:
                    return NOT_SOON
            else:
                # Seconds were rounded, in either direction.
                used_up = datetime.fromtimestamp(number + 1, UTC)
                ends = one.promise.until(used_up, self.timezone)
                until = max(ends, until or ends)
        return until


@dataclass(frozen=True, slots=True)
class Recent:
    """A broadcast that may have handed something over lately. `finished_at` is None while it may
    still do so."""

    broadcast_id: int
    program_id: int
    finished_at: datetime | None


def take_turn(
    session: Session, organization_id: int, works: list[Work], now: datetime, counting: set[int]
) -> list[Recent] | None:
    """The organization's recent broadcasts, for a claim of its open lanes `works`, until the
    caller's commit; None while another process has the turn. Nobody waits: it would be with rows
    locked.

    `counting` are the organizations that this process had to count for when it looked last. It
    begins with that (scheduler.work.open_lanes); two that both found out only now would be in each
    other's way again and again.
    """
    since = min(_begins(work.message_frequency, work.timezone, now) for work in works)
    if not is_postgresql(session):
        return _recent_broadcasts(session, organization_id, since)
    is_alone = works[0].has_turn is None
    has_turn = works[0].has_turn or (is_alone and _is_alone(session, organization_id))
    while has_turn:
        # What starts from now on is on nobody's mind but this process's.
        recent = _recent_broadcasts(session, organization_id, since)
        is_counted = any(limits_of(recent, work, now).counted for work in works)
        (counting.add if is_counted else counting.discard)(organization_id)
        if is_alone or not is_counted:
            return recent
        is_alone = has_turn = _is_alone(session, organization_id)
    return None


def _is_alone(session: Session, organization_id: int) -> bool:
    values = {"kind": FREQUENCY, "organization": organization_id}
    return bool(session.connection().execute(_alone(), values).scalar())


@cache
def _alone() -> Any:
    return organization_lock("pg_try_advisory_xact_lock")


def _begins(message_frequency: str, timezone: str, now: datetime) -> datetime:
    """Whatever was over at this moment counts against no limit any more."""
    windows = (promise.since(now, timezone) for promise in promised(message_frequency))
    return min([now - DAY, *windows])


def _recent_broadcasts(session: Session, organization_id: int, since: datetime) -> list[Recent]:
    """The organization's broadcasts that may have handed something over since then."""
    rows = session.connection().execute(
        _recent(), {"organization": organization_id, "since": since}
    )
    return [Recent(*row) for row in rows]


@cache
def _recent() -> Any:
    """In two parts, each of which is a stretch of an index: an organization may have had thousands
    of broadcasts, and the sender is locked meanwhile."""
    finished_at = col(Broadcast.finished_at)
    started = select(col(Broadcast.id), col(Broadcast.program_id), finished_at).where(
        col(Broadcast.organization_id) == bindparam("organization"),
        col(Broadcast.started_at).is_not(None),
    )
    return union_all(
        started.where(finished_at.is_(None)), started.where(finished_at > bindparam("since"))
    )


def limits_of(recent: list[Recent], work: Work, now: datetime) -> Limits:
    """The limits that hold for this lane now."""
    others = [one for one in recent if one.broadcast_id != work.broadcast_id]
    of_program = [one for one in others if one.program_id == work.program_id]
    counted = _promises(of_program, work.message_frequency, work.timezone, now)
    fewest = _lower(work.most_in_24_hours, fewest_in_24_hours())
    in_day = _counted(others, now - DAY)
    if fewest is not None and len(in_day.broadcasts) >= fewest:
        counted.append(in_day)
    return Limits(tuple(counted), work.most_in_24_hours, work.timezone)


def has_used_up(session: Session, broadcast: Broadcast, now: datetime) -> bool:
    """Whether others of its program may have used up a promise for some who still wait for a
    broadcast."""
    frequency = session.get_one(Program, broadcast.program_id).message_frequency
    since = _begins(frequency, broadcast.timezone, now)
    recent = _recent_broadcasts(session, broadcast.organization_id, since)
    of_program = [
        one
        for one in recent
        if one.program_id == broadcast.program_id and one.broadcast_id != broadcast.id
    ]
    return bool(_promises(of_program, frequency, broadcast.timezone, now))


def _promises(
    of_program: list[Recent], frequency: str, timezone: str, now: datetime
) -> list[Counted]:
    """The promises that somebody can have used up."""
    counted = (
        _counted(of_program, promise.since(now, timezone), promise)
        for promise in promised(frequency)
    )
    return [one for one in counted if one.promise and len(one.broadcasts) >= one.promise.number]


def _counted(others: list[Recent], since: datetime, promise: Promise | None = None) -> Counted:
    kept = tuple(
        one.broadcast_id for one in others if one.finished_at is None or one.finished_at > since
    )
    return Counted(kept, since, promise)


def _lower(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _count(counted: Counted) -> ColumnElement[int | None]:
    other = aliased(Delivery)
    got = _got(select(func.count()).select_from(other), other, counted)
    return got.correlate(Subscriber).scalar_subquery()


def _used_up_at(counted: Counted, number: int) -> ColumnElement[int | None]:
    """When (in seconds since 1970) the first of the latest `number` messages came."""
    other = aliased(Delivery)
    at = _handed_over_at(other)
    seconds = select(cast(extract("epoch", at), BigInteger))
    latest = _got(seconds, other, counted).order_by(at.desc()).limit(1).offset(number - 1)
    return latest.correlate(Subscriber).scalar_subquery()


def _got(query: Select[Any], other: Any, counted: Counted) -> Select[Any]:
    return query.where(
        col(other.subscriber_id) == Subscriber.id,
        col(other.broadcast_id).in_(counted.broadcasts),
        col(other.status).in_(_COUNTS),
        _handed_over_at(other) > counted.since,
    )


def _handed_over_at(other: Any) -> ColumnElement[datetime]:
    """When a message left; of one that is leaving for another time, not when it did before."""
    return case(
        (col(other.status) == DeliveryStatus.sending, col(other.lease_until)),
        else_=func.coalesce(other.submitted_at, other.lease_until),
    )
