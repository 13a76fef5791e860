"""What an answer or receipt does to a delivery: the one place that settles it.

The caller holds the delivery's row locked, and commits.
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select, update
from sqlmodel import Session, col

from messaging.errors import (
    COUNTED_AS_FAILED,
    NEVER_SEEN,
    OPTED_OUT,
    SENT_AGAIN,
    Outcome,
    is_refusal,
    meaning,
    outcome_of_receipt,
)
from models.base import LOCKED
from models.broadcast import Broadcast, BroadcastStatus
from models.consent import (
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    SuppressionReason,
    is_suppressed,
)
from models.consenting import Evidence, revoke_everything
from models.delivery import RANK, Delivery, DeliveryStatus, SkipReason
from models.known_people import lock_people
from models.sender import Sender
from models.subscriber import Subscriber

MAX_ATTEMPTS = 3
_RETRY_AFTER = timedelta(seconds=60)
_SLOW_DOWN_FOR = timedelta(seconds=2)
_MOST_JITTER = 1.25
# The most that somebody waits for another try, unless their sender's day is over.
LONGEST_WAIT = _RETRY_AFTER * 2 ** (MAX_ATTEMPTS - 2) * _MOST_JITTER
_FINAL = RANK[DeliveryStatus.delivered]
_FOR_SENDER = (Outcome.slow_down, Outcome.day_over)
_AGAIN = (Outcome.retry, *_FOR_SENDER)
# Without anybody's word for it that the message failed: whatever a receipt says knows better.
_ASSUMED = (NEVER_SEEN, COUNTED_AS_FAILED, SENT_AGAIN)
_TOLD = (BroadcastStatus.paused, BroadcastStatus.sent)


class Progressing(Protocol):
    """What moves forward: a delivery, or what is known of one that is locked."""

    status: DeliveryStatus
    message_sid: str | None
    settled_at: datetime | None
    error_code: int | None


def progress(
    delivery: Progressing, status: DeliveryStatus, message_sid: str | None, now: datetime
) -> None:
    """Move forward to `status`; news of a lower rank, or after a final state, changes nothing.

    A delivery that waits for another try, or will get none although it might, is moved by one
    thing only: the earlier message was delivered after all.
    """
    if delivery.status is DeliveryStatus.pending and status is not DeliveryStatus.delivered:
        return
    if message_sid and delivery.message_sid is None:
        delivery.message_sid = message_sid
    arrived_after_all = status is DeliveryStatus.delivered and _may_pass(delivery)
    if RANK[status] <= _rank(delivery) and not arrived_after_all:
        return
    delivery.status, delivery.error_code = status, None
    delivery.settled_at = now if RANK[status] == _FINAL else None


def not_taken(
    session: Session, delivery: Delivery, outcome: Outcome, code: int | None, now: datetime
) -> None:
    """The provider refused the message, or nobody knows whether it took it."""
    is_given_up = delivery.status is DeliveryStatus.failed and delivery.error_code == NEVER_SEEN
    says_more = is_given_up and outcome is not Outcome.unknown
    if delivery.status not in (DeliveryStatus.sending, DeliveryStatus.unknown) and not says_more:
        return  # a receipt was quicker and knew more
    before, delivery.error_code = delivery.error_code, code
    match outcome:
        case Outcome.unknown:
            delivery.status = DeliveryStatus.unknown
        case Outcome.slow_down:
            # It was never processed, so that it does not count as a try.
            delivery.attempts -= 1
            _wait(session, delivery, now + _SLOW_DOWN_FOR * _jitter(), now, before)
        case Outcome.pause:
            delivery.attempts -= 1
            _wait(session, delivery, now, now, before)
            _pause(session, delivery, code)
        case Outcome.retry | Outcome.day_over if _may_retry(session, delivery, outcome, now):
            _wait(session, delivery, _next_try(delivery, outcome, now, _jitter()), now, before)
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
    if _rank(delivery) == _FINAL or delivery.status is DeliveryStatus.pending:
        return
    delivery.error_code = code
    goes_again = outcome in _AGAIN and _may_retry(session, delivery, outcome, now)
    if outcome in _FOR_SENDER:  # after the broadcast was locked, as in scheduler.record
        _rest(session, delivery, outcome, now)
    if goes_again:
        _wait(session, delivery, _next_try(delivery, outcome, now, _jitter()), now)
        return
    if outcome is Outcome.pause:
        _pause(session, delivery, code)
    _fail(session, delivery, status, outcome, now)


def never_seen(delivery: Delivery, now: datetime) -> None:
    """The provider's list does not have a message whose outcome was unknown: it never got there.

    It is not sent again. A receipt that comes all the same knows better.
    """
    if delivery.status is DeliveryStatus.unknown:
        delivery.status, delivery.settled_at = DeliveryStatus.failed, now
        delivery.error_code = NEVER_SEEN


def not_again(attempts: int, error_code: int | None) -> DeliveryStatus:
    """Where a delivery ends that waits and will not go: skipped, unless an earlier try of it did
    go. Then its last error says what became of that, and nobody may take it for not sent."""
    if not attempts or error_code is None or is_refusal(error_code):
        return DeliveryStatus.skipped
    is_known = error_code not in _ASSUMED
    return DeliveryStatus.undelivered if is_known else DeliveryStatus.failed


def _may_pass(delivery: Progressing) -> bool:
    """Whether it is undelivered for a reason for which a message is tried again."""
    is_undelivered = delivery.status is DeliveryStatus.undelivered
    return is_undelivered and outcome_of_receipt(delivery.error_code) in _AGAIN


def _rank(delivery: Progressing) -> int:
    if delivery.status is DeliveryStatus.failed and delivery.error_code in _ASSUMED:
        return RANK[DeliveryStatus.unknown]
    return RANK[delivery.status]


def _rest(session: Session, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """The provider could not keep up, and the sender goes on slower, or its day is over."""
    sender_id = delivery.sender_id or session.get_one(Broadcast, delivery.broadcast_id).sender_id
    sender = session.get_one(Sender, sender_id, with_for_update=LOCKED, populate_existing=True)
    if outcome is Outcome.day_over:
        sender.end_day(now)
    else:
        sender.slow_down(0, now)
    session.add(sender)


def _may_retry(session: Session, delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
    """Not for ever, and not after the broadcast's last use: the show may have begun."""
    broadcast = _broadcast_of(session, delivery)
    if broadcast.status is BroadcastStatus.canceled:
        return False
    latest = _next_try(delivery, outcome, now, _MOST_JITTER)
    return delivery.attempts < MAX_ATTEMPTS and latest <= broadcast.last_use


