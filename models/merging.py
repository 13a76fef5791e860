"""Deliveries that receipts came for: found, locked together, and moved forward in one statement."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Integer, Select, String, Update, case, select, update
from sqlmodel import Session, col

from models.balance import shift
from models.base import BigId, table_of
from models.bulk import Given, fetch, is_postgresql
from models.delivery import Delivery, DeliveryStatus
from models.subscriber import Subscriber


@dataclass(slots=True)
class Standing:
    """Where a locked delivery stands, and where models.settling.progress moves it."""

    id: int
    broadcast_id: int
    attempts: int
    status: DeliveryStatus
    message_sid: str | None
    error_code: int | None
    settled_at: datetime | None = None
    before: tuple[DeliveryStatus, str | None] = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.status, self.message_sid


_KEYS = Given(id=BigId)
_SENT_TO = Given(number=String(), sid=String())
_MOVED = Given(
    id=BigId, status=String(), sid=String(), settled_at=DateTime(timezone=True), code=Integer()
)


def locked(session: Session, keys: Collection[int]) -> dict[int, Standing]:
    """The deliveries with these keys, locked in the order of their keys."""
    kind = is_postgresql(session)
    rows = fetch(session, _locked(kind), _KEYS.values(kind, [(key,) for key in sorted(keys)]))
    return {
        key: Standing(key, broadcast, attempts, DeliveryStatus(status), sid, code)
        for key, broadcast, attempts, status, sid, code in rows
    }


def sent_as(session: Session, sent: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The deliveries to these numbers that the provider knows by these sids. No index leads from a
    sid to its delivery: nearly every receipt carries the delivery's own key."""
    kind = is_postgresql(session)
    rows = fetch(session, _sent_as(kind), _SENT_TO.values(kind, sorted(sent)))
    return {(number, sid): key for number, sid, key in rows}


def write_progress(session: Session, standings: Iterable[Standing]) -> None:
    """Write what moved, and its counters."""
    moved = [one for one in standings if (one.status, one.message_sid) != one.before]
    if not moved:
        return
    kind = is_postgresql(session)
    rows = [
        (one.id, one.status.value, one.message_sid, one.settled_at, one.error_code)
        for one in sorted(moved, key=lambda one: one.id)
    ]
    session.connection().execute(_move(kind), _MOVED.values(kind, rows))
    steps = Counter((one.broadcast_id, one.before[0], one.status) for one in moved)
    for (broadcast_id, before, after), number in steps.items():
        if before is not after:
            shift(session, broadcast_id, before, after, number)


@cache
def _locked(on_postgresql: bool) -> Select[Any]:
    table, rows = table_of(Delivery), _KEYS.table(on_postgresql)
    return (
        select(
            table.c.id,
            table.c.broadcast_id,
            table.c.attempts,
            table.c.status,
            table.c.message_sid,
            table.c.error_code,
        )
        .join(rows, rows.c.id == table.c.id)
        .order_by(table.c.id)
        .with_for_update(of=table, key_share=True)
    )


@cache
def _sent_as(on_postgresql: bool) -> Select[Any]:
    table, rows = table_of(Delivery), _SENT_TO.table(on_postgresql)
    return (
        select(rows.c.number, rows.c.sid, table.c.id)
        .select_from(rows)
        .join(Subscriber, col(Subscriber.phone_number) == rows.c.number)
        .join(
            table,
            (table.c.subscriber_id == col(Subscriber.id)) & (table.c.message_sid == rows.c.sid),
        )
    )


@cache
def _move(on_postgresql: bool) -> Update:
    table, rows = table_of(Delivery), _MOVED.table(on_postgresql)
    return (
        update(table)
        .where(table.c.id == rows.c.id)
        .values(
            status=rows.c.status,
            message_sid=rows.c.sid,
            settled_at=case(
                (rows.c.status == table.c.status, table.c.settled_at), else_=rows.c.settled_at
            ),
            error_code=rows.c.code,
        )
    )
