"""The verbs of consent: each changes a state and records its event in the caller's transaction.

Nothing else changes a subscription, a list's members or a suppression.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.base import insert
from models.consent import (
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Suppression,
    SuppressionReason,
)
from models.hashing import number_hash
from models.leaves import commit_to, consent_leaf
from models.log import Unsealed
from models.organization import Organization
from models.subscriber import ListSubscription, Subscriber, Subscription, SubscriptionState


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a consent or revocation reached us: what the auditor will want to see."""

    source: ConsentSource
    sender_id: int | None = None
    inbound_message_id: int | None = None
    message_sid: str | None = None
    keyword: str | None = None
    disclosure_id: int | None = None
    member_id: int | None = None
    # What follows may be personal: it can be erased, and the event only commits to it.
    text: str | None = None
    page: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    file_sha256: str | None = None
    declared_source: str | None = None
    declared_on: str | None = None  # ISO date
    proof_text: str | None = None
    note: str | None = None

    def personal(self, phone_number: str) -> dict[str, str]:
        """What the event commits to: the number, and whatever else is known."""
        known = {name: getattr(self, name) for name in _PERSONAL}
        return {"phone_number": phone_number} | {
            name: value for name, value in known.items() if value is not None
        }


_PERSONAL = (
    "text",
    "page",
    "ip_address",
    "user_agent",
    "file_sha256",
    "declared_source",
    "declared_on",
    "proof_text",
    "note",
)


