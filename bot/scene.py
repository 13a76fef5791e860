"""Reads from the database what a decision needs to know."""

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.conversation import Binding, Scene, Standing
from models import (
    Broadcast,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    Keyword,
    List,
    ListSubscription,
    Organization,
    Program,
    Sender,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)

# A text counts as an answer to the last broadcast that this person got in this time.
ANSWER_DAYS = 14
_GOT_IT = (
    DeliveryStatus.accepted,
    DeliveryStatus.sent,
    DeliveryStatus.delivered,
    DeliveryStatus.unknown,
)
_OWN_FIRST = {
    SubscriptionState.subscribed: 0,
    SubscriptionState.pending: 1,
    SubscriptionState.unsubscribed: 2,
    None: 3,
}


def keywords_of(session: Session, sender: Sender) -> list[str]:
    """Every keyword that the sender listens to."""
    return list(session.exec(select(Keyword.word).where(Keyword.sender_id == sender.id)))


def set_the_scene(
    session: Session,
    sender: Sender,
    subscriber: Subscriber,
    keyword: str | None,
    provider_has_answered: bool,
    now: datetime,
) -> Scene:
    """The scene of one text; `keyword` is the program's keyword in it, if any."""
    standings = _standings(session, sender, subscriber)
    left_all = any(s.state is SubscriptionState.unsubscribed for s in standings) and not any(
        s.state in (SubscriptionState.subscribed, SubscriptionState.pending) for s in standings
    )
    return Scene(
        organization=session.get_one(Organization, sender.organization_id).name,
        replies_by=sender.replies_by,
        provider_answers=provider_has_answered,
        standings=standings,
        binding=_binding(session, sender, subscriber, keyword) if keyword else None,
        is_revoked=left_all or _is_suppressed(session, subscriber),
        answer_route=_answer_route(session, sender, subscriber, now),
        recent_fallbacks=_recent_fallbacks(session, subscriber, now),
    )


def _standings(session: Session, sender: Sender, subscriber: Subscriber) -> tuple[Standing, ...]:
    rows = session.exec(
        select(Program, Subscription)
        .outerjoin(
            Subscription,
            (col(Subscription.program_id) == Program.id)
            & (col(Subscription.subscriber_id) == subscriber.id),
        )
        .where(Program.sender_id == sender.id)
        .order_by(col(Subscription.changed_at).desc(), col(Program.id))
    ).all()
    standings = [
        Standing(
            program_id=program.id,
            program=program,
            opt_in=program.opt_in,
            state=subscription.state if subscription else None,
            first_keyword=_first_keyword(session, program),
        )
        for program, subscription in rows
    ]
    return tuple(sorted(standings, key=lambda s: _OWN_FIRST[s.state]))


def _first_keyword(session: Session, program: Program) -> str | None:
    return session.exec(
        select(Keyword.word).where(Keyword.program_id == program.id).order_by(col(Keyword.id))
    ).first()


def _binding(session: Session, sender: Sender, subscriber: Subscriber, word: str) -> Binding | None:
    found = session.exec(
        select(Keyword, List)
        .join(List, col(List.id) == Keyword.list_id)
        .where(Keyword.sender_id == sender.id, Keyword.word == word)
    ).first()
    if found is None:
        return None
    keyword, gathered = found
    on_list = session.exec(
        select(ListSubscription.list_id)
        .join(Subscription, col(Subscription.id) == ListSubscription.subscription_id)
        .where(ListSubscription.list_id == gathered.id, Subscription.subscriber_id == subscriber.id)
    ).first()
    return Binding(keyword.program_id, gathered.id, gathered.name, on_list is not None)


def _is_suppressed(session: Session, subscriber: Subscriber) -> bool:
    return (
        session.exec(
            select(Suppression.id).where(
                Suppression.organization_id == subscriber.organization_id,
                Suppression.number_hash == subscriber.number_hash,
            )
        ).first()
        is not None
    )


def _answer_route(
    session: Session, sender: Sender, subscriber: Subscriber, now: datetime
) -> int | None:
    return session.exec(
        select(Broadcast.id)
        .join(Delivery, col(Delivery.broadcast_id) == Broadcast.id)
        .where(
            Delivery.subscriber_id == subscriber.id,
            Broadcast.sender_id == sender.id,
            col(Delivery.status).in_(_GOT_IT),
            col(Delivery.submitted_at) > now - timedelta(days=ANSWER_DAYS),
        )
        .order_by(col(Delivery.submitted_at).desc())
        .limit(1)
    ).first()


def _recent_fallbacks(session: Session, subscriber: Subscriber, now: datetime) -> int:
    return session.exec(
        select(func.count())
        .select_from(InboundMessage)
        .where(
            InboundMessage.subscriber_id == subscriber.id,
            col(InboundMessage.intent).in_(("other", "unclear", "yes")),
            col(InboundMessage.reply).is_not(None),
            col(InboundMessage.received_at) > now - timedelta(hours=1),
        )
    ).one()
