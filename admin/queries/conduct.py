"""What a program has done, in counts: consent behind its subscriptions and messages."""

from datetime import datetime

from sqlalchemy import case, distinct, exists, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from compliance.rules import Conduct
from models import (
    Broadcast,
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Delivery,
    FileKind,
    InboundMessage,
    NumberFile,
    Program,
    Subscription,
    SubscriptionState,
)

# The latest messages of a program that are looked at: the STOP report goes through all of them.
_LATEST = 100_000
_JOINING = (ConsentKind.requested, ConsentKind.opted_in)
_ENDING = (ConsentKind.opted_out, ConsentKind.deactivated)


def read(session: Session, program: Program, now: datetime) -> Conduct:
    """The counts and moments that the rules judge."""
    return Conduct(
        subscribers=_count(session, program, with_opt_in=None),
        without_opt_in=_count(session, program, with_opt_in=False),
        without_evidence=_without_evidence(session, program),
        shared_opt_ins=_shared(session, program),
        unsolicited=_unsolicited(session, program),
        first_opt_in=session.exec(
            select(func.min(ConsentEvent.occurred_at)).where(
                ConsentEvent.program_id == program.id, ConsentEvent.kind == ConsentKind.opted_in
            )
        ).one(),
        last_deactivation_file=session.exec(
            select(func.max(NumberFile.created_at)).where(
                NumberFile.organization_id == program.organization_id,
                NumberFile.kind == FileKind.deactivated,
                col(NumberFile.finished_at).is_not(None),
            )
        ).one(),
        waiting_opt_outs=_waiting(session, program),
    )


def _count(session: Session, program: Program, *, with_opt_in: bool | None) -> int:
    query = (
        select(func.count())
        .select_from(Subscription)
        .where(
            Subscription.program_id == program.id,
            Subscription.state == SubscriptionState.subscribed,
        )
    )
    if with_opt_in is not None:
        opted_in = exists().where(
            col(ConsentEvent.subscriber_id) == Subscription.subscriber_id,
            col(ConsentEvent.program_id) == program.id,
            col(ConsentEvent.kind) == ConsentKind.opted_in,
        )
        query = query.where(opted_in if with_opt_in else ~opted_in)
    return session.exec(query).one()


def _without_evidence(session: Session, program: Program) -> int:
    """People who are subscribed under opt-ins of which none shows any more what it was made of."""
    is_subscribed = (
        col(Subscription.program_id) == program.id,
        col(Subscription.state) == SubscriptionState.subscribed,
    )
    opted_in = (
        col(ConsentEvent.subscriber_id) == Subscription.subscriber_id,
        col(ConsentEvent.program_id) == program.id,
        col(ConsentEvent.kind) == ConsentKind.opted_in,
    )
    is_shown = exists().where(
        *opted_in,
        col(ConsentEvidence.consent_event_id) == ConsentEvent.id,
        col(ConsentEvidence.erased_at).is_(None),
    )
    query = select(func.count()).select_from(Subscription)
    return session.exec(query.where(*is_subscribed, exists().where(*opted_in), ~is_shown)).one()


def _shared(session: Session, program: Program) -> int:
    """Acts of joining that count for two programs: one text, or one form at one instant. START
    and YES name no keyword: they resume or confirm what was asked for once for each program."""
    is_joining = col(ConsentEvent.kind).in_(_JOINING) & (
        col(ConsentEvent.keyword).is_not(None) | (col(ConsentEvent.source) == ConsentSource.page)
    )
    is_own = case((col(ConsentEvent.program_id) == program.id, 1), else_=0)
    acts = (
        core_select(col(ConsentEvent.subscriber_id), col(ConsentEvent.occurred_at))
        .where(col(ConsentEvent.organization_id) == program.organization_id, is_joining)
        .group_by(col(ConsentEvent.subscriber_id), col(ConsentEvent.occurred_at))
        .having(func.count(distinct(col(ConsentEvent.program_id))) > 1, func.max(is_own) == 1)
        .subquery()
    )
    return session.execute(core_select(func.count()).select_from(acts)).scalar() or 0


def _unsolicited(session: Session, program: Program) -> int:
    """Of the latest messages, those handed over without an opt-in, or after one had ended."""
    latest = (
        core_select(
            col(Delivery.subscriber_id).label("subscriber_id"),
            col(Delivery.submitted_at).label("submitted_at"),
            col(Delivery.consent_event_id).label("consent_event_id"),
        )
        .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
        .where(col(Broadcast.program_id) == program.id, col(Delivery.submitted_at).is_not(None))
        .order_by(col(Delivery.id).desc())
        .limit(_LATEST)
        .subquery()
    )
    ended = exists().where(
        col(ConsentEvent.subscriber_id) == latest.c.subscriber_id,
        col(ConsentEvent.kind).in_(_ENDING),
        col(ConsentEvent.id) > latest.c.consent_event_id,
        col(ConsentEvent.occurred_at) < latest.c.submitted_at,
    )
    query = core_select(func.count()).select_from(latest)
    wrong = latest.c.consent_event_id.is_(None) | ended
    return session.execute(query.where(wrong)).scalar() or 0


def _waiting(session: Session, program: Program) -> tuple[datetime, ...]:
    since = func.coalesce(InboundMessage.marked_at, InboundMessage.received_at)
    rows = session.exec(
        select(since).where(
            InboundMessage.organization_id == program.organization_id,
            InboundMessage.sender_id == program.sender_id,
            col(InboundMessage.needs_review),
        )
    )
    return tuple(rows)