def locked_subscriber(
    session: Session, organization_id: int, phone_number: str, now: datetime
) -> Subscriber:
    """The subscriber with this number, made if new, and locked until the transaction ends.

    Texts from one phone that arrive together are so decided one after the other.
    """
    session.execute(
        insert(session, Subscriber)
        .values(
            organization_id=organization_id,
            phone_number=phone_number,
            number_hash=hash_of(session, organization_id, phone_number),
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    return session.exec(
        select(Subscriber)
        .where(
            Subscriber.organization_id == organization_id,
            Subscriber.phone_number == phone_number,
        )
        .with_for_update()
    ).one()


def hash_of(session: Session, organization_id: int, phone_number: str) -> str:
    """The organization's keyed hash of a number."""
    return number_hash(session.get_one(Organization, organization_id).hash_key, phone_number)


def subscription_of(
    session: Session, subscriber: Subscriber, program_id: int
) -> Subscription | None:
    """Where the subscriber stands in the program, or None if never there."""
    return session.exec(
        select(Subscription).where(
            Subscription.program_id == program_id, Subscription.subscriber_id == subscriber.id
        )
    ).first()


def opt_in(
    session: Session,
    subscriber: Subscriber,
    program_id: int,
    list_id: int | None,
    evidence: Evidence,
    now: datetime,
) -> Subscription:
    """Subscribe to the program, in `list_id` if one is named; lifts an earlier opt-out."""
    subscription = _enter(
        session, subscriber, program_id, list_id, SubscriptionState.subscribed, now
    )
    _lift_suppression(session, subscriber)
    record(session, subscriber, ConsentKind.opted_in, evidence, now, program_id, list_id)
    return subscription


def request(
    session: Session,
    subscriber: Subscriber,
    program_id: int,
    list_id: int | None,
    evidence: Evidence,
    now: datetime,
) -> Subscription:
    """Note a wish to join a double opt-in program: it waits for a yes, and lifts nothing."""
    subscription = _enter(session, subscriber, program_id, list_id, SubscriptionState.pending, now)
    record(session, subscriber, ConsentKind.requested, evidence, now, program_id, list_id)
    return subscription


def confirm(
    session: Session,
    subscriber: Subscriber,
    subscription: Subscription,
    evidence: Evidence,
    now: datetime,
) -> None:
    """The yes to a request: subscribed from now on."""
    subscription.move(SubscriptionState.subscribed, now)
    session.add(subscription)
    _lift_suppression(session, subscriber)
    record(session, subscriber, ConsentKind.opted_in, evidence, now, subscription.program_id, None)


def join_list(
    session: Session,
    subscriber: Subscriber,
    subscription: Subscription,
    list_id: int,
    evidence: Evidence,
    now: datetime,
) -> None:
    """Put a subscription that stands already into one more list."""
    _add_to_list(session, subscription, list_id, now)
    record(
        session,
        subscriber,
        ConsentKind.joined_list,
        evidence,
        now,
        subscription.program_id,
        list_id,
    )


def leave_list(
    session: Session, subscription: Subscription, list_id: int, evidence: Evidence, now: datetime
) -> None:
    """Take a subscription out of one list; its other lists stay."""
    session.execute(
        delete(ListSubscription).where(
            col(ListSubscription.list_id) == list_id,
            col(ListSubscription.subscription_id) == subscription.id,
        )
    )
    subscriber = session.get_one(Subscriber, subscription.subscriber_id)
    record(
        session, subscriber, ConsentKind.left_list, evidence, now, subscription.program_id, list_id
    )


def revoke_everything(
    session: Session,
    subscriber: Subscriber,
    evidence: Evidence,
    now: datetime,
    reason: SuppressionReason = SuppressionReason.opted_out,
) -> None:
    """End all that the organization sends to this number, across programs, senders and lists.

    47 CFR 64.1200(a)(12): silence on the scope means everything. A number that was never
    subscribed is suppressed all the same.
    """
    standing = session.exec(
        select(Subscription).where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.state != SubscriptionState.unsubscribed,
        )
    ).all()
    for subscription in standing:
        subscription.move(SubscriptionState.unsubscribed, now)
        session.add(subscription)
    session.execute(
        insert(session, Suppression)
        .values(
            organization_id=subscriber.organization_id,
            number_hash=subscriber.number_hash,
            phone_number=subscriber.phone_number,
            reason=reason,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    record(session, subscriber, ConsentKind.opted_out, evidence, now, None, None)


def record(
    session: Session,
    subscriber: Subscriber,
    kind: ConsentKind,
    evidence: Evidence,
    now: datetime,
    program_id: int | None,
    list_id: int | None,
) -> None:
    """Write one consent event, its evidence, and its leaf of the log."""
    content = evidence.personal(subscriber.phone_number)
    salt, commitment = commit_to(content)
    event = ConsentEvent(
        organization_id=subscriber.organization_id,
        subscriber_id=subscriber.id,
        program_id=program_id,
        list_id=list_id,
        sender_id=evidence.sender_id,
        kind=kind,
        source=evidence.source,
        keyword=evidence.keyword,
        message_sid=evidence.message_sid,
        inbound_message_id=evidence.inbound_message_id,
        disclosure_id=evidence.disclosure_id,
        member_id=evidence.member_id,
        commitment=commitment,
        occurred_at=now,
    )
    session.add(event)
    session.flush()
    owner = subscriber.organization_id
    session.add(
        ConsentEvidence(
            organization_id=owner, consent_event_id=event.id, salt=salt, content=content
        )
    )
    session.add(Unsealed(organization_id=owner, leaf=consent_leaf(event)))
    session.flush()


def _enter(
    session: Session,
    subscriber: Subscriber,
    program_id: int,
    list_id: int | None,
    state: SubscriptionState,
    now: datetime,
) -> Subscription:
    subscription = subscription_of(session, subscriber, program_id)
    if subscription is None:
        subscription = Subscription(
            organization_id=subscriber.organization_id,
            program_id=program_id,
            subscriber_id=subscriber.id,
            state=state,
            changed_at=now,
        )
    else:
        # Joining anew is consent to what the keyword names. What was left behind by a STOP comes
        # back with START only, which names no list.
        if subscription.state == SubscriptionState.unsubscribed and list_id is not None:
            session.execute(
                delete(ListSubscription).where(
                    col(ListSubscription.subscription_id) == subscription.id
                )
            )
        subscription.move(state, now)
    session.add(subscription)
    session.flush()
    if list_id is not None:
        _add_to_list(session, subscription, list_id, now)
    return subscription


def _add_to_list(session: Session, subscription: Subscription, list_id: int, now: datetime) -> None:
    session.execute(
        insert(session, ListSubscription)
        .values(list_id=list_id, subscription_id=subscription.id, added_at=now)
        .on_conflict_do_nothing()
    )


def _lift_suppression(session: Session, subscriber: Subscriber) -> None:
    session.execute(
        delete(Suppression).where(
            col(Suppression.organization_id) == subscriber.organization_id,
            col(Suppression.number_hash) == subscriber.number_hash,
        )
    )
