"""Erases what is personal: of one person on request, and of old texts when their time is over.

What is erased is overwritten where it stands. Facts stay: that somebody consented, left, was sent
a broadcast, and when. Their leaves in the log stay as they were, because they hold commitments
only; without content and salt nobody can tell what was committed to.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, func, literal, null, select, update
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from models.base import IllegalMove
from models.broadcast import Broadcast
from models.consent import (
    ConsentEvent,
    ConsentEvidence,
    ConsentSource,
    Suppression,
    SuppressionReason,
)
from models.consenting import revoke_everything
from models.inbound import Answer, AnswerStatus, InboundMessage
from models.leaves import note_act
from models.log import AuditKind
from models.outgoing import Notice, NoticeStatus
from models.recording import Evidence
from models.subscriber import ListSubscription, Subscriber, Subscription

_ERASED = "erased"
_WHY_NOT_SENT = "What it held was erased."


def erased_number(subscriber_id: int) -> str:
    """What stands in the place of an erased person's number, and of its hash."""
    return f"{_ERASED}:{subscriber_id}"


def is_erased(number: str) -> bool:
    """Whether `number` stands in the place of one that was erased."""
    return number == _ERASED or number.startswith(f"{_ERASED}:")


def erase(
    session: Session,
    subscriber: Subscriber,
    now: datetime,
    *,
    member_id: int | None = None,
    request: str = "page",
) -> None:
    """Erase a person: revoke everything first, then take away number, texts and evidence.

    The number stays suppressed by its keyed hash alone, until the person joins anew, which makes
    a new subscriber. `request` says how they asked, in one word of ours; with `member_id` a member
    did it for them. Raises IllegalMove if the person is erased already.
    """
    subscriber = session.get_one(
        Subscriber, subscriber.id, with_for_update=True, populate_existing=True
    )
    if subscriber.erased_at is not None:
        raise IllegalMove(f"subscriber {subscriber.id} is erased already")
    by_member = member_id is not None
    source = ConsentSource.member if by_member else ConsentSource.page
    reason = SuppressionReason.member if by_member else SuppressionReason.opted_out
    revoke_everything(session, subscriber, Evidence(source, member_id=member_id), now, reason)
    _keep_the_hash_alone(session, subscriber)
    mine = subscriber.id
    erase_inbound(session, select(col(InboundMessage.id)).filter_by(subscriber_id=mine), now)
    erase_notices(session, select(col(Notice.id)).filter_by(subscriber_id=mine), now)
    events = select(col(ConsentEvent.id)).where(col(ConsentEvent.subscriber_id) == mine)
    evidence = select(col(ConsentEvidence.id)).where(
        col(ConsentEvidence.consent_event_id).in_(events)
    )
    erase_evidence(session, evidence, now)
    session.execute(
        delete(ListSubscription).where(
            col(ListSubscription.subscription_id).in_(
                select(col(Subscription.id)).where(col(Subscription.subscriber_id) == mine)
            )
        )
    )
    # The hash leaves this row too: else joining anew would tie the old history to the new one.
    subscriber.phone_number = subscriber.number_hash = erased_number(mine)
    subscriber.minimum_age_met, subscriber.erased_at = None, now
    session.add(subscriber)
    note_act(
        session,
        subscriber.organization_id,
        AuditKind.erased,
        now,
        member_id=member_id,
        subscriber=mine,
        request=request,
    )
    session.expire_all()


def erase_inbound(session: Session, ids: Any, now: datetime) -> int:
    """Erase what these inbound messages (a SELECT of ids, or ids) said, and who sent them; how
    many. Answers that still wait to be forwarded are not sent."""
    session.execute(
        update(Answer)
        .where(
            col(Answer.inbound_message_id).in_(ids),
            col(Answer.status).in_((AnswerStatus.pending, AnswerStatus.sending)),
        )
        .values(status=AnswerStatus.failed)
    )
    session.execute(
        update(Answer)
        .where(col(Answer.inbound_message_id).in_(ids), col(Answer.status) == AnswerStatus.failed)
        .values(error=_WHY_NOT_SENT)
    )
    return _count(
        session,
        update(InboundMessage)
        .where(col(InboundMessage.id).in_(ids), col(InboundMessage.erased_at).is_(None))
        .values(
            from_number=_stand_in(col(InboundMessage.subscriber_id)),
            body="",
            body_raw=None,
            media=[],
            form={},
            reply=None,
            needs_review=False,
            erased_at=now,
        ),
    )


def erase_notices(session: Session, ids: Any, now: datetime) -> int:
    """Erase the words of these notices (a SELECT of ids, or ids); how many. One that is still to
    go is not sent."""
    session.execute(
        update(Notice)
        .where(
            col(Notice.id).in_(ids),
            col(Notice.status).in_((NoticeStatus.pending, NoticeStatus.sending)),
        )
        .values(status=NoticeStatus.failed)
    )
    session.execute(
        update(Notice)
        .where(col(Notice.id).in_(ids), col(Notice.error).is_not(None))
        .values(error=_WHY_NOT_SENT)
    )
    return _count(
        session,
        update(Notice)
        .where(col(Notice.id).in_(ids), col(Notice.erased_at).is_(None))
        .values(body="", erased_at=now),
    )


def erase_evidence(session: Session, ids: Any, now: datetime) -> int:
    """Erase content and salt of these evidences (a SELECT of ids, or ids); how many."""
    return _count(
        session,
        update(ConsentEvidence)
        .where(col(ConsentEvidence.id).in_(ids), col(ConsentEvidence.erased_at).is_(None))
        # A JSON column writes None as the JSON value null; this is the database's own.
        .values(content=null(), salt=None, erased_at=now),
    )


def erase_broadcasts(session: Session, ids: Any, now: datetime) -> int:
    """Erase the words of these broadcasts (a SELECT of ids, or ids); how many. An empty body, which
    no order has, says so."""
    return _count(
        session,
        update(Broadcast)
        .where(col(Broadcast.id).in_(ids), col(Broadcast.body) != "")
        .values(body=""),
    )


def _keep_the_hash_alone(session: Session, subscriber: Subscriber) -> None:
    session.execute(
        update(Suppression)
        .where(
            col(Suppression.organization_id) == subscriber.organization_id,
            col(Suppression.number_hash) == subscriber.number_hash,
        )
        .values(phone_number=None)
    )


def _stand_in(subscriber_id: Mapped[int | None]) -> ColumnElement[str]:
    """What stands for the number in SQL: "erased:12", or "erased" where nobody is known."""
    return func.coalesce(literal(f"{_ERASED}:") + cast(subscriber_id, String), _ERASED)


def _count(session: Session, statement: Any) -> int:
    # The caller's objects may show what is gone; `fetch` would read every row for nothing.
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
