"""A receipt, merged into the delivery that it belongs to. Repeats and disorder do no harm."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session, select

from messaging.errors import outcome_of_receipt
from models import Delivery, DeliveryStatus
from models.settling import not_delivered, progress
from models.submitting import note_submission

log = structlog.get_logger()

# Twilio's MessageStatus to ours (https://www.twilio.com/docs/messaging/api/message-resource).
_STATUS = {
    "accepted": DeliveryStatus.accepted,
    "scheduled": DeliveryStatus.accepted,
    "queued": DeliveryStatus.accepted,
    "sending": DeliveryStatus.accepted,
    "sent": DeliveryStatus.sent,
    "delivered": DeliveryStatus.delivered,
    "read": DeliveryStatus.delivered,
    "undelivered": DeliveryStatus.undelivered,
    "failed": DeliveryStatus.failed,
    "canceled": DeliveryStatus.failed,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a status callback says; `delivery` is (id, attempt) from our own signed address."""

    message_sid: str
    status: str
    error_code: int | None
    delivery: tuple[int, int] | None


def absorb(session: Session, receipt: Receipt, now: datetime) -> bool:
    """Merge the receipt; False if it belongs to no delivery of ours or says nothing new."""
    status = _STATUS.get(receipt.status.lower())
    delivery = _delivery_of(session, receipt)
    if delivery is None or status is None:
        log.info("receipt.unmatched", message_sid=receipt.message_sid, status=receipt.status)
        return False
    if delivery.status is DeliveryStatus.sending:
        # It was quicker than the answer to its request, which may never be written down.
        note_submission(session, delivery)
    if status in (DeliveryStatus.undelivered, DeliveryStatus.failed):
        if delivery.message_sid is None:
            delivery.message_sid = receipt.message_sid
        outcome = outcome_of_receipt(receipt.error_code)
        not_delivered(session, delivery, status, outcome, receipt.error_code, now)
    else:
        progress(delivery, status, receipt.message_sid, now)
    session.add(delivery)
    session.flush()
    return True


def _delivery_of(session: Session, receipt: Receipt) -> Delivery | None:
    """By the signed id, else by the provider's sid. A receipt of an earlier try is void, unless
    it is the good news that the earlier message arrived."""
    if receipt.delivery is None:
        by_sid = select(Delivery).where(Delivery.message_sid == receipt.message_sid)
        return session.exec(by_sid.with_for_update()).first()
    delivery_id, attempt = receipt.delivery
    delivery = session.exec(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    ).first()
    if delivery is None:
        return None
    is_current = attempt == delivery.attempts
    return delivery if is_current or receipt.status.lower() == "delivered" else None
