"""The figures of the dashboard, and how far the first blast has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from models import (
    Answer,
    Broadcast,
    BroadcastStatus,
    ConsentEvent,
    ConsentKind,
    Counted,
    DeliveryStatus,
    Keyword,
    List,
    Program,
    Sender,
    Subscription,
    SubscriptionState,
)
from models.balance import Balance, balances
from models.delivery import DeliveryCount
from models.sizes import ABOUT, COUNTED_TO, MORE_THAN, Amount, count_to, kept
from scheduler.deciding import awaits_decision

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures; `joined` and `left` count people with such consent events in the last 7 days."""

    subscribers: Amount
    joined: Amount
    left: Amount
    next_broadcast: Broadcast | None


@dataclass(frozen=True, slots=True)
class FirstBlast:
    """The way to the first blast. `word` and `address` are how people join, None if they cannot."""

    word: str | None
    address: str | None
    joined: Amount
    has_broadcast: bool
    has_arrived: bool
    has_answer: bool

    @property
    def steps_done(self) -> tuple[bool, ...]:
        return (
            self.word is not None,
            bool(self.joined),
            self.has_broadcast,
            self.has_arrived,
            self.has_answer,
        )

    @property
    def is_over(self) -> bool:
        return all(self.steps_done)


def figures(session: Session, organization_id: int, now: datetime) -> Figures:
    """The key figures of an organization at `now`."""
    upcoming = session.exec(
        select(Broadcast)
        .where(
            Broadcast.organization_id == organization_id,
            Broadcast.status == BroadcastStatus.scheduled,
        )
        .order_by(col(Broadcast.scheduled_at))
        .limit(1)
    ).first()
    joined, left = _moved(session, organization_id, now - WEEK)
    return Figures(
        subscribers=_subscribed(session, organization_id),
        joined=joined,
        left=left,
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
            select(DeliveryCount.broadcast_id)
            .join(Broadcast, col(Broadcast.id) == DeliveryCount.broadcast_id)
            .where(
                Broadcast.organization_id == organization_id,
                DeliveryCount.status == DeliveryStatus.delivered.value,
                DeliveryCount.value > 0,
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
    in_states = (col(Broadcast.status).in_(statuses),) if statuses else ()
    return _latest(session, organization_id, *in_states)


def undecided(session: Session, organization_id: int, now: datetime) -> list[tuple[Broadcast, str]]:
    """The same of those with messages that stayed unknown, which a member must decide about."""
    return _latest(session, organization_id, awaits_decision(now))


def _latest(
    session: Session, organization_id: int, *conditions: ColumnElement[bool]
) -> list[tuple[Broadcast, str]]:
    statement = (
        select(Broadcast, List.name)
        .join(List, col(List.id) == Broadcast.list_id)
        .where(Broadcast.organization_id == organization_id, *conditions)
        .order_by(col(Broadcast.scheduled_at).desc(), col(Broadcast.id).desc())
        .limit(10)
    )
    return [(broadcast, name) for broadcast, name in session.exec(statement)]


def progress(session: Session, broadcasts: list[Broadcast]) -> dict[int, Balance]:
    """The balance of each broadcast, by its id."""
    return balances(session, [broadcast.id for broadcast in broadcasts])


def _subscribed(session: Session, organization_id: int) -> Amount:
    """Whoever is subscribed to some program. Somebody in two of them counts twice where there are
    too many to be counted now."""
    programs = session.exec(
        select(Program.id).where(Program.organization_id == organization_id)
    ).all()
    counted = _counted(session, programs)
    if counted.is_exact:
        return counted
    known = [kept(session, Counted.subscribed, key) or {} for key in programs]
    total = sum(sum(parts.values()) for parts in known)
    return Amount(total, ABOUT) if total > counted.value else counted


def _counted(session: Session, programs: Sequence[int]) -> Amount:
    """How many people are subscribed to these. Their subscriptions are counted first: for those of
    different people, PostgreSQL may look among everybody's."""
    people = select(Subscription.subscriber_id).where(
        col(Subscription.program_id).in_(programs),
        Subscription.state == SubscriptionState.subscribed,
    )
    counted = count_to(session, people)
    return count_to(session, people.distinct()) if counted.is_exact else counted


def _moved(session: Session, organization_id: int, since: datetime) -> tuple[Amount, Amount]:
    """How many people joined and left since then, counted from the latest event back."""
    latest = (
        select(ConsentEvent.kind, ConsentEvent.subscriber_id, ConsentEvent.occurred_at)
        .where(ConsentEvent.organization_id == organization_id)
        .order_by(col(ConsentEvent.id).desc())
        .limit(COUNTED_TO)
        .subquery()
    )
    rows = core_select(
        latest.c.kind, func.count(func.distinct(latest.c.subscriber_id)), func.count()
    )
    found = session.execute(rows.where(latest.c.occurred_at > since).group_by(latest.c.kind)).all()
    before = MORE_THAN if sum(events for _, _, events in found) == COUNTED_TO else ""
    people = {kind: Amount(number, before) for kind, number, _ in found}
    return (
        people.get(ConsentKind.opted_in, Amount(0, before)),
        people.get(ConsentKind.opted_out, Amount(0, before)),
    )
