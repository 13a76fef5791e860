"""Single texts on their way to the provider: today the question for a yes after a sign-up.

A notice is tried a few times and never sent twice: one whose fate a crash or a silent provider
left open counts as failed. The person can text the keyword, or sign up again the next day.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlmodel import Session, col

from messaging.errors import Outcome
from messaging.numbers import mask
from messaging.providers import Accepted, Outgoing, Provider, SendError
from models import (
    ConsentSource,
    Notice,
    NoticeStatus,
    Sender,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Unsealed,
)
from models.base import LOCKED
from models.consent import is_suppressed
from models.consenting import Evidence, revoke_everything
from models.database import Database
from models.known_people import lock_people
from models.leaves import notice_leaf
from scheduler.gate import is_halted
from scheduler.singles import (
    AT_ONCE,
    LEASE,
    MAX_ATTEMPTS,
    VALIDITY,
    hand_over,
    lock_senders,
    note_answer,
    take_turn,
    withheld,
)

log = structlog.get_logger()

# A question that comes half a day after the sign-up would be a riddle.
_TOO_LATE = timedelta(hours=6)
_AGAIN = (Outcome.retry, Outcome.slow_down, Outcome.day_over, Outcome.pause)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One notice that this process may hand over now."""

    notice_id: int
    attempt: int
    message: Outgoing


def are_due(session: Session, now: datetime) -> bool:
    """Whether there is anything to claim."""
    waiting = select(col(Notice.id)).where(
        col(Notice.status).in_((NoticeStatus.pending, NoticeStatus.sending)),
        col(Notice.next_attempt_at) <= now,
        ~is_halted(Notice.organization_id),
    )
    return session.execute(waiting.limit(1)).first() is not None


def claim_notices(session: Session, now: datetime) -> list[Claimed]:
    """Claim the notices that are due; the caller commits before it sends them.

    That it is handed over becomes a leaf of the log here, where a crash cannot lose it any more.
    """
    _give_up(session, now)
    rows = session.execute(
        select(Notice, Sender, Subscriber)
        .join(Sender, col(Sender.id) == Notice.sender_id)
        .join(Subscriber, col(Subscriber.id) == Notice.subscriber_id)
        .where(
            col(Notice.status) == NoticeStatus.pending,
            col(Notice.next_attempt_at) <= now,
            ~is_halted(Notice.organization_id),
        )
        .order_by(col(Notice.id))
        .limit(AT_ONCE)
        .with_for_update(of=Notice, skip_locked=True, key_share=True)
    ).all()
    lock_senders(session, (sender.id for _, sender, _ in rows))
    claimed = []
    for notice, sender, subscriber in rows:
        if why := _why_not(session, notice, subscriber):
            notice.status, notice.error = NoticeStatus.failed, why
            continue
        if later := take_turn(sender, notice.body, now):
            notice.next_attempt_at, notice.error = later.at, later.why or notice.error
            continue
        notice.status, notice.attempts = NoticeStatus.sending, notice.attempts + 1
        notice.next_attempt_at = now + LEASE
        notice.submitted_at, notice.in_hand_until = now, now + VALIDITY
        session.add(Unsealed(organization_id=notice.organization_id, leaves=notice_leaf(notice)))
        message = Outgoing(
            sender.address,
            subscriber.phone_number,
            notice.body,
            None,
            int(VALIDITY.total_seconds()),
        )
        claimed.append(Claimed(notice.id, notice.attempts, message))
    return claimed


def _why_not(session: Session, notice: Notice, subscriber: Subscriber) -> str | None:
    """Why somebody gets none any more: who was suppressed or erased meanwhile, and who has joined
    the program by a text, or left it, so that there is nothing to ask."""
    organization_id, number_hash = subscriber.organization_id, subscriber.number_hash
    if subscriber.erased_at or is_suppressed(session, organization_id, number_hash):
        return "This number has opted out."
    return None if _is_still_asked(session, notice) else "Answered before it was sent."


