"""Which broadcasts have something to hand over, on which sender, and which of them goes next."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import BindParameter, Row, Update, bindparam, case, delete, select, update
from sqlmodel import Session, col

from messaging.segments import measure
from models import (
    Broadcast,
    FrozenRange,
    Lane,
    Organization,
    Program,
    QuietHours,
    Sender,
    SenderDebit,
)
from models.base import table_of
from models.broadcast import USEFUL_FOR
from scheduler.gate import IS_SENDING
from scheduler.pools import answer_on

# Of one round: before its first broadcast an installation may have replied to a million people.
MOST_DEBITS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Work:
    """A lane with what its broadcast says: all that a claim needs to know about it."""

    broadcast_id: int
    organization_id: int
    program_id: int
    list_id: int
    sender_id: int
    sender: str
    body: str
    segments: int
    claimed_through: int
    share: int
    is_frozen: bool
    quiet_hours: QuietHours
    local_at: str | None
    timezone: str
    last_use: datetime
    message_frequency: str
    most_in_24_hours: int | None


@cache
def _open_lanes() -> Any:
    return (
        select(
            *(
                col(one)
                for one in (
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
            )
        )
        .join(Lane, col(Lane.broadcast_id) == Broadcast.id)
        .join(Sender, col(Sender.id) == Lane.sender_id)
        .join(Program, col(Program.id) == Broadcast.program_id)
        .join(Organization, col(Organization.id) == Broadcast.organization_id)
        .where(IS_SENDING)
        .order_by(col(Lane.sender_id), col(Lane.share), col(Lane.broadcast_id))
    )


def open_lanes(session: Session) -> dict[int, list[Work]]:
    """The lanes of broadcasts that are sending, by sender; within one those with the smallest
    share first, so that broadcasts on one sender share it fairly.

    Nothing of an organization that is halted or stopped is in it.
    """
    lanes: dict[int, list[Work]] = {}
    for row in session.connection().execute(_open_lanes()):
        lanes.setdefault(row.sender_id, []).append(_work(row))
    return lanes


def _work(row: Row[Any]) -> Work:
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
        share=row.share,
        is_frozen=row.frozen_at is not None,
        quiet_hours=row.quiet_hours,
        local_at=row.local_at,
        timezone=row.timezone,
        last_use=row.useful_until or row.scheduled_at + USEFUL_FOR,
        message_frequency=row.message_frequency,
        most_in_24_hours=row.most_in_24_hours,
    )


@lru_cache(maxsize=256)
def _segments(body: str) -> int:
    return measure(body).segments


@cache
def _senders_to_claim_from() -> Any:
    of_open_lanes = (
        select(col(Lane.sender_id))
        .join(Broadcast, col(Broadcast.id) == Lane.broadcast_id)
        .join(Organization, col(Organization.id) == Broadcast.organization_id)
        .where(IS_SENDING)
    )
    return (
        select(Sender)
        .where(col(Sender.id).in_(of_open_lanes))
        .order_by(col(Sender.id))
        .with_for_update(skip_locked=True, key_share=True, of=Sender)
        .execution_options(populate_existing=True)
    )


def locked_senders(session: Session) -> dict[int, Sender]:
    """The senders of open lanes, locked; without those that another process claims from.

    Their lanes are to be read afterwards: until its commit the other process moves them.
    """
    return {one.id: one for one in session.execute(_senders_to_claim_from()).scalars()}


@cache
def _debits() -> Any:
    table = table_of(SenderDebit)
    of_sender = select(table.c.id).where(table.c.sender_id == bindparam("sender"))
    oldest = of_sender.order_by(table.c.id).limit(MOST_DEBITS)
    return (
        select(of_sender.exists()),
        delete(table).where(table.c.id.in_(oldest)).returning(table.c.segments, table.c.created_at),
    )


def settle_debits(session: Session, sender: Sender, now: datetime) -> int:
    """Take what consumers' replies used off the sender's rate, the oldest MOST_DEBITS of them; how
    many there were."""
    is_any, take = _debits()
    connection, mine = session.connection(), {"sender": sender.id}
    if not connection.execute(is_any, mine).scalar():
        return 0
    rows = connection.execute(take, mine).all()
    for segments, at in sorted(rows, key=lambda row: row.created_at):
        sender.owe(segments, at, now)
    return len(rows)


@cache
def _keys_after() -> Any:
    return (
        select(col(FrozenRange.low), col(FrozenRange.high))
        .where(
            col(FrozenRange.broadcast_id) == bindparam("broadcast"),
            col(FrozenRange.high) > bindparam("through"),
        )
        .order_by(col(FrozenRange.high))
        .limit(1)
    )


def keys_after(session: Session, broadcast_id: int, through: int) -> tuple[int, int] | None:
    """The part of an audience that comes when a lane has been claimed up to `through`: keys after
    the first, up to the second; None when all that is frozen was claimed."""
    row = (
        session.connection()
        .execute(_keys_after(), {"broadcast": broadcast_id, "through": through})
        .first()
    )
    return None if row is None else (max(row.low - 1, through), row.high)


def _lane() -> Any:
    return table_of(Lane)


def _change_lane(**values: Any) -> Update:
    table = _lane()
    return (
        update(table)
        .where(
            table.c.broadcast_id == bindparam("broadcast"),
            table.c.sender_id == bindparam("sender"),
        )
        .values(**values)
    )


@cache
def _move_on() -> Update:
    share = _lane().c.share
    begins: BindParameter[int] = bindparam("begins")
    return _change_lane(
        claimed_through=bindparam("through"),
        share=case((share < begins, begins), else_=share) + bindparam("segments"),
    )


def move_on(session: Session, work: Work, through: int, segments: int, begins: int) -> None:
    """The lane has been claimed up to this key, and used so much of its sender; one whose share is
    smaller than where it `begins` has waited, and goes on from there."""
    session.connection().execute(
        _move_on(),
        {
            "broadcast": work.broadcast_id,
            "sender": work.sender_id,
            "through": through,
            "segments": segments,
            "begins": begins,
        },
    )


@cache
def _take_less() -> Update:
    return _change_lane(share=_lane().c.share - bindparam("segments"))


def take_less(session: Session, work: Work, segments: int) -> None:
    """So much of what the lane used of its sender was given back. The caller has the sender
    locked."""
    values = {"broadcast": work.broadcast_id, "sender": work.sender_id, "segments": segments}
    session.connection().execute(_take_less(), values)


def open_lane(session: Session, broadcast: Broadcast, sender_id: int, now: datetime) -> None:
    """Give a broadcast that starts its lane on a sender, where people may answer it from now on."""
    session.add(Lane(broadcast_id=broadcast.id, sender_id=sender_id))
    session.flush()
    answer_on(session, broadcast.program_id, sender_id, now)
