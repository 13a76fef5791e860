"""What an organization holds about one person, as that person's own page shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from messaging.consumer_link import without_key
from models import (
    Awaiting,
    Broadcast,
    ConsentEvent,
    ConsentEvidence,
    Delivery,
    Disclosure,
    InboundMessage,
    List,
    ListSubscription,
    Notice,
    Program,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the person stands in a program, and on which of its lists."""

    program: Program
    subscription: Subscription
    lists: list[List]

    @property
    def standing(self) -> str:
        """Where they stand, in words for them."""
        match self.subscription.state:
            case SubscriptionState.subscribed:
                return "Subscribed"
            case SubscriptionState.unsubscribed:
                return "Left"
            case SubscriptionState.pending if self.subscription.asked_at is None:
                return "Not confirmed by you"  # an import, which asks nobody
            case SubscriptionState.pending if self.subscription.awaiting is Awaiting.age:
                return "Waiting for your date of birth"
            case SubscriptionState.pending:
                return "Waiting for your YES"

    @property
    def is_left(self) -> bool:
        return self.subscription.state is SubscriptionState.unsubscribed


@dataclass(frozen=True, slots=True)
class Fact:
    """A consent event with its evidence (None once erased), and what the person saw."""

    event: ConsentEvent
    program: str | None
    list: str | None
    disclosure: Disclosure | None
    evidence: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast that was handed to the provider for this person, and under which consent."""

    at: datetime
    body: str
    program: str
    consent: Fact | None


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a conversation. `by_them`: the person wrote it."""

    at: datetime
    by_them: bool
    text: str | None  # None: erased
    pictures: int = 0


def places(session: Session, subscriber: Subscriber) -> list[Place]:
    """Every program that the person was ever in."""
    rows = session.exec(
        select(Program, Subscription)
        .join(Subscription, col(Subscription.program_id) == Program.id)
        .where(Subscription.subscriber_id == subscriber.id)
        .order_by(col(Program.name))
    ).all()
    return [Place(program, standing, _lists(session, standing)) for program, standing in rows]


def is_suppressed(session: Session, subscriber: Subscriber) -> bool:
    """Whether the number must not be messaged, whatever a list says."""
    query = select(Suppression.id).where(
        Suppression.organization_id == subscriber.organization_id,
        Suppression.number_hash == subscriber.number_hash,
    )
    return session.exec(query).first() is not None


def facts(session: Session, subscriber: Subscriber, most: int) -> list[Fact]:
    """The latest consents and revocations, the newest first."""
    newest = _facts().where(ConsentEvent.subscriber_id == subscriber.id).limit(most)
    return [Fact(*row) for row in session.execute(newest)]


def sent(session: Session, subscriber: Subscriber, most: int) -> list[Sent]:
    """The latest broadcasts that the person was sent, the newest first."""
    rows = session.exec(
        select(Delivery, Broadcast.body, Program.name)
        .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
        .join(Program, col(Program.id) == Broadcast.program_id)
        .where(Delivery.subscriber_id == subscriber.id, col(Delivery.submitted_at).is_not(None))
        .order_by(col(Delivery.submitted_at).desc(), col(Delivery.id).desc())
        .limit(most)
    ).all()
    events = {delivery.consent_event_id for delivery, _, _ in rows}
    found = session.execute(_facts().where(col(ConsentEvent.id).in_(events)))
    consents = {row[0].id: Fact(*row) for row in found}
    return [
        Sent(delivery.submitted_at, body, program, consents.get(delivery.consent_event_id))
        for delivery, body, program in rows
        if delivery.submitted_at is not None
    ]


def said(session: Session, subscriber: Subscriber, most: int) -> list[Said]:
    """The latest texts between the two outside broadcasts, the newest first."""
    texts: list[Said] = []
    for message in session.exec(
        select(InboundMessage)
        .where(InboundMessage.subscriber_id == subscriber.id)
        .order_by(col(InboundMessage.id).desc())
        .limit(most)
    ):
        is_gone = message.erased_at is not None
        if message.reply:
            # A link in it opens the page for its own time: a print or a glance must not hand it on.
            texts.append(Said(message.received_at, False, without_key(message.reply)))
        body = None if is_gone else message.body
        texts.append(Said(message.received_at, True, body, len(message.media)))
    for notice in session.exec(
        select(Notice)
        .where(Notice.subscriber_id == subscriber.id, col(Notice.sent_at).is_not(None))
        .order_by(col(Notice.id).desc())
        .limit(most)
    ):
        body = None if notice.erased_at is not None else notice.body
        texts.append(Said(notice.sent_at or notice.created_at, False, body))
    return sorted(texts, key=lambda text: text.at, reverse=True)[:most]


def _lists(session: Session, standing: Subscription) -> list[List]:
    return list(
        session.exec(
            select(List)
            .join(ListSubscription, col(ListSubscription.list_id) == List.id)
            .where(ListSubscription.subscription_id == standing.id)
            .order_by(col(List.name))
        )
    )


def _facts() -> Any:
    return (
        select(  # type: ignore[call-overload]
            ConsentEvent, Program.name, List.name, Disclosure, ConsentEvidence.content
        )
        .outerjoin(Program, col(Program.id) == ConsentEvent.program_id)
        .outerjoin(List, col(List.id) == ConsentEvent.list_id)
        .outerjoin(Disclosure, col(Disclosure.id) == ConsentEvent.disclosure_id)
        .outerjoin(ConsentEvidence, col(ConsentEvidence.consent_event_id) == ConsentEvent.id)
        .order_by(col(ConsentEvent.id).desc())
    )
