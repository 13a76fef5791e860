"""What a program has done, in counts: consent behind its subscriptions and messages."""

from datetime import datetime
from typing import Any

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
from models.consent import REVOCATIONS
from models.delivery import keys_of
from models.sizes import count_to
from scheduler.pools import ever_of

# The latest messages of a program that are looked at: the STOP report goes through all of them.
_LATEST = 100_000
_BROADCASTS = 100
_EARLIEST = 100
_JOINING = (ConsentKind.requested, ConsentKind.opted_in)


def read(session: Session, program: Program, most: int | None = None) -> Conduct:
    """The counts and moments that the rules judge: of all people, acts and messages, or of the
    latest `most`."""
    return Conduct(
        subscribers=_count(session, program, most),
        without_opt_in=_count(session, program, most, ~exists().where(*_opted_in(program))),
        without_evidence=_without_evidence(session, program, most),
        shared_opt_ins=_shared(session, program, most),
        unsolicited=_unsolicited(session, program, most or _LATEST),
        first_opt_in=_first_opt_in(session, program, most),
        last_deactivation_file=session.exec(
            select(func.max(NumberFile.created_at)).where(
                NumberFile.organization_id == program.organization_id,
                NumberFile.kind == FileKind.deactivated,
                col(NumberFile.finished_at).is_not(None),
            )
        ).one(),
        waiting_opt_outs=_waiting(session, program),
        is_part=most is not None and not count_to(session, _people(program), most).is_exact,
    )


def _people(program: Program, most: int | None = None) -> Any:
    """The subscriptions of who is subscribed, the latest first."""
    return (
        select(Subscription.id)
        .where(
            Subscription.program_id == program.id,
            Subscription.state == SubscriptionState.subscribed,
        )
        .order_by(col(Subscription.id).desc())
        .limit(most)
    )


def _count(session: Session, program: Program, most: int | None, *conditions: Any) -> int:
    """How many of these people meet the conditions."""
    query = select(func.count()).select_from(Subscription)
    looked_at = col(Subscription.id).in_(_people(program, most))
    return session.exec(query.where(looked_at, *conditions)).one()


def _opted_in(program: Program) -> tuple[Any, ...]:
    return (
        col(ConsentEvent.subscriber_id) == Subscription.subscriber_id,
        col(ConsentEvent.program_id) == program.id,
        col(ConsentEvent.kind) == ConsentKind.opted_in,
    )


def _first_opt_in(session: Session, program: Program, most: int | None) -> datetime | None:
    """When the program began to have subscribers: its first opt-in, or where only so many are
    looked at that of its first people in each state. No index leads from a program to its events.
    """
    opt_ins = (ConsentEvent.program_id == program.id, ConsentEvent.kind == ConsentKind.opted_in)
    if most is None:
        mine = ConsentEvent.organization_id == program.organization_id
        first = select(ConsentEvent.occurred_at).where(mine, *opt_ins)
        return session.exec(first.order_by(col(ConsentEvent.id)).limit(1)).first()
    people = [
        person
        for state in SubscriptionState
        for person in session.exec(
            select(Subscription.subscriber_id)
            .where(Subscription.program_id == program.id, Subscription.state == state)
            .order_by(col(Subscription.id))
            .limit(_EARLIEST)
        )
    ]
    theirs = col(ConsentEvent.subscriber_id).in_(people)
    return session.exec(select(func.min(ConsentEvent.occurred_at)).where(theirs, *opt_ins)).one()


def _without_evidence(session: Session, program: Program, most: int | None) -> int:
    """People who are subscribed under opt-ins of which none shows any more what it was made of."""
    opted_in = _opted_in(program)
    is_shown = exists().where(
        *opted_in,
        col(ConsentEvidence.consent_event_id) == ConsentEvent.id,
        col(ConsentEvidence.erased_at).is_(None),
    )
    return _count(session, program, most, exists().where(*opted_in), ~is_shown)


def _shared(session: Session, program: Program, most: int | None) -> int:
    """Acts of joining that count for two programs: one text, or one form at one instant. START
    and YES name no keyword: they resume or confirm what was asked for once for each program."""
    mine = col(ConsentEvent.organization_id) == program.organization_id
    latest = core_select(col(ConsentEvent.id)).where(mine).order_by(col(ConsentEvent.id).desc())
    is_joining = col(ConsentEvent.kind).in_(_JOINING) & (
        col(ConsentEvent.keyword).is_not(None) | (col(ConsentEvent.source) == ConsentSource.page)
    )
    is_own = case((col(ConsentEvent.program_id) == program.id, 1), else_=0)
    acts = (
        core_select(col(ConsentEvent.subscriber_id), col(ConsentEvent.occurred_at))
        .where(mine, is_joining)
        .group_by(col(ConsentEvent.subscriber_id), col(ConsentEvent.occurred_at))
        .having(func.count(distinct(col(ConsentEvent.program_id))) > 1, func.max(is_own) == 1)
    )
    if most is not None:
        acts = acts.where(col(ConsentEvent.id).in_(latest.limit(most)))
    found = acts.subquery()
    return session.execute(core_select(func.count()).select_from(found)).scalar() or 0


def _unsolicited(session: Session, program: Program, most: int) -> int:
    """Of the latest messages, those handed over without an opt-in, or after one had ended."""
    found, left = 0, most
    for broadcast_id in session.exec(
        select(Broadcast.id)
        .where(Broadcast.program_id == program.id)
        .order_by(col(Broadcast.id).desc())
        .limit(_BROADCASTS)
    ).all():
        looked_at, wrong = _unsolicited_of(session, broadcast_id, left)
        found, left = found + wrong, left - looked_at
        if left <= 0:
            break
    return found


def _unsolicited_of(session: Session, broadcast_id: int, most: int) -> tuple[int, int]:
    """How many of the latest messages of one broadcast were looked at, and how many are wrong."""
    low, high = keys_of(session, broadcast_id)
    latest = (
        core_select(
            col(Delivery.subscriber_id).label("subscriber_id"),
            col(Delivery.submitted_at).label("submitted_at"),
            col(Delivery.consent_event_id).label("consent_event_id"),
        )
        .where(
            col(Delivery.id).between(low, high),
            col(Delivery.broadcast_id) == broadcast_id,
            col(Delivery.submitted_at).is_not(None),
        )
        .order_by(col(Delivery.id).desc())
        .limit(most)
        .subquery()
    )
    ended = exists().where(
        col(ConsentEvent.subscriber_id) == latest.c.subscriber_id,
        col(ConsentEvent.kind).in_(REVOCATIONS),
        col(ConsentEvent.id) > latest.c.consent_event_id,
        col(ConsentEvent.occurred_at) < latest.c.submitted_at,
    )
    is_wrong = latest.c.consent_event_id.is_(None) | ended
    row = session.execute(
        core_select(func.count(), func.count(case((is_wrong, 1)))).select_from(latest)
    ).one()
    return row[0], row[1]


def _waiting(session: Session, program: Program) -> tuple[datetime, ...]:
    since = func.coalesce(InboundMessage.marked_at, InboundMessage.received_at)
    rows = session.exec(
        select(since).where(
            InboundMessage.organization_id == program.organization_id,
            col(InboundMessage.sender_id).in_([one.id for one in ever_of(session, program)]),
            col(InboundMessage.needs_review),
        )
    )
    return tuple(rows)
