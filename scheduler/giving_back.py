"""Gives back what was claimed and did not leave: its gate is read anew, its rate is free again.

The token says whose it is: whatever was done with a delivery since, it has another one or none.
"""

from datetime import datetime
from functools import cache

from sqlalchemy import Update, bindparam, case, or_, select, update
from sqlmodel import Session, col

from messaging.errors import NEVER_SEEN
from models import Delivery, DeliveryStatus, Sender
from models.balance import shift
from models.base import LOCKED, BigId, table_of
from models.bulk import Given, is_postgresql
from models.settling import reopen
from scheduler.claim import Claimed
from scheduler.lanes import take_less

_PENDING, _SENDING = DeliveryStatus.pending, DeliveryStatus.sending
_UNSENT = Given(id=BigId, before=BigId)


@cache
def _give_back_statement(on_postgresql: bool) -> Update:
    table = table_of(Delivery)
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
            consent_event_id=case(
                (table.c.submitted_at.is_not(None), rows.c.before),
                else_=table.c.consent_event_id,
            ),
            lease_token=None,
            lease_until=None,
            next_attempt_at=bindparam("now"),
        )
    )


def give_back(session: Session, unsent: list[Claimed], now: datetime) -> None:
    """Put deliveries back that were claimed and not handed over: their gate is read anew, and
    their sender's rate is free again, and their broadcast's share of it. One that was submitted
    before was so under the consent of that time. The caller has those whose lease lapsed locked,
    and then their broadcasts."""
    by_batch: dict[str, list[Claimed]] = {}
    for one in unsent:
        by_batch.setdefault(one.batch.token, []).append(one)
    kind = is_postgresql(session)
    for token, some in by_batch.items():
        rows = sorted((one.delivery_id, one.consent_before) for one in some)
        done = session.connection().execute(
            _give_back_statement(kind), {"token": token, "now": now, **_UNSENT.values(kind, rows)}
        )
        batch, work = some[0].batch, some[0].batch.work
        shift(session, work.broadcast_id, _SENDING, _PENDING, done.rowcount)
        lapsed = _give_back_lapsed(session, some, now) if done.rowcount < len(rows) else 0
        segments = (done.rowcount + lapsed) * work.segments
        sender = session.get_one(
            Sender, work.sender_id, with_for_update=LOCKED, populate_existing=True
        )
        sender.release(segments, now, batch.taken_at)
        take_less(session, work, segments)


def _give_back_lapsed(session: Session, unsent: list[Claimed], now: datetime) -> int:
    """Give those of a claim back whose lease was over before its process could; how many.

    For whoever looked they may have been handed over, and the log says so of that try, which
    therefore counts. Only this process knows that none was.
    """
    status, batch = col(Delivery.status), unsent[0].batch
    given_up = (status == DeliveryStatus.failed) & (col(Delivery.error_code) == NEVER_SEEN)
    found = list(
        session.execute(
            select(Delivery)
            .where(
                col(Delivery.id).in_([one.delivery_id for one in unsent]),
                col(Delivery.lease_token) == batch.token,
                or_(status == DeliveryStatus.unknown, given_up),
            )
            .execution_options(populate_existing=True)
        ).scalars()
    )
    for delivery in found:
        delivery.status, delivery.next_attempt_at = _PENDING, now
        delivery.lease_token = delivery.lease_until = None
        delivery.settled_at = None
        if delivery.error_code == NEVER_SEEN:
            delivery.error_code = None
    if found:
        session.flush()
        reopen(session, batch.work.broadcast_id)
    return len(found)
