"""One broadcast to one subscriber."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.base import choice, primary_key, references


class DeliveryStatus(StrEnum):
    """Where a delivery stands; drawn in docs/STATES.md."""

    pending = "pending"
    sending = "sending"  # claimed: the intent is committed, the provider may have been called
    accepted = "accepted"  # the provider took it and gave a sid
    sent = "sent"
    delivered = "delivered"
    undelivered = "undelivered"
    failed = "failed"
    skipped = "skipped"
    unknown = "unknown"  # called without an answer; never sent again, settled by evidence


# What a receipt may overwrite: a later rank wins, a terminal state never moves. Receipts repeat
# and arrive out of order, also before the answer to the request that they belong to.
RANK = {
    DeliveryStatus.pending: 0,
    DeliveryStatus.sending: 1,
    DeliveryStatus.unknown: 2,
    DeliveryStatus.accepted: 3,
    DeliveryStatus.sent: 4,
    DeliveryStatus.delivered: 5,
    DeliveryStatus.undelivered: 5,
    DeliveryStatus.failed: 5,
    DeliveryStatus.skipped: 5,
}

# No longer in Marquee's hands: the broadcast is done when every delivery is in one of these.
HANDED_OVER = frozenset(DeliveryStatus) - {DeliveryStatus.pending, DeliveryStatus.sending}
# Still to go, in the balance: audience = delivered + undelivered + failed + skipped + unknown
# + still to go.
STILL_TO_GO = (
    DeliveryStatus.pending,
    DeliveryStatus.sending,
    DeliveryStatus.accepted,
    DeliveryStatus.sent,
)


class SkipReason(StrEnum):
    """Why a subscriber of the audience was not messaged."""

    opted_out = "opted_out"
    suppressed = "suppressed"
    not_confirmed = "not_confirmed"
    left_list = "left_list"
    canceled = "canceled"


class Delivery(SQLModel, table=True):
    """One broadcast to one subscriber, with its state.

    `lease_token` fences: only the process that claimed a delivery, and only until `lease_until`,
    may submit it. `attempts` counts claims; `message_sid` belongs to the latest. It was submitted
    under the consent of `consent_event_id`, the subscriber's latest opt-in to the program.
    """

    __table_args__ = (
        UniqueConstraint("broadcast_id", "subscriber_id"),
        Index("ix_delivery_broadcast_id_status", "broadcast_id", "status"),
        Index(
            "ix_delivery_due",
            "broadcast_id",
            "id",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_delivery_in_doubt",
            "lease_until",
            sqlite_where=text("status IN ('sending', 'unknown')"),
            postgresql_where=text("status IN ('sending', 'unknown')"),
        ),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id")
    broadcast_id: int = references("broadcast.id")
    subscriber_id: int = references("subscriber.id", index=True)
    status: DeliveryStatus = choice(DeliveryStatus)
    skip_reason: SkipReason | None = choice(SkipReason, default=None, nullable=True)
    error_code: int | None = None
    message_sid: str | None = Field(default=None, max_length=64, index=True)
    attempts: int = 0
    next_attempt_at: datetime | None = None
    lease_token: str | None = Field(default=None, max_length=32)
    lease_until: datetime | None = None
    submitted_at: datetime | None = None
    consent_event_id: int | None = references("consent_event.id", optional=True)
    settled_at: datetime | None = None
