"""The lanes of broadcasts on their senders: who may claim from one, how far it has come, and what
it has used."""

from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Update,
    bindparam,
    case,
    delete,
    literal_column,
    select,
    update,
)
from sqlmodel import Session, col

from models import Broadcast, Lane, Organization, Sender, SenderDebit
from models.base import table_of
from models.bulk import Writing
from scheduler.gate import IS_SENDING
from scheduler.pools import answer_on
from scheduler.work import Work

# Of one round: before its first broadcast an installation may have replied to a million people.
MOST_DEBITS: Final = 2_000


@cache
def _senders_to_claim_from() -> Any:
    return (
        select(Sender)
        .where(col(Sender.id).in_(_with_open_lanes()))
        .order_by(col(Sender.id))
        .with_for_update(skip_locked=True, key_share=True, of=Sender)
        .execution_options(populate_existing=True)
    )


def _with_open_lanes() -> Any:
    return (
        select(col(Lane.sender_id))
        .join(Broadcast, col(Broadcast.id) == Lane.broadcast_id)
        .join(Organization, col(Organization.id) == Broadcast.organization_id)
        .where(IS_SENDING)
    )


def is_any_open(session: Session) -> bool:
    """Whether any lane is open, whoever claims from it."""
    return session.connection().execute(_any_open()).first() is not None


@cache
def _any_open() -> Any:
    return _with_open_lanes().limit(literal_column("1"))


def locked_senders(session: Session) -> dict[int, Sender]:
    """The senders of open lanes, locked; without those that another process claims from.

    Their lanes are to be read afterwards: until its commit the other process moves them. What is
    changed in a sender is the caller's to write (`as_it_is`).
    """
    senders = {one.id: one for one in session.execute(_senders_to_claim_from()).scalars()}
    for sender in senders.values():
        session.expunge(sender)
    return senders


_CHANGING: Final = (
    "busy_until",
    "reserved_at",
    "share",
    "throttled_at",
    "rests_until",
    "cap_day",
    "used_today",
)


def state_of(sender: Sender) -> dict[str, Any]:
    """What a claim may change in a sender."""
    return {f"its_{name}": getattr(sender, name) for name in _CHANGING}


def as_it_is(sender: Sender) -> Writing:
    """The sender's row becomes what the object is."""
    return _change_sender(), {"its_id": sender.id, **state_of(sender)}


@cache
def _change_sender() -> Update:
    table = table_of(Sender)
    changed = {name: bindparam(f"its_{name}", type_=table.c[name].type) for name in _CHANGING}
    return update(table).where(table.c.id == bindparam("its_id")).values(changed)


@cache
def _debits() -> Any:
    table = table_of(SenderDebit)
    of_sender = select(table.c.id).where(table.c.sender_id == bindparam("sender"))
    oldest = of_sender.order_by(table.c.id).limit(MOST_DEBITS)
    return (
        delete(table).where(table.c.id.in_(oldest)).returning(table.c.segments, table.c.created_at)
    )


def settle_debits(session: Session, sender: Sender, now: datetime) -> int:
    """Take what consumers' replies used off the sender's rate, the oldest MOST_DEBITS of them; how
    many there were."""
    rows = session.connection().execute(_debits(), {"sender": sender.id}).all()
    for segments, at in sorted(rows, key=lambda row: row.created_at):
        sender.owe(segments, at, now)
    return len(rows)


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


def moved_on(work: Work, through: int, segments: int, begins: int) -> Writing:
    """The lane has been claimed up to this key, and used so much of its sender; one whose share is
    smaller than where it `begins` has waited, and goes on from there."""
    return _move_on(), {
        "broadcast": work.broadcast_id,
        "sender": work.sender_id,
        "through": through,
        "segments": segments,
        "begins": begins,
    }


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
