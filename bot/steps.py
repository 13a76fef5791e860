"""Carries a decision's steps out, in the transaction of the text that led to them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from bot.decisions import (
    Confirm,
    Forward,
    JoinList,
    LeaveList,
    MeetAge,
    Request,
    RevokeEverything,
    Step,
    Subscribe,
    TurnAway,
)
from models import (
    Answer,
    AnswerStatus,
    Broadcast,
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    InboundMessage,
    Program,
    Subscriber,
    Subscription,
    disclosing,
)
from models import consenting as consent


def take_steps(
    session: Session,
    steps: Iterable[Step],
    subscriber: Subscriber,
    message: InboundMessage,
    now: datetime,
) -> None:
    """Take each step, with the text as its evidence."""
    evidence = consent.Evidence(
        source=ConsentSource.text,
        sender_id=message.sender_id,
        inbound_message_id=message.id,
        message_sid=message.message_sid,
        keyword=message.keyword,
        text=message.body,
    )
    for step in steps:
        seen = _with_disclosure(session, step, subscriber, evidence, now)
        _take(session, step, subscriber, message, seen, now)


def _with_disclosure(
    session: Session, step: Step, subscriber: Subscriber, evidence: consent.Evidence, now: datetime
) -> consent.Evidence:
    """Whoever joins points to the call-to-action as it reads at this moment; whoever answers our
    question points to what they saw when they asked to join, and to the keyword of then."""
    if isinstance(step, Confirm | MeetAge):
        asked = _request_of(session, subscriber, step.program_id)
        if asked is not None and asked.disclosure_id is not None:
            return replace(evidence, disclosure_id=asked.disclosure_id, keyword=asked.keyword)
    elif not isinstance(step, Subscribe | Request | JoinList):
        return evidence
    program = session.get_one(Program, step.program_id)
    return replace(evidence, disclosure_id=disclosing.current(session, program, now).id)


def _request_of(session: Session, subscriber: Subscriber, program_id: int) -> ConsentEvent | None:
    """The event of the latest wish to join the program, or None."""
    return session.exec(
        select(ConsentEvent)
        .where(
            ConsentEvent.subscriber_id == subscriber.id,
            ConsentEvent.program_id == program_id,
            ConsentEvent.kind == ConsentKind.requested,
        )
        .order_by(col(ConsentEvent.id).desc())
        .limit(1)
    ).first()


def _take(
    session: Session,
    step: Step,
    subscriber: Subscriber,
    message: InboundMessage,
    evidence: consent.Evidence,
    now: datetime,
) -> None:
    match step:
        case RevokeEverything():
            consent.revoke_everything(session, subscriber, evidence, now)
        case Subscribe(program_id, list_id):
            consent.opt_in(session, subscriber, program_id, list_id, evidence, now)
        case Request(program_id, list_id, awaiting, is_asked):
            consent.request(
                session, subscriber, program_id, list_id, evidence, now, awaiting, is_asked=is_asked
            )
        case MeetAge(program_id, minimum_age, then):
            subscription = _standing(session, subscriber, program_id)
            consent.meet_age(session, subscriber, subscription, minimum_age, then, evidence, now)
        case TurnAway(program_id):
            subscription = _standing(session, subscriber, program_id)
            consent.lapse(session, subscriber, subscription, evidence, now)
        case Confirm(program_id):
            subscription = _standing(session, subscriber, program_id)
            consent.confirm(session, subscriber, subscription, evidence, now)
        case JoinList(program_id, list_id):
            subscription = _standing(session, subscriber, program_id)
            consent.join_list(session, subscriber, subscription, list_id, evidence, now)
        case LeaveList(program_id, list_id):
            subscription = _standing(session, subscriber, program_id)
            consent.leave_list(session, subscription, list_id, evidence, now)
        case Forward(broadcast_id):
            broadcast = session.get_one(Broadcast, broadcast_id)
            session.add(
                Answer(
                    organization_id=message.organization_id,
                    inbound_message_id=message.id,
                    broadcast_id=broadcast_id,
                    destination=broadcast.answers_to,
                    status=AnswerStatus.pending,
                    next_attempt_at=now,
                )
            )


def _standing(session: Session, subscriber: Subscriber, program_id: int) -> Subscription:
    """The subscription that a step presupposes."""
    subscription = consent.subscription_of(session, subscriber, program_id)
    assert subscription is not None
    return subscription
