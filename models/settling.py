"""What an answer or receipt does to a delivery: the one place that settles it.

The caller holds the delivery's row locked, and commits.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from messaging.errors import Outcome, meaning
from models.broadcast import Broadcast, BroadcastStatus
from models.consent import ConsentSource, SuppressionReason
from models.consenting import Evidence, revoke_everything
from models.delivery import RANK, Delivery, DeliveryStatus, SkipReason
from models.sender import Sender
from models.subscriber import Subscriber

MAX_ATTEMPTS = 3
_RETRY_AFTER = timedelta(seconds=60)
_SLOW_DOWN_FOR = timedelta(seconds=2)
_FINAL = RANK[DeliveryStatus.delivered]


def progress(
    delivery: Delivery, status: DeliveryStatus, message_sid: str | None, now: datetime
) -> None:
    """Move forward to `status`; news of a lower rank, or after a final state, changes nothing.

    A delivery that waits for another try is moved by one thing only: the earlier message was
    delivered after all.
    """
    if delivery.status is DeliveryStatus.pending and status is not DeliveryStatus.delivered:
        return
    if message_sid and delivery.message_sid is None:
        delivery.message_sid = message_sid
    if RANK[status] <= RANK[delivery.status]:
        return
    delivery.status = status
    if RANK[status] == _FINAL:
        delivery.settled_at, delivery.error_code = now, None


def not_taken(
    session: Session, delivery: Delivery, outcome: Outcome, code: int | None, now: datetime
) -> None:
    """The provider refused the message, or nobody knows whether it took it."""
    if delivery.status not in (DeliveryStatus.sending, DeliveryStatus.unknown):
        return  # a receipt was quicker and knew more
    delivery.error_code = code
    match outcome:
        case Outcome.unknown:
            delivery.status = DeliveryStatus.unknown
        case Outcome.slow_down:
            # It was never processed, so that it does not count as a try.
            _wait(session, delivery, now + _SLOW_DOWN_FOR, now)
            delivery.attempts -= 1
            _rest(session, delivery, now)
        case Outcome.pause:
            _wait(session, delivery, now, now)
            delivery.attempts -= 1
            _pause(session, delivery, code)
        case Outcome.retry if _may_retry(session, delivery, now):
            _wait(session, delivery, now + _RETRY_AFTER * delivery.attempts, now)
        case _:
            _fail(session, delivery, DeliveryStatus.failed, outcome, now)


def not_delivered(
    session: Session,
    delivery: Delivery,
    status: DeliveryStatus,
    outcome: Outcome,
    code: int | None,
    now: datetime,
) -> None:
    """A receipt says that a message that was taken did not arrive."""
    if RANK[delivery.status] == _FINAL or delivery.status is DeliveryStatus.pending:
        return
    delivery.error_code = code
    if outcome is Outcome.slow_down:
        _rest(session, delivery, now)
    if outcome in (Outcome.retry, Outcome.slow_down) and _may_retry(session, delivery, now):
        _wait(session, delivery, now + _RETRY_AFTER * delivery.attempts, now)
        _reopen(session, delivery)
        return
    if outcome is Outcome.pause:
        _pause(session, delivery, code)
    _fail(session, delivery, status, outcome, now)


def _rest(session: Session, delivery: Delivery, now: datetime) -> None:
    """Let the sender rest: nothing of any broadcast leaves from it for a moment."""
    broadcast = session.get_one(Broadcast, delivery.broadcast_id)
    session.execute(
        update(Sender)
        .where(col(Sender.id) == broadcast.sender_id)
        .values(busy_until=now + _SLOW_DOWN_FOR)
    )


def _may_retry(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Not for ever, and not after the broadcast's latest start: the show may have begun."""
    broadcast = _broadcast_of(session, delivery)
    if broadcast.status is BroadcastStatus.canceled:
        return False
    due = now + _RETRY_AFTER * delivery.attempts
    return delivery.attempts < MAX_ATTEMPTS and due <= broadcast.latest_start


def _wait(session: Session, delivery: Delivery, until: datetime, now: datetime) -> None:
    """Back into the queue; a broadcast that was canceled meanwhile has none."""
    delivery.message_sid = delivery.lease_token = delivery.lease_until = None
    if _broadcast_of(session, delivery).status is BroadcastStatus.canceled:
        delivery.status, delivery.skip_reason = DeliveryStatus.skipped, SkipReason.canceled
        delivery.settled_at = now
    else:
        delivery.status, delivery.next_attempt_at = DeliveryStatus.pending, until


def _broadcast_of(session: Session, delivery: Delivery) -> Broadcast:
    """The broadcast as it stands now, locked so that it is not canceled at this very moment.

    A delivery is always locked before its broadcast.
    """
    return session.get_one(
        Broadcast, delivery.broadcast_id, with_for_update=True, populate_existing=True
    )


def _fail(
    session: Session, delivery: Delivery, status: DeliveryStatus, outcome: Outcome, now: datetime
) -> None:
    delivery.status, delivery.settled_at = status, now
    if outcome is Outcome.suppress:
        subscriber = session.get_one(Subscriber, delivery.subscriber_id, with_for_update=True)
        evidence = Evidence(
            ConsentSource.receipt,
            message_sid=delivery.message_sid,
            note=f"Provider error {delivery.error_code} on broadcast {delivery.broadcast_id}",
        )
        reason = SuppressionReason.provider_opt_out
        revoke_everything(session, subscriber, evidence, now, reason)


def _pause(session: Session, delivery: Delivery, code: int | None) -> None:
    """Stop the whole broadcast and say why; the promoter resumes it when it is mended."""
    why = meaning(code) if code else "The provider refuses messages from this account."
    session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.id) == delivery.broadcast_id,
            col(Broadcast.status) == BroadcastStatus.sending,
        )
        .values(status=BroadcastStatus.paused, attention=f"Paused by Marquee: {why}")
    )


def _reopen(session: Session, delivery: Delivery) -> None:
    """A broadcast that had handed everything over has one message to go again."""
    session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.id) == delivery.broadcast_id,
            col(Broadcast.status) == BroadcastStatus.sent,
        )
        .values(status=BroadcastStatus.sending, finished_at=None)
    )