async def send(database: Database, provider: Provider, clock: Callable[[], datetime]) -> int:
    """Hand over every notice that is due; how many the provider took."""
    now = clock()
    with database.write() as session:
        claimed = claim_notices(session, now)
    answers = await asyncio.gather(*(_send(database, provider, one, clock) for one in claimed))
    for one, answer in zip(claimed, answers, strict=True):
        with database.write() as session:
            _settle(session, one, answer, now)
    return sum(isinstance(answer, Accepted) for answer in answers)


async def _send(
    database: Database, provider: Provider, one: Claimed, clock: Callable[[], datetime]
) -> Accepted | SendError:
    with database.read() as session:
        notice = session.get_one(Notice, one.notice_id)
        subscriber = session.get_one(Subscriber, notice.subscriber_id)
        why_not = _why_not(session, notice, subscriber)
        why = withheld(session, notice, one.attempt, why_not, clock())
    return why or await hand_over(provider, one.message)


def _settle(session: Session, one: Claimed, answer: Accepted | SendError, now: datetime) -> None:
    if isinstance(answer, SendError) and answer.outcome is Outcome.suppress:
        # Before the notice, as whoever erases them does.
        lock_people(
            session, select(col(Notice.subscriber_id)).where(col(Notice.id) == one.notice_id)
        )
    notice = session.get_one(Notice, one.notice_id, with_for_update=LOCKED)
    if notice.attempts != one.attempt or notice.status is not NoticeStatus.sending:
        return
    session.add(notice)
    note_answer(session, notice.sender_id, notice.body, answer, now)
    if isinstance(answer, Accepted):
        notice.status, notice.message_sid = NoticeStatus.sent, answer.sid
        notice.sent_at, notice.error = now, None
        return
    notice.error = answer.reason[:200]
    if answer.outcome is not Outcome.unknown:
        notice.in_hand_until = now  # the provider did not take it
    if answer.outcome in _AGAIN and notice.attempts < MAX_ATTEMPTS:
        notice.status = NoticeStatus.pending
        notice.next_attempt_at = now + timedelta(seconds=15) * 2**notice.attempts
        return
    notice.status = NoticeStatus.failed
    log.warning("notice.failed", to=mask(one.message.to), outcome=answer.outcome)
    if answer.outcome is Outcome.suppress:
        _suppress(session, notice, answer, now)


def _suppress(session: Session, notice: Notice, error: SendError, now: datetime) -> None:
    """The person opted out at the provider, who told us only now."""
    subscriber = session.get_one(Subscriber, notice.subscriber_id)
    evidence = Evidence(
        ConsentSource.receipt,
        sender_id=notice.sender_id,
        note=f"Provider error {error.code} on notice {notice.id}",
    )
    revoke_everything(session, subscriber, evidence, now, SuppressionReason.provider_opt_out)


def _give_up(session: Session, now: datetime) -> None:
    """What a crash left open, and what waited for too long."""
    for overdue, error in (
        (
            (col(Notice.status) == NoticeStatus.sending) & (col(Notice.next_attempt_at) < now),
            "Marquee stopped while this was on its way.",
        ),
        (
            (col(Notice.status) == NoticeStatus.pending)
            & (col(Notice.created_at) < now - _TOO_LATE),
            "It could not be sent in time.",
        ),
    ):
        session.execute(
            update(Notice).where(overdue).values(status=NoticeStatus.failed, error=error)
        )


def _is_still_asked(session: Session, notice: Notice) -> bool:
    """Whether the wish that the question is about still waits. Notices from before they named their
    program ask in any case."""
    state = select(col(Subscription.state)).where(
        col(Subscription.program_id) == notice.program_id,
        col(Subscription.subscriber_id) == notice.subscriber_id,
    )
    return notice.program_id is None or (
        session.execute(state).scalar() is SubscriptionState.pending
    )
