"""Receipts, merged into the deliveries that they belong to. Repeats and disorder do no harm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from messaging.errors import OPTED_OUT, outcome_of_receipt
from models import Delivery, DeliveryStatus
from models.delivery import GOOD_NEWS, REPORTED
from models.merging import locked, sent_as, write_progress
from models.settling import (
    Progressing,
    lock_recipients,
    not_delivered,
    opted_out_at_provider,
    progress,
)
from models.submitting import note_submission

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a status callback says; `delivery` is (id, attempt) from our own signed address."""

    message_sid: str
    status: str
    error_code: int | None
    delivery: tuple[int, int] | None
    to_number: str = ""

    @property
    def means(self) -> DeliveryStatus | None:
        """Our word for its status; None for one that is new to us."""
        return REPORTED.get(self.status.lower())

    def is_about(self, attempts: int) -> bool:
        """Whether it counts for a delivery that was tried so often. A receipt of an earlier try is
        void, unless it is the good news that the earlier message arrived."""
        is_current = self.delivery is None or self.delivery[1] == attempts
        return is_current or self.status.lower() == "delivered"


def absorb_all(session: Session, receipts: Sequence[Receipt], now: datetime) -> list[bool]:
    """Merge them in the order in which they came; of each, False if it belongs to no delivery of
    ours or says nothing new.

    All deliveries are locked first, in the order of their keys, and then who opted out, as whoever
    records the provider's answers does. Good news is written for all of them in one statement;
    whatever a message that did not arrive leads to is settled one by one.
    """
    session.flush()
    keys = _keys(session, receipts)
    standing = locked(session, {key for key in keys if key is not None})
    said_no = {
        key or 0 for key, one in zip(keys, receipts, strict=True) if one.error_code == OPTED_OUT
    }
    if said_no:
        lock_recipients(session, said_no & standing.keys())
    by_delivery: dict[int, list[Receipt]] = {}
    matched = []
    for key, receipt in zip(keys, receipts, strict=True):
        one = standing.get(key or 0)
        is_ours = one is not None and receipt.is_about(one.attempts)
        matched.append(is_ours and receipt.means is not None)
        if matched[-1]:
            by_delivery.setdefault(key or 0, []).append(receipt)
        else:
            log.info("receipt.unmatched", message_sid=receipt.message_sid, status=receipt.status)
    for key, about in sorted(by_delivery.items()):
        is_handed_over = standing[key].status is not DeliveryStatus.sending
        if is_handed_over and all(receipt.means in GOOD_NEWS for receipt in about):
            for receipt in about:
                _advance(standing[key], receipt, now)
        else:
            _settle(session, key, about, now)
    write_progress(session, standing.values())
    for key, receipt in zip(keys, receipts, strict=True):
        if receipt.error_code == OPTED_OUT and (key or 0) in standing:
            # Also of an earlier try, or one that is settled: the person said no all the same.
            opted_out_at_provider(session, session.get_one(Delivery, key), now)
    return matched


def _advance(delivery: Progressing, receipt: Receipt, now: datetime) -> None:
    assert receipt.means is not None
    progress(delivery, receipt.means, receipt.message_sid, now)


def _settle(session: Session, key: int, receipts: Sequence[Receipt], now: datetime) -> None:
    """One delivery, which is locked, with bad news among its receipts, or so quick a one that the
    answer to its request is not written down yet, and may never be."""
    delivery = session.get_one(Delivery, key, populate_existing=True)
    for receipt in receipts:
        if delivery.status is DeliveryStatus.sending:
            note_submission(session, delivery)
        if receipt.means in GOOD_NEWS:
            _advance(delivery, receipt, now)
            continue
        assert receipt.means is not None
        if delivery.message_sid is None:
            delivery.message_sid = receipt.message_sid
        outcome = outcome_of_receipt(receipt.error_code)
        not_delivered(session, delivery, receipt.means, outcome, receipt.error_code, now)
        session.add(delivery)
        session.flush()
    session.add(delivery)
    session.flush()


def _keys(session: Session, receipts: Sequence[Receipt]) -> list[int | None]:
    """Each delivery's key: the signed one, else by the number and the provider's sid."""
    unsigned = {(one.to_number, one.message_sid) for one in receipts if one.delivery is None}
    found = sent_as(session, unsigned) if unsigned else {}
    return [
        one.delivery[0] if one.delivery else found.get((one.to_number, one.message_sid))
        for one in receipts
    ]
