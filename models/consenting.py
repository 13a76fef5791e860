"""The verbs of consent: each changes a state and records its event in the caller's transaction.

Nothing else changes a subscription, a list's members or a suppression.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.base import insert
from models.consent import ConsentKind, Suppression, SuppressionReason
from models.program import Program
from models.recording import Evidence, hash_of, record
from models.subscriber import (
    Awaiting,
    ListSubscription,
    Subscriber,
    Subscription,
    SubscriptionState,
)

__all__ = [
    "Evidence",
    "confirm",
    "hash_of",
    "join_list",
    "lapse",
    "leave_list",
    "locked_subscriber",
    "meet_age",
    "opt_in",
    "record",
    "request",
    "revoke_everything",
    "subscription_of",
]


def locked_subscriber(
    session: Session, organization_id: int, phone_number: str, now: datetime
) -> Subscriber:
    """The subscriber with this number, made if new, and locked until the transaction ends.

    Texts from one phone that arrive together are so decided one after the other.
    """
    hashed = hash_of(session, organization_id, phone_number)
    of_number = select(Subscriber).where(
        Subscriber.organization_id == organization_id, Subscriber.phone_number == phone_number
    )
    # Who is erased between the two statements leaves no row of this number: it is made again.
    while True:
        session.execute(
            insert(session, Subscriber)
            .values(
                organization_id=organization_id,
                phone_number=phone_number,
                number_hash=hashed,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )
        if found := session.exec(of_number.with_for_update(key_share=True)).first():
            return found


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
    awaiting: Awaiting = Awaiting.yes,
    *,
    is_asked: bool = True,
) -> Subscription:
    """Note a wish to join: it waits, for a yes or an age first, and lifts nothing.

    Not `is_asked` where an earlier question of the same day stands.
    """
    subscription = _enter(session, subscriber, program_id, list_id, SubscriptionState.pending, now)
    subscription.awaiting = awaiting
    if is_asked:
        subscription.asked_at = now
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
    subscription.awaiting = subscription.asked_at = None
    session.add(subscription)
    _lift_suppression(session, subscriber)
    record(session, subscriber, ConsentKind.opted_in, evidence, now, subscription.program_id, None)


def meet_age(
    session: Session,
    subscriber: Subscriber,
    subscription: Subscription,
    minimum_age: int,
    then: Awaiting | None,
    evidence: Evidence,
    now: datetime,
) -> None:
    """The person is old enough: subscribed, or waiting for a yes `then`. No date is kept."""
    subscriber.minimum_age_met = max(minimum_age, subscriber.minimum_age_met or 0)
    session.add(subscriber)
    if then is None:
        confirm(session, subscriber, subscription, evidence, now)
    else:
        subscription.awaiting, subscription.asked_at = then, now
        session.add(subscription)


def lapse(
    session: Session,
    subscriber: Subscriber,
    subscription: Subscription,
    evidence: Evidence,
    now: datetime,
) -> None:
    """What was waited for did not come: the request is void, and so is an age that came with it."""
    subscription.move(SubscriptionState.unsubscribed, now)
    subscription.awaiting, subscriber.minimum_age_met = None, None
    session.add_all((subscription, subscriber))
    record(session, subscriber, ConsentKind.lapsed, evidence, now, subscription.program_id, None)


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
    subscribed is suppressed all the same. Of an erased person everything is revoked already.
    """
    if subscriber.erased_at is not None:
        return
    standing = session.exec(
        select(Subscription).where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.state != SubscriptionState.unsubscribed,
        )
    ).all()
    for subscription in standing:
        subscription.move(SubscriptionState.unsubscribed, now)
        subscription.awaiting = None
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
        hours = session.get_one(Program, program_id).pending_hours
        if subscription.has_ended_unnoticed(now, hours):
            subscription.move(SubscriptionState.unsubscribed, now)
        # Joining anew is consent to what the keyword names. What was left behind by a STOP comes
        # back with START only, which names no list.
        if subscription.state == SubscriptionState.unsubscribed and list_id is not None:
            session.execute(
                delete(ListSubscription).where(
                    col(ListSubscription.subscription_id) == subscription.id
                )
            )
        if subscription.state is not state:
            subscription.move(state, now)
        subscription.awaiting = None
    if state is SubscriptionState.subscribed:
        subscription.asked_at = None
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
