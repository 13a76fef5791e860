"""What there is to hand over: the lanes of broadcasts that are sending, and what each has left."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    case,
    literal_column,
    null,
    select,
)
from sqlmodel import Session, col

from messaging.segments import measure
from models import (
    Broadcast,
    Delivery,
    FrozenRange,
    Lane,
    Organization,
    Program,
    QuietHours,
    Sender,
    SenderDebit,
)
from models.advisory import FREQUENCY, taking
from models.base import BigId
from models.broadcast import USEFUL_FOR
from models.bulk import Given, is_postgresql
from scheduler.freshness import Marker, marker_of, present
from scheduler.gate import IS_SENDING

_ONE: Final[Any] = literal_column("1")
_COLUMNS: Final[tuple[Any, ...]] = (
    Broadcast.id,
    Broadcast.organization_id,
    Broadcast.program_id,
    Broadcast.list_id,
    Broadcast.body,
    Broadcast.frozen_at,
    Broadcast.quiet_hours,
    Broadcast.local_at,
    Broadcast.timezone,
    Broadcast.scheduled_at,
    Broadcast.useful_until,
    Lane.sender_id,
    Lane.claimed_through,
    Lane.share,
    Sender.address,
    Program.message_frequency,
    Organization.most_in_24_hours,
)


@dataclass(frozen=True, slots=True)
class Work:
    """A lane with what its broadcast says: all that a claim needs to know about it.

    `coming` is the part of the audience that is next: keys after the first, up to the second; None
    when all that is frozen was claimed. Whether some who were looked at before have come to their
    moment, and whether replies have used the sender since, is said too, so that a claim asks for
    them only where there are any. `has_turn` is whether the claim shares the organization with its
    like (scheduler.limits); None where it is to be alone, and on SQLite. `marker` stands for the
    consent events that were there by then.
    """

    broadcast_id: int
    organization_id: int
    program_id: int
    list_id: int
    sender_id: int
    sender: str
    body: str
    segments: int
    claimed_through: int
    coming: tuple[int, int] | None
    has_waiting: bool
    has_debits: bool
    share: int
    is_frozen: bool
    quiet_hours: QuietHours
    local_at: str | None
    timezone: str
    last_use: datetime
    message_frequency: str
    most_in_24_hours: int | None
    has_turn: bool | None
    marker: Marker


def open_lanes(
    session: Session, now: datetime, counting: Collection[int] = ()
) -> dict[int, list[Work]]:
    """The lanes of broadcasts that are sending, by sender; within one those with the smallest
    share first, so that broadcasts on one sender share it fairly. With them comes the turn of each
    organization that is not one of `counting` (scheduler.limits.take_turn), for which a question of
    its own would take long while senders are locked.

    Nothing of an organization that is halted or stopped is in it. A claim reads each gate after
    it: what comes later is what came after the marker, which is one for all.
    """
    kind = is_postgresql(session)
    given = _COUNTING.values(kind, [(key,) for key in sorted(counting)]) if kind else {}
    rows = session.connection().execute(_open_lanes(kind), {"now": now, **given}).all()
    marker = marker_of(kind, rows[0].moment) if rows else Marker()
    lanes: dict[int, list[Work]] = {}
    for row in rows:
        lanes.setdefault(row.sender_id, []).append(_work(row, marker))
    return lanes


def _work(row: Row[Any], marker: Marker) -> Work:
    return Work(
        broadcast_id=row.id,
        organization_id=row.organization_id,
        program_id=row.program_id,
        list_id=row.list_id,
        sender_id=row.sender_id,
        sender=row.address,
        body=row.body,
        segments=_segments(row.body),
        claimed_through=row.claimed_through,
        coming=_keys(row.claimed_through, row),
        has_waiting=bool(row.has_waiting),
        has_debits=bool(row.has_debits),
        share=row.share,
        is_frozen=row.frozen_at is not None,
        quiet_hours=row.quiet_hours,
        local_at=row.local_at,
        timezone=row.timezone,
        last_use=row.useful_until or row.scheduled_at + USEFUL_FOR,
        message_frequency=row.message_frequency,
        most_in_24_hours=row.most_in_24_hours,
        has_turn=row.has_turn,
        marker=marker,
    )


@lru_cache(maxsize=256)
def _segments(body: str) -> int:
    return measure(body).segments


def keys_after(session: Session, broadcast_id: int, through: int) -> tuple[int, int] | None:
    """The part of an audience that comes after the key `through`: keys after the first, up to the
    second; None when all that is frozen has come."""
    values = {"broadcast": broadcast_id, "through": through}
    row = session.connection().execute(_keys_after(), values).first()
    return None if row is None else _keys(through, row)


def _keys(through: int, row: Row[Any]) -> tuple[int, int] | None:
    return None if row.low is None else (max(row.low - 1, through), row.high)


@cache
def _keys_after() -> Select[Any]:
    bounds = FrozenRange.low, FrozenRange.high
    return _next_part(*bounds, broadcast=bindparam("broadcast"), through=bindparam("through"))


def _next_part(*bounds: Any, broadcast: Any, through: Any) -> Select[Any]:
    high = col(FrozenRange.high)
    return (
        select(*bounds)
        .where(col(FrozenRange.broadcast_id) == broadcast, high > through)
        .order_by(high)
        .limit(_ONE)
    )


@cache
def _open_lanes(on_postgresql: bool) -> Select[Any]:
    """What a lane has left are values, not EXISTS: of what is one PostgreSQL may make a table
    first, of everything that waits anywhere."""
    return (
        select(
            *_COLUMNS,
            _next_of_lane(FrozenRange.low).label("low"),
            _next_of_lane(FrozenRange.high).label("high"),
            _any_waiting().label("has_waiting"),
            _any_debit().label("has_debits"),
            (_turn() if on_postgresql else null()).label("has_turn"),
            present(on_postgresql).label("moment"),
        )
        .join(Lane, col(Lane.broadcast_id) == Broadcast.id)
        .join(Sender, col(Sender.id) == Lane.sender_id)
        .join(Program, col(Program.id) == Broadcast.program_id)
        .join(Organization, col(Organization.id) == Broadcast.organization_id)
        .where(IS_SENDING)
        .order_by(col(Lane.sender_id), col(Lane.share), col(Lane.broadcast_id))
    )


def _turn() -> ColumnElement[Any]:
    counting = select(_COUNTING.table(on_postgresql=True).c.organization_id)
    shared = taking("pg_try_advisory_xact_lock_shared", FREQUENCY, Organization.id)
    return case((col(Organization.id).not_in(counting), shared))


_COUNTING = Given(organization_id=BigId)


def _next_of_lane(bound: Any) -> ScalarSelect[Any]:
    part = _next_part(bound, broadcast=Broadcast.id, through=Lane.claimed_through)
    return part.correlate(Broadcast, Lane).scalar_subquery()


def _any_waiting() -> ColumnElement[Any]:
    waiting = select(_ONE).where(
        col(Delivery.broadcast_id) == Broadcast.id,
        col(Delivery.sender_id) == Lane.sender_id,
        col(Delivery.waits_until) <= bindparam("now"),
    )
    return waiting.limit(_ONE).correlate(Broadcast, Lane).scalar_subquery()


def _any_debit() -> ColumnElement[Any]:
    debits = select(_ONE).where(col(SenderDebit.sender_id) == Lane.sender_id)
    return debits.limit(_ONE).correlate(Lane).scalar_subquery()
