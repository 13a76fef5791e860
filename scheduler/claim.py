"""Claims a micro-batch of deliveries: rate, pause, consent and suppression in one transaction.

The statement that claims is the statement that re-reads the gate. What it lets through is leased
to one process; the intent is committed before the provider is called.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, case, func, insert, or_, select, update
from sqlmodel import Session, col

from messaging.segments import measure
from models import (
    Broadcast,
    BroadcastStatus,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    ListSubscription,
    Sender,
    Subscriber,
    Subscription,
    Unsealed,
)
from models.leaves import submission_leaf
from scheduler.gate import is_halted, skip_reason

MAX_BATCH = 50
# How far ahead of its rate a sender may be claimed: what a STOP can no longer reach.
_WINDOW = timedelta(milliseconds=500)
# Longer than the provider's time-out: whoever holds a lapsed lease must not send any more.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that this process may hand over until `lease_until`."""

    delivery_id: int
    attempt: int
    phone_number: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a claim gave: `deliveries` to hand over (all under `token`), and how many it skipped."""

    deliveries: tuple[Claimed, ...]
    skipped: int
    token: str
    lease_until: datetime
    sender: str = ""
    body: str = ""


def sending_broadcasts(session: Session) -> list[int]:
    """The broadcasts that may have something to hand over; each gets a micro-batch in turn."""
    query = (
        select(col(Broadcast.id))
        .where(col(Broadcast.status) == BroadcastStatus.sending)
        .order_by(col(Broadcast.id))
    )
    return list(session.execute(query).scalars())


def claim(session: Session, broadcast_id: int, now: datetime) -> Batch:
    """Claim the next micro-batch of a broadcast, as large as its sender's rate allows.

    The caller commits before it calls the provider.
    """
    token, lease_until = secrets.token_hex(16), now + LEASE
    nothing = Batch((), 0, token, lease_until)
    broadcast = session.get_one(Broadcast, broadcast_id)
    sender = session.get_one(
        Sender, broadcast.sender_id, with_for_update=True, populate_existing=True
    )
    segments = max(1, measure(broadcast.body).segments)
    room = _room(sender, segments, now)
    if room == 0:
        return nothing
    decided = _claim_rows(session, broadcast_id, room, token, lease_until, now)
    taken = [row.id for row in decided if row.status == DeliveryStatus.sending]
    if taken:
        sender.reserve(len(taken) * segments, now)
        session.add(sender)
    return Batch(
        deliveries=_claimed(session, broadcast, taken, now),
        skipped=len(decided) - len(taken),
        token=token,
        lease_until=lease_until,
        sender=sender.address,
        body=broadcast.body,
    )


def _room(sender: Sender, segments: int, now: datetime) -> int:
    """How many messages may be claimed now, so that the sender stays within its rate.

    A message that is longer than the window's share still goes when the sender is free.
    """
    ahead = max(sender.busy_until or now, now) - now
    if ahead >= _WINDOW:
        return 0
    share = (_WINDOW - ahead).total_seconds() * sender.segments_per_second / segments
    return min(MAX_BATCH, max(1 if not ahead else 0, int(share)))


def _claim_rows(
    session: Session,
    broadcast_id: int,
    limit: int,
    token: str,
    lease_until: datetime,
    now: datetime,
) -> list["_Decided"]:
    due = (
        select(
            col(Delivery.id).label("id"),
            skip_reason().label("reason"),
            _latest_consent().label("consent"),
        )
        .select_from(Delivery)
        .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .outerjoin(
            Subscription,
            (col(Subscription.program_id) == Broadcast.program_id)
            & (col(Subscription.subscriber_id) == Subscriber.id),
        )
        .outerjoin(
            ListSubscription,
            (col(ListSubscription.list_id) == Broadcast.list_id)
            & (col(ListSubscription.subscription_id) == Subscription.id),
        )
        .where(
            col(Delivery.broadcast_id) == broadcast_id,
            col(Delivery.status) == DeliveryStatus.pending,
            or_(col(Delivery.next_attempt_at).is_(None), col(Delivery.next_attempt_at) <= now),
            col(Broadcast.status) == BroadcastStatus.sending,
            ~is_halted(Broadcast.organization_id),
        )
        .order_by(col(Delivery.id))
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
        .cte("due")
    )
    goes = due.c.reason.is_(None)
    statement = (
        update(Delivery)
        .where(col(Delivery.id) == due.c.id)
        .values(
            status=case((goes, DeliveryStatus.sending.value), else_=DeliveryStatus.skipped.value),
            skip_reason=due.c.reason,
            attempts=col(Delivery.attempts) + case((goes, 1), else_=0),
            lease_token=case((goes, token), else_=None),
            lease_until=case((goes, lease_until), else_=None),
            submitted_at=case((goes, now), else_=col(Delivery.submitted_at)),
            consent_event_id=case((goes, due.c.consent), else_=col(Delivery.consent_event_id)),
            settled_at=case((goes, None), else_=now),
        )
        .returning(col(Delivery.id), col(Delivery.status))
        .execution_options(synchronize_session=False)
    )
    return [_Decided(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class _Decided:
    id: int
    status: DeliveryStatus


def _claimed(
    session: Session, broadcast: Broadcast, ids: list[int], now: datetime
) -> tuple[Claimed, ...]:
    """The deliveries to hand over, each with its fact of submission on the way into the log."""
    if not ids:
        return ()
    rows = session.execute(
        select(
            col(Delivery.id),
            col(Delivery.attempts),
            col(Subscriber.phone_number),
            col(Delivery.subscriber_id),
            col(Delivery.consent_event_id),
        )
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .where(col(Delivery.id).in_(ids))
        .order_by(col(Delivery.id))
    ).all()
    owner = broadcast.organization_id
    leaves = [
        {
            "organization_id": owner,
            "leaf": submission_leaf(row[0], row[1], broadcast.id, row[3], row[4], now),
        }
        for row in rows
    ]
    session.execute(insert(Unsealed), leaves)
    return tuple(Claimed(row[0], row[1], row[2]) for row in rows)


def _latest_consent() -> ScalarSelect[int]:
    """The opt-in under which the joined subscriber gets messages of the joined broadcast."""
    return (
        select(func.max(col(ConsentEvent.id)))
        .where(
            col(ConsentEvent.subscriber_id) == Subscriber.id,
            col(ConsentEvent.program_id) == Broadcast.program_id,
            col(ConsentEvent.kind) == ConsentKind.opted_in,
        )
        .correlate(Subscriber, Broadcast)
        .scalar_subquery()
    )


def finish(session: Session, broadcast_id: int, now: datetime) -> bool:
    """Mark the broadcast sent when nothing of it is left to hand over; True if this did it."""
    left = select(func.count()).where(
        col(Delivery.broadcast_id) == broadcast_id,
        col(Delivery.status).in_((DeliveryStatus.pending, DeliveryStatus.sending)),
    )
    if session.execute(left).scalar_one():
        return False
    done = session.execute(
        update(Broadcast)
        .where(col(Broadcast.id) == broadcast_id, col(Broadcast.status) == BroadcastStatus.sending)
        .values(status=BroadcastStatus.sent, finished_at=now)
        .returning(col(Broadcast.id))
    ).scalar()
    return done is not None
