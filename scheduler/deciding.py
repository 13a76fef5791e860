"""Deliveries that stayed unknown: after a day the promoter decides, and nobody else ever does.

Sent again, a message may reach somebody twice; counted as not delivered, somebody may have got it.
Marquee cannot know, so that it never takes either by itself. Each choice is recorded with the
member's name and the deliveries that it was about.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlmodel import Session, col

from messaging.errors import COUNTED_AS_FAILED, SENT_AGAIN
from models import (
    AuditKind,
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryCount,
    DeliveryStatus,
)
from models.base import LOCKED
from models.broadcast import USEFUL_FOR
from models.leaves import note_act
from scheduler import silent
from scheduler.pools import answer_on, senders_of
from scheduler.rescue import GIVE_UP

AT_ONCE = 500


class Choice(StrEnum):
    """What becomes of them."""

    failed = "failed"
    again = "again"


class NotNow(Exception):
    """They cannot be sent again, or not at present; the text says why and what to do."""


def undecided(session: Session, broadcast_id: int, now: datetime) -> int:
    """How many deliveries of a broadcast stayed unknown for a day."""
    query = select(func.count()).select_from(Delivery).where(*_stayed(broadcast_id, now))
    number: int = session.execute(query).scalar_one()
    return number


def oldest(session: Session, broadcast_id: int, now: datetime, limit: int) -> list[Delivery]:
    """Some of them, in the order of their keys."""
    query = select(Delivery).where(*_stayed(broadcast_id, now)).order_by(col(Delivery.id))
    return list(session.execute(query.limit(limit)).scalars())


def awaits_decision(now: datetime) -> ColumnElement[bool]:
    """Whether something of a Broadcast stayed unknown for a day, as SQL. What has not run for so
    long, or has nothing unknown by the counters, costs no look at its deliveries."""
    unknown = select(col(DeliveryCount.broadcast_id)).where(
        col(DeliveryCount.broadcast_id) == Broadcast.id,
        col(DeliveryCount.status) == DeliveryStatus.unknown.value,
        col(DeliveryCount.value) > 0,
    )
    # A value, which PostgreSQL looks up for one broadcast at a time, and joins with nothing.
    stayed = select(col(Delivery.id)).where(*_stayed(Broadcast.id, now)).limit(1)
    return and_(
        col(Broadcast.started_at) <= now - GIVE_UP,
        unknown.exists(),
        stayed.scalar_subquery().is_not(None),
    )


def decide(
    session: Session, broadcast: Broadcast, choice: Choice, member_id: int, now: datetime
) -> int:
    """Do with all that stayed unknown what the member chose; how many there were.

    Raises NotNow if they cannot be sent again.
    """
    keys = list(
        session.execute(
            select(col(Delivery.id))
            .where(*_stayed(broadcast.id, now))
            .order_by(col(Delivery.id))
            .with_for_update(key_share=True)
        ).scalars()
    )
    if not keys:
        return 0
    if choice is Choice.again:
        _reopen(session, broadcast.id, now)
    for at in range(0, len(keys), AT_ONCE):
        part = keys[at : at + AT_ONCE]
        for delivery in session.execute(
            select(Delivery).where(col(Delivery.id).in_(part)).order_by(col(Delivery.id))
        ).scalars():
            _settle(delivery, choice, now)
        note_act(
            session,
            broadcast.organization_id,
            AuditKind.decided,
            now,
            member_id=member_id,
            broadcast=broadcast.id,
            choice=choice.value,
            deliveries=part,
        )
        session.flush()
    return len(keys)


def _stayed(broadcast_id: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Delivery.broadcast_id) == broadcast_id,
        col(Delivery.told) == DeliveryStatus.unknown.value,
        col(Delivery.submitted_at) <= now - GIVE_UP,
    )


def _settle(delivery: Delivery, choice: Choice, now: datetime) -> None:
    if choice is Choice.failed:
        delivery.status, delivery.settled_at = DeliveryStatus.failed, now
        delivery.error_code = COUNTED_AS_FAILED
        return
    # The number of tries stays, so that a receipt of the earlier one is told from the next one's.
    delivery.status, delivery.next_attempt_at = DeliveryStatus.pending, now
    delivery.error_code = SENT_AGAIN
    delivery.message_sid = delivery.lease_token = delivery.lease_until = None


def _reopen(session: Session, broadcast_id: int, now: datetime) -> None:
    """Let the broadcast hand over again. Its last use has passed as a rule: the member who sends
    again after a day says that the message is of use for another."""
    broadcast = session.get_one(
        Broadcast, broadcast_id, with_for_update=LOCKED, populate_existing=True
    )
    if broadcast.status is BroadcastStatus.canceled:
        raise NotNow("This broadcast was canceled, so nothing of it is sent again.")
    if not broadcast.body:
        raise NotNow("What this broadcast said was erased, so nothing of it is sent again.")
    if broadcast.status is BroadcastStatus.sent:
        session.execute(
            update(Broadcast)
            .where(col(Broadcast.id) == broadcast_id)
            .values(
                status=BroadcastStatus.sending,
                finished_at=None,
                useful_until=max(broadcast.last_use, now + USEFUL_FOR),
            )
        )
        silent.begin_anew(session, broadcast_id, now)
        for key in sorted(sender.id for sender in senders_of(session, broadcast)):
            answer_on(session, broadcast.program_id, key, now)
    elif broadcast.last_use < now + timedelta(minutes=1):
        if broadcast.status is BroadcastStatus.paused:
            raise NotNow("This broadcast is paused. Resume it first, then send them again.")
        raise NotNow(
            "The rest of this broadcast is too late and is being skipped. Try again in a minute."
        )
