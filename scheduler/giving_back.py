"""Gives back what was claimed and did not leave: its gate is read anew, its rate is free again."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlmodel import Session

from models import Delivery, DeliveryStatus, Sender
from models.balance import shift
from models.base import LOCKED, BigId
from models.bulk import Given, is_postgresql
from scheduler.claim import Claimed
from scheduler.lanes import take_less

_PENDING, _SENDING = DeliveryStatus.pending, DeliveryStatus.sending
_UNSENT = Given(id=BigId)


@cache
def _give_back_statement(on_postgresql: bool) -> Update:
    table: Any = Delivery.__table__  # type: ignore[attr-defined]
    rows = _UNSENT.table(on_postgresql)
    return (
        update(table)
        .where(
            table.c.id == rows.c.id,
            table.c.status == _SENDING,
            table.c.lease_token == bindparam("token"),
        )
        .values(
            status=_PENDING,
            attempts=table.c.attempts - 1,
            lease_token=None,
            lease_until=None,
            next_attempt_at=bindparam("now"),
        )
    )


def give_back(session: Session, unsent: list[Claimed], now: datetime) -> None:
    """Put deliveries back that were claimed and not handed over: their gate is read anew, and
    their sender's rate is free again, and their broadcast's share of it."""
    by_batch: dict[str, list[Claimed]] = {}
    for one in unsent:
        by_batch.setdefault(one.batch.token, []).append(one)
    kind = is_postgresql(session)
    for token, some in by_batch.items():
        rows = sorted((one.delivery_id,) for one in some)
        done = session.connection().execute(
            _give_back_statement(kind), {"token": token, "now": now, **_UNSENT.values(kind, rows)}
        )
        batch, work = some[0].batch, some[0].batch.work
        segments = done.rowcount * work.segments
        shift(session, work.broadcast_id, _SENDING, _PENDING, done.rowcount)
        sender = session.get_one(
            Sender, work.sender_id, with_for_update=LOCKED, populate_existing=True
        )
        sender.release(segments, now, batch.taken_at)
        take_less(session, work, segments)
