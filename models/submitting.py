"""The fact that a delivery was in the provider's hands: its time, and its leaf of the log."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from models.delivery import Delivery
from models.leaves import submission_leaf
from models.log import Unsealed

# How long a claim holds. Longer than the provider's time-out: whoever holds a lapsed lease must not
# send any more.
LEASE: Final = timedelta(seconds=30)
# How long a message may wait in the provider's queue: nobody should hear of a show long after it
# left here, and a STOP does not reach it there.
VALIDITY: Final = timedelta(seconds=120)


def note_submission(session: Session, delivery: Delivery, at: datetime | None = None) -> None:
    """Record that the delivery's present try was handed over `at`; None: at some moment after its
    claim, which is the earliest that it can have been.

    Call it once a try, in the transaction that takes the delivery out of `sending`.
    """
    if at is None:
        at = delivery.lease_until - LEASE if delivery.lease_until else delivery.submitted_at
    assert at is not None
    delivery.submitted_at = at
    leaf = submission_leaf(
        delivery.id,
        delivery.attempts,
        delivery.broadcast_id,
        delivery.subscriber_id,
        delivery.consent_event_id,
        at,
    )
    session.add(Unsealed(organization_id=delivery.organization_id, leaves=leaf))
