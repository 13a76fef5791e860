"""The figures of the dashboard, and how far the first blast has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import (
    Answer,
    Broadcast,
    BroadcastStatus,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    Keyword,
    List,
    Program,
    Sender,
    Subscription,
    SubscriptionState,
)
from models.balance import Balance, balances

WEEK = timedelta(days=7)
_ARRIVED = (DeliveryStatus.delivered,)


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures; `joined` and `left` count consent events of the last 7 days."""

    subscribers: int
    joined: int
    left: int
    next_broadcast: Broadcast | None


@dataclass(frozen=True, slots=True)
class FirstBlast:
    """The way to the first blast. `word` and `address` are how people join, None if they cannot."""

    word: str | None
    address: str | None
    joined: int
    has_broadcast: bool
    has_arrived: bool
    has_answer: bool

    @property
    def steps_done(self) -> tuple[bool, ...]:
        return (
            self.word is not None,
            self.joined > 0,
            self.has_broadcast,
            self.has_arrived,
            self.has_answer,
        )

    @property
    def is_over(self) -> bool:
        return all(self.steps_done)


def figures(session: Session, organization_id: int, now: datetime) -> Figures:
    """The key figures of an organization at `now`."""
    kinds = dict(
        session.exec(
            select(ConsentEvent.kind, func.count(func.distinct(ConsentEvent.subscriber_id)))
            .where(
                ConsentEvent.organization_id == organization_id,
                ConsentEvent.occurred_at > now - WEEK,
            )
            .group_by(col(ConsentEvent.kind))
        ).all()
    )
    upcoming = session.exec(
        select(Broadcast)
        .where(
            Broadcast.organization_id == organization_id,
            Broadcast.status == BroadcastStatus.scheduled,
        )
        .order_by(col(Broadcast.scheduled_at))
        .limit(1)
    ).first()
    return Figures(
        subscribers=_subscribed(session, organization_id),
        joined=kinds.get(ConsentKind.opted_in, 0),
        left=kinds.get(ConsentKind.opted_out, 0),
        next_broadcast=upcoming,
    )


def first_blast(session: Session, organization_id: int) -> FirstBlast:
    """Which steps of the first blast real data show as done."""
    entrance = session.exec(
        select(Keyword.word, Sender.address)
        .join(Sender, col(Sender.id) == Keyword.sender_id)
        .where(Keyword.organization_id == organization_id)
        .order_by(col(Keyword.id))
        .limit(1)
    ).first()
    word, address = entrance or (None, None)
    return FirstBlast(
        word=word,
        address=address,
        joined=_subscribed(session, organization_id),
        has_broadcast=session.exec(
            select(Broadcast.id).where(Broadcast.organization_id == organization_id).limit(1)
        ).first()
        is not None,
        has_arrived=session.exec(
            select(Delivery.id)
            .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
            .where(
                Broadcast.organization_id == organization_id,
                col(Delivery.status).in_(_ARRIVED),
            )
            .limit(1)
        ).first()
        is not None,
        has_answer=session.exec(
            select(Answer.id).where(Answer.organization_id == organization_id).limit(1)
        ).first()
        is not None,
    )


def broadcasts_in(
    session: Session, organization_id: int, *statuses: BroadcastStatus
) -> list[tuple[Broadcast, str]]:
    """The broadcasts in these states with their lists' names, the latest due first; ten at most."""
    statement = (
        select(Broadcast, List.name)
        .join(List, col(List.id) == Broadcast.list_id)
        .where(Broadcast.organization_id == organization_id)
        .order_by(col(Broadcast.scheduled_at).desc(), col(Broadcast.id).desc())
        .limit(10)
    )
    if statuses:
        statement = statement.where(col(Broadcast.status).in_(statuses))
    return [(broadcast, name) for broadcast, name in session.exec(statement)]


def progress(session: Session, broadcasts: list[Broadcast]) -> dict[int, Balance]:
    """The balance of each broadcast, by its id."""
    return balances(session, [broadcast.id for broadcast in broadcasts])


def _subscribed(session: Session, organization_id: int) -> int:
    return session.exec(
        select(func.count(func.distinct(Subscription.subscriber_id)))
        .join(Program, col(Program.id) == Subscription.program_id)
        .where(
            Program.organization_id == organization_id,
            Subscription.state == SubscriptionState.subscribed,
        )
    ).one()
