"""Every happy path has a rescuer: lapsed leases become unknown, unknowns are settled by evidence.

A delivery whose outcome is unknown is never sent again. Its receipt settles it (bot.receipts), or
the provider's own list of messages does, here.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from messaging.errors import outcome_of_receipt
from messaging.providers import Found, Provider, SendError
from models import Broadcast, Delivery, DeliveryStatus, Sender, Subscriber
from models.database import Database
from models.settling import not_delivered, progress

log = structlog.get_logger()

_AT_ONCE = 50
_ASK_AGAIN = timedelta(seconds=30)
# After a day the provider's list will not change its mind; the promoter sees what stays unknown.
_GIVE_UP = timedelta(days=1)
_CLOCK_SKEW = timedelta(seconds=10)

_FROM_LIST = {
    "delivered": DeliveryStatus.delivered,
    "read": DeliveryStatus.delivered,
    "sent": DeliveryStatus.sent,
}
_NOT_DELIVERED = {
    "undelivered": DeliveryStatus.undelivered,
    "failed": DeliveryStatus.failed,
    "canceled": DeliveryStatus.failed,
}


def lapse(session: Session, now: datetime) -> int:
    """Mark deliveries unknown whose lease ran out: their process died or froze. How many.

    The token stays: an answer that comes late still knows its delivery.
    """
    lapsed = session.execute(
        update(Delivery)
        .where(col(Delivery.status) == DeliveryStatus.sending, col(Delivery.lease_until) < now)
        .values(status=DeliveryStatus.unknown, next_attempt_at=now)
        .returning(col(Delivery.id))
    )
    return len(lapsed.all())


def in_doubt(session: Session, now: datetime) -> list[int]:
    """Unknown deliveries that the provider should be asked about now."""
    query = (
        select(col(Delivery.id))
        .where(
            col(Delivery.status) == DeliveryStatus.unknown,
            col(Delivery.submitted_at) > now - _GIVE_UP,
            or_(col(Delivery.next_attempt_at).is_(None), col(Delivery.next_attempt_at) <= now),
        )
        .order_by(col(Delivery.id))
        .limit(_AT_ONCE)
    )
    return list(session.execute(query).scalars())


async def reconcile(database: Database, provider: Provider, now: datetime) -> int:
    """Ask the provider about each delivery in doubt; how many were settled."""
    with database.read() as session:
        doubtful = in_doubt(session, now)
    settled = 0
    for delivery_id in doubtful:
        with database.read() as session:
            delivery = session.get_one(Delivery, delivery_id)
            number = session.get_one(Subscriber, delivery.subscriber_id).phone_number
            submitted_at = delivery.submitted_at or now
        try:
            found = await provider.find(number, submitted_at - _CLOCK_SKEW)
        except SendError as error:
            log.warning("reconcile.unanswered", reason=error.reason)
            return settled
        with database.write() as session:
            settled += _settle(session, delivery_id, found, now)
    return settled


def _settle(session: Session, delivery_id: int, found: list[Found], now: datetime) -> bool:
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    if delivery.status is not DeliveryStatus.unknown:
        return False
    match = _match(session, delivery, found)
    session.add(delivery)
    if match is None:
        delivery.next_attempt_at = now + _ASK_AGAIN
        return False
    delivery.message_sid = match.sid
    if status := _NOT_DELIVERED.get(match.status):
        outcome = outcome_of_receipt(match.error_code)
        not_delivered(session, delivery, status, outcome, match.error_code, now)
    else:
        progress(delivery, _FROM_LIST.get(match.status, DeliveryStatus.accepted), match.sid, now)
    log.info("reconcile.settled", delivery=delivery_id, status=match.status)
    return True


def _match(session: Session, delivery: Delivery, found: list[Found]) -> Found | None:
    """The provider's message that is this delivery: same sender and text, in time, and not known
    as any other delivery's."""
    broadcast = session.get_one(Broadcast, delivery.broadcast_id)
    sender = session.get_one(Sender, broadcast.sender_id)
    since = (delivery.submitted_at or broadcast.created_at) - _CLOCK_SKEW
    for message in found:
        same = message.sender == sender.address and message.body == broadcast.body
        in_time = message.created_at is None or message.created_at >= since
        if same and in_time and not _is_taken(session, message.sid):
            return message
    return None


def _is_taken(session: Session, sid: str) -> bool:
    query = select(col(Delivery.id)).where(col(Delivery.message_sid) == sid).limit(1)
    return session.execute(query).first() is not None
