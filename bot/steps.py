"""Carries a decision's steps out, in the transaction of the text that led to them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
from bot.history import History
from models import (
    Answer,
    AnswerStatus,
    Broadcast,
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    Program,
    Subscriber,
    Subscription,
    disclosing,
)
from models import consenting as consent
from models.arriving import Arrival, Entry, enter
from models.leaves import fingerprint
from models.lines import Line


@dataclass(frozen=True, slots=True)
class Taken:
    """A text that was written down, and the steps that it leads to."""

    steps: tuple[Step, ...]
    line: Line
    person: Arrival
    history: History
    inbound_message_id: int
    message_sid: str
    keyword: str | None
    body: str

    @property
    def evidence(self) -> consent.Evidence:
        """The text as the evidence of what it led to."""
        return consent.Evidence(
            source=ConsentSource.text,
            sender_id=self.line.sender_id,
            inbound_message_id=self.inbound_message_id,
            message_sid=self.message_sid,
            keyword=self.keyword,
            text=self.body,
        )

    @property
    def entrance(self) -> Subscribe | Request | None:
        """The one step of somebody who enters a program in which they have never been anything."""
        match self.steps:
            case (Subscribe() | Request() as step,) if (
                step.program_id not in self.history.subscriptions
            ):
                return step
        return None


def take_steps(session: Session, taken: Iterable[Taken], now: datetime) -> None:
    """Take the steps of texts from different people, with each text as its evidence.

    What comes by the thousand is somebody's first wish to join; those are taken together.
    """
    seen = _Disclosures(session, now)
    entries, others = [], []
    for one in taken:
        if (entrance := one.entrance) is not None:
            entries.append(_entry(one, entrance, seen))
        elif one.steps:
            others.append(one)
    enter(session, entries, now)
    for one in others:
        subscriber = session.get_one(Subscriber, one.person.id)
        for step in one.steps:
            evidence = _with_disclosure(session, step, one, seen)
            _take(session, step, subscriber, one, evidence, now)
    session.flush()


class _Disclosures:
    """What the programs' records say at this moment; a version that is missing is written once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._written: dict[int, tuple[int, str]] = {}

    def shown(self, evidence: consent.Evidence, line: Line, program_id: int) -> consent.Evidence:
        """The evidence of somebody who joins: they saw the call-to-action as it reads now."""
        version = line.program(program_id).disclosure
        if version is not None:
            key, sha256 = version.id, version.sha256
        else:
            if program_id not in self._written:
                program = self._session.get_one(Program, program_id)
                current = disclosing.current(self._session, program, self._now)
                self._written[program_id] = current.id, fingerprint(current)
            key, sha256 = self._written[program_id]
        return replace(evidence, disclosure_id=key, disclosure_sha256=sha256)


def _entry(one: Taken, step: Subscribe | Request, seen: _Disclosures) -> Entry:
    return Entry(
        one.person,
        step.program_id,
        step.list_id,
        awaiting=step.awaiting if isinstance(step, Request) else None,
        is_asked=isinstance(step, Request) and step.is_asked,
        is_suppressed=one.history.is_suppressed,
        evidence=seen.shown(one.evidence, one.line, step.program_id),
    )


def _with_disclosure(
    session: Session, step: Step, one: Taken, seen: _Disclosures
) -> consent.Evidence:
    """Whoever joins points to the call-to-action as it reads at this moment; whoever answers our
    question points to what they saw when they asked to join, and to the keyword of then."""
    evidence = one.evidence
    if isinstance(step, Confirm | MeetAge):
        asked = _request_of(session, one.person.id, step.program_id)
        if asked is not None and asked.disclosure_id is not None:
            return replace(evidence, disclosure_id=asked.disclosure_id, keyword=asked.keyword)
    elif not isinstance(step, Subscribe | Request | JoinList):
        return evidence
    return seen.shown(evidence, one.line, step.program_id)


def _request_of(session: Session, subscriber_id: int, program_id: int) -> ConsentEvent | None:
    """The event of the latest wish to join the program, or None."""
    return session.exec(
        select(ConsentEvent)
        .where(
            ConsentEvent.subscriber_id == subscriber_id,
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
    taken: Taken,
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
                    organization_id=broadcast.organization_id,
                    inbound_message_id=taken.inbound_message_id,
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
