"""One broadcast to one subscriber."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col

from models.base import BigId, choice, primary_key, references


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
    frequency = "frequency"  # the program's promise, or the most that may go out in 24 hours
    quiet_hours = "quiet_hours"
    too_late = "too_late"  # past the moment until which the message is of use
    canceled = "canceled"


_RETRY = text("status = 'pending' AND next_attempt_at IS NOT NULL")
# SQLite builds a table for each IN that it meets, at every row that is written: with IN freezing an
# audience took 1.6 times as long.
_IN_DOUBT = text("status = 'sending' OR status = 'unknown'")
_TOLD = text(
    "status = 'undelivered' OR status = 'failed' OR status = 'skipped' OR status = 'unknown'"
)
# The same for the WHERE of a query. Written out, because neither database finds a partial index
# when the states that it is about come as parameters.
IS_RETRY = text("delivery.status = 'pending' AND delivery.next_attempt_at IS NOT NULL")
IS_IN_DOUBT = text("(delivery.status = 'sending' OR delivery.status = 'unknown')")
IS_TOLD = text(
    "(delivery.status = 'undelivered' OR delivery.status = 'failed'"
    " OR delivery.status = 'skipped' OR delivery.status = 'unknown')"
)


class Delivery(SQLModel, table=True):
    """One broadcast to one subscriber, with its state.

    `lease_token` fences: only the process that claimed a delivery, and only until `lease_until`,
    may submit it. `attempts` counts claims; `message_sid` belongs to the latest. It was submitted
    at `submitted_at` (the moment at which the request began) under the consent of
    `consent_event_id`, the subscriber's latest opt-in to the program. It leaves from `sender_id`.

    Organization and sender are the broadcast's and its lane's, whose foreign keys hold for them:
    a million deliveries do not have each of them looked up.

    What is still to be handed over is found by key within the frozen ranges of the broadcast
    (FrozenRange), so that no index has to follow the queue; only what waits for a later moment has
    one. The index of states leaves out those that nearly all deliveries end in.
    """

    __table_args__ = (
        UniqueConstraint("subscriber_id", "broadcast_id"),
        Index(
            "ix_delivery_retry",
            "broadcast_id",
            "next_attempt_at",
            sqlite_where=_RETRY,
            postgresql_where=_RETRY,
        ),
        Index(
            "ix_delivery_in_doubt",
            "lease_until",
            sqlite_where=_IN_DOUBT,
            postgresql_where=_IN_DOUBT,
        ),
        Index(
            "ix_delivery_told",
            "broadcast_id",
            "status",
            "id",
            sqlite_where=_TOLD,
            postgresql_where=_TOLD,
        ),
    )

    id: int = primary_key()
    organization_id: int = Field(sa_type=BigId)
    broadcast_id: int = references("broadcast.id")
    subscriber_id: int = references("subscriber.id")
    sender_id: int | None = Field(default=None, sa_type=BigId)
    status: DeliveryStatus = choice(DeliveryStatus)
    skip_reason: SkipReason | None = choice(SkipReason, default=None, nullable=True)
    error_code: int | None = None
    message_sid: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    next_attempt_at: datetime | None = None
    lease_token: str | None = Field(default=None, max_length=32)
    lease_until: datetime | None = None
    submitted_at: datetime | None = None
    consent_event_id: int | None = references("consent_event.id", optional=True)
    settled_at: datetime | None = None


class FrozenRange(SQLModel, table=True):
    """A part of a broadcast's audience: its deliveries have keys from `low` to `high`.

    Others' deliveries may have keys in between. An audience is frozen part by part, so that the
    first message leaves before the last delivery is written.
    """

    __tablename__ = "frozen_range"
    __table_args__ = (Index("ix_frozen_range_broadcast_id_high", "broadcast_id", "high"),)

    id: int = primary_key()
    broadcast_id: int = references("broadcast.id")
    low: int = Field(sa_type=BigId)
    high: int = Field(sa_type=BigId)


class DeliveryCount(SQLModel, table=True):
    """How many deliveries of a broadcast stand in a state: kept in the transactions that move them.

    `skip_reason` is "" where there is none. The count is the sum over `shard`: processes that move
    deliveries at the same time write different rows (models.balance).
    """

    __tablename__ = "delivery_count"

    broadcast_id: int = Field(foreign_key="broadcast.id", primary_key=True, sa_type=BigId)
    status: str = Field(max_length=32, primary_key=True)
    skip_reason: str = Field(default="", max_length=32, primary_key=True)
    shard: int = Field(default=0, primary_key=True)
    value: int = Field(default=0, sa_type=BigId)


def keys_of(session: Session, broadcast_id: int) -> tuple[int, int]:
    """Between which keys the deliveries of a broadcast lie, others' among them; (1, 0) before any
    is made. No index leads from a broadcast to its deliveries but this."""
    low, high = session.execute(
        select(func.min(FrozenRange.low), func.max(FrozenRange.high)).where(
            col(FrozenRange.broadcast_id) == broadcast_id
        )
    ).one()
    return low or 1, high or 0