def _next_try(delivery: Delivery, outcome: Outcome, now: datetime, jitter: float) -> datetime:
    """Each time twice as long, and not at the same moment for all who failed together; when the
    sender's day is over, with the next one."""
    if outcome is Outcome.day_over:
        return Sender.cap_ends(now)
    doubled: float = 2.0 ** (delivery.attempts - 1)
    return now + _RETRY_AFTER * doubled * jitter


def _jitter() -> float:
    return random.uniform(1.0, _MOST_JITTER)  # noqa: S311  nobody gains from guessing it


def _wait(
    session: Session, delivery: Delivery, until: datetime, now: datetime, before: int | None = None
) -> None:
    """Back into the queue; a broadcast that was canceled meanwhile has none. What this try was
    refused with says nothing of an earlier one that went: the error `before` stays its own."""
    delivery.message_sid = delivery.lease_token = delivery.lease_until = None
    delivery.settled_at = None
    if before != NEVER_SEEN and not_again(delivery.attempts, before) != DeliveryStatus.skipped:
        delivery.error_code = before
    if _broadcast_of(session, delivery).status is BroadcastStatus.canceled:
        delivery.status = not_again(delivery.attempts, delivery.error_code)
        is_skipped = delivery.status is DeliveryStatus.skipped
        delivery.skip_reason = SkipReason.canceled if is_skipped else None
        delivery.settled_at = now
    else:
        delivery.status, delivery.next_attempt_at = DeliveryStatus.pending, until
        reopen(session, delivery.broadcast_id)


def _broadcast_of(session: Session, delivery: Delivery) -> Broadcast:
    """The broadcast as it stands now, locked so that it is not canceled at this very moment.

    A delivery is always locked before its broadcast.
    """
    return session.get_one(
        Broadcast, delivery.broadcast_id, with_for_update=LOCKED, populate_existing=True
    )


def _fail(
    session: Session, delivery: Delivery, status: DeliveryStatus, outcome: Outcome, now: datetime
) -> None:
    delivery.status, delivery.settled_at = status, now
    if outcome is Outcome.suppress:
        opted_out_at_provider(session, delivery, now)


def lock_recipients(session: Session, deliveries: Collection[int]) -> None:
    """Lock who these locked deliveries went to, before several of them are settled as opted out:
    texts lock the same people, and not in the order of deliveries."""
    lock_people(
        session, select(col(Delivery.subscriber_id)).where(col(Delivery.id).in_(deliveries))
    )


def opted_out_at_provider(session: Session, delivery: Delivery, now: datetime) -> None:
    """The provider says that the person had opted out there (21610): revoke everything.

    It holds whatever became of the delivery since, but for somebody who is suppressed already, or
    who joined again after it was handed over: their later word counts.
    """
    subscriber = session.get_one(Subscriber, delivery.subscriber_id, with_for_update=LOCKED)
    if _knows_better(session, subscriber, delivery):
        return
    evidence = Evidence(
        ConsentSource.receipt,
        message_sid=delivery.message_sid,
        note=f"Provider error {OPTED_OUT} on broadcast {delivery.broadcast_id}",
    )
    revoke_everything(session, subscriber, evidence, now, SuppressionReason.provider_opt_out)


def _knows_better(session: Session, subscriber: Subscriber, delivery: Delivery) -> bool:
    if is_suppressed(session, subscriber.organization_id, subscriber.number_hash):
        return True
    joined = select(col(ConsentEvent.id)).where(
        col(ConsentEvent.subscriber_id) == subscriber.id,
        col(ConsentEvent.kind) == ConsentKind.opted_in,
        col(ConsentEvent.occurred_at) > (delivery.submitted_at or subscriber.created_at),
    )
    return delivery.submitted_at is not None and session.execute(joined).first() is not None


def _pause(session: Session, delivery: Delivery, code: int | None) -> None:
    """Stop the whole broadcast and say why; the promoter resumes it when it is mended. One that was
    handed over already, or that they paused themselves, says it all the same."""
    why = meaning(code) if code else "The provider refuses messages from this account."
    status, mine = col(Broadcast.status), col(Broadcast.id) == delivery.broadcast_id
    for where, values in (
        (
            status == BroadcastStatus.sending,
            {"status": BroadcastStatus.paused, "attention": f"Paused by Marquee: {why}"},
        ),
        (
            status.in_(_TOLD) & col(Broadcast.attention).is_(None),
            {"attention": f"The provider says: {why}"},
        ),
    ):
        session.execute(update(Broadcast).where(mine, where).values(**values))


def reopen(session: Session, broadcast_id: int) -> None:
    """A broadcast that had handed everything over has something to go again. The caller has it
    locked, so that it is not said to be over at this very moment."""
    session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.id) == broadcast_id,
            col(Broadcast.status) == BroadcastStatus.sent,
        )
        .values(status=BroadcastStatus.sending, finished_at=None)
    )
