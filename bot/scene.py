"""Reads from the database what a decision needs to know."""

from datetime import datetime, timedelta

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from bot.birthdays import stated_age, today_everywhere
from bot.decisions import Binding, Scene, Standing
from models import (
    Awaiting,
    Broadcast,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    Keyword,
    List,
    ListSubscription,
    Organization,
    Program,
    RepliesBy,
    Sender,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)

# A text counts as an answer to the last broadcast that this person got in this time.
ANSWER_DAYS = 14
_A_DAY = timedelta(days=1)
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
    body: str,
    own_page: str | None,
    now: datetime,
) -> Scene:
    """The scene of one text; `keyword` is the program's keyword in it, if any."""
    standings = _standings(session, sender, subscriber, now)
    is_suppressed = _is_suppressed(session, subscriber)
    is_asked_age = any(s.awaiting is Awaiting.age for s in standings)
    left_all = any(s.state is SubscriptionState.unsubscribed for s in standings) and not any(
        s.state in (SubscriptionState.subscribed, SubscriptionState.pending) for s in standings
    )
    return Scene(
        organization=session.get_one(Organization, sender.organization_id).name,
        replies_by=sender.replies_by,
        provider_answers=provider_has_answered,
        standings=standings,
        binding=_binding(session, sender, subscriber, keyword) if keyword else None,
        is_revoked=left_all or is_suppressed,
        answer_route=_answer_route(session, sender, subscriber, now),
        recent_fallbacks=_recent_fallbacks(session, subscriber, now),
        stopped_lately=is_suppressed and _stopped_lately(session, subscriber, now),
        stated_age=stated_age(body, today_everywhere(now)) if is_asked_age else None,
        own_page=own_page,
    )


def _standings(
    session: Session, sender: Sender, subscriber: Subscriber, now: datetime
) -> tuple[Standing, ...]:
    was_in = (
        select(col(ConsentEvent.id))
        .where(
            ConsentEvent.subscriber_id == subscriber.id,
            ConsentEvent.program_id == Program.id,
            ConsentEvent.kind == ConsentKind.opted_in,
        )
        .correlate(Program)
        .exists()
    )
    asked_at = case((col(Subscription.state) == SubscriptionState.pending, Subscription.asked_at))
    rows = session.exec(
        select(Program, Subscription, was_in)
        .outerjoin(
            Subscription,
            (col(Subscription.program_id) == Program.id)
            & (col(Subscription.subscriber_id) == subscriber.id),
        )
        .where(Program.sender_id == sender.id)
        .order_by(func.coalesce(asked_at, Subscription.changed_at).desc(), col(Program.id))
    ).all()
    # The number may be somebody else's now: what the person before agreed to, or was old enough
    # for, says nothing about the one who texts.
    is_handed_on = _is_handed_on(session, subscriber)
    age_met = 0 if is_handed_on else subscriber.minimum_age_met or 0
    standings = []
    for program, found, has_been_in in rows:
        subscription = None if is_handed_on else found
        state = subscription.state_at(now, program.pending_hours) if subscription else None
        asked = subscription.asked_at if subscription else None
        standings.append(
            Standing(
                program_id=program.id,
                program=program,
                opt_in=program.opt_in,
                state=state,
                awaiting=subscription.awaiting
                if subscription and state is SubscriptionState.pending
                else None,
                must_ask_age=(program.minimum_age or 0) > age_met,
                was_in=has_been_in,
                was_asked=asked is not None,
                asked_lately=asked is not None and asked > now - _A_DAY,
                first_keyword=_first_keyword(session, program),
            )
        )
    return tuple(sorted(standings, key=lambda s: _OWN_FIRST[s.state]))


def _is_handed_on(session: Session, subscriber: Subscriber) -> bool:
    """Whether nobody has asked to join since the carrier deactivated the number."""
    return (
        session.exec(
            select(ConsentEvent.kind)
            .where(
                ConsentEvent.subscriber_id == subscriber.id,
                col(ConsentEvent.kind).in_(
                    (
                        ConsentKind.requested,
                        ConsentKind.opted_in,
                        ConsentKind.deactivated,
                    )
                ),
            )
            .order_by(col(ConsentEvent.id).desc())
        ).first()
        is ConsentKind.deactivated
    )


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


def _stopped_lately(session: Session, subscriber: Subscriber, now: datetime) -> bool:
    """Whether a STOP was confirmed within the last day, by us or by the provider, and the person
    stands nowhere since: who began anew and stops that is told so again."""
    stands = select(Subscription.id).where(
        Subscription.subscriber_id == subscriber.id,
        Subscription.state != SubscriptionState.unsubscribed,
    )
    was_before = col(InboundMessage.received_at) < now
    confirmed = (
        select(InboundMessage.id)
        .join(Sender, col(Sender.id) == InboundMessage.sender_id)
        .where(
            InboundMessage.subscriber_id == subscriber.id,
            InboundMessage.intent == "stop",
            col(InboundMessage.received_at) > now - _A_DAY,
            col(InboundMessage.reply).is_not(None)
            | ((col(Sender.replies_by) != RepliesBy.application) & was_before),
        )
    )
    return session.exec(stands).first() is None and session.exec(confirmed).first() is not None


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
