"""One broadcast to one subscriber."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Computed, Index, String, Text, UniqueConstraint, func, select, text
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col
from sqlmodel.sql.sqltypes import UTCDateTime

from models.base import BigId, choice, looked_up_on_sqlite, primary_key, references


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

# What the provider says of a message, in a receipt or asked, and where its delivery stands then
# (Twilio's MessageStatus, https://www.twilio.com/docs/messaging/api/message-resource).
REPORTED = {
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
# Of these, whatever says that the message may still arrive, or has.
GOOD_NEWS = (DeliveryStatus.accepted, DeliveryStatus.sent, DeliveryStatus.delivered)

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
    quiet_hours = "quiet_hours"
    frequency = "frequency"  # the program's promise, or the most that may go out in 24 hours
    too_late = "too_late"  # past the moment until which the message is of use
    canceled = "canceled"


# OR, because SQLite builds a table for each IN that it meets, at every row that is written.
_TOLD = (
    "CASE WHEN status = 'undelivered' OR status = 'failed' OR status = 'skipped'"
    " OR status = 'unknown' THEN status END"
)
_WAITS_UNTIL = "CASE WHEN status = 'pending' THEN next_attempt_at END"
_IN_DOUBT_SINCE = "CASE WHEN status = 'unknown' THEN submitted_at END"


def _derived(rule: str, kind: Any) -> Any:
    """A column that the database derives from others. (PostgreSQL keeps its value, SQLite not: the
    one cannot index it else, the other not add it.)"""
    return Field(default=None, sa_column=Column(kind, Computed(rule)))


def _index_of(derived: str, name: str, *columns: str) -> Index:
    where = text(f"{derived} IS NOT NULL")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class Delivery(SQLModel, table=True):
    """One broadcast to one subscriber, with its state.

    `lease_token` fences: only the process that claimed a delivery, and only until `lease_until`,
    may submit it. `attempts` counts claims; `message_sid` belongs to the latest. It was submitted
    at `submitted_at` (the moment at which the request began) under the consent of
    `consent_event_id`, the subscriber's latest opt-in to the program. While it is `sending` that is
    the one under which it goes this time; if it does not leave, the one before comes back.
    It leaves from `sender_id`.

    Organization and sender are the broadcast's and its lane's, whose foreign keys hold for them:
    a million deliveries do not have each of them looked up. The other keys are looked up on SQLite
    alone (models.base.looked_up_on_sqlite).

    What is still to be handed over is found by key within the frozen ranges of the broadcast
    (FrozenRange), and what a dead process was at by its Lease, so that no index has to follow the
    queue. Three columns are derived, each only set for what is out of the ordinary: the moment that
    a delivery `waits_until`; the status, if it is one that the promoter is `told` of each; and the
    submission of one that is `in_doubt_since`. Indexes are of these alone: a message that goes as
    most do is in none of them, and on PostgreSQL none has to be touched when it moves on.
    """

    __table_args__ = (
        looked_up_on_sqlite("broadcast_id", "broadcast.id"),
        looked_up_on_sqlite("subscriber_id", "subscriber.id"),
        looked_up_on_sqlite("consent_event_id", "consent_event.id"),
        UniqueConstraint("subscriber_id", "broadcast_id"),
        _index_of("waits_until", "ix_delivery_retry", "broadcast_id", "sender_id", "waits_until"),
        _index_of("in_doubt_since", "ix_delivery_in_doubt", "in_doubt_since"),
        _index_of("told", "ix_delivery_told", "broadcast_id", "told", "id"),
    )

    id: int = primary_key()
    organization_id: int = Field(sa_type=BigId)
    broadcast_id: int = Field(sa_type=BigId)
    subscriber_id: int = Field(sa_type=BigId)
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
    consent_event_id: int | None = Field(default=None, sa_type=BigId)
    settled_at: datetime | None = None
    waits_until: datetime | None = _derived(_WAITS_UNTIL, UTCDateTime())
    told: str | None = _derived(_TOLD, String(32))
    in_doubt_since: datetime | None = _derived(_IN_DOUBT_SINCE, UTCDateTime())


class Lease(SQLModel, table=True):
    """Which `deliveries` a claim took, as runs of keys (scheduler.leases), and `until` when.

    What is still `sending` then was left by a process that died or froze.
    """

    token: str = Field(max_length=32, primary_key=True)
    deliveries: str = Field(sa_type=Text)
    until: datetime = Field(index=True)


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
