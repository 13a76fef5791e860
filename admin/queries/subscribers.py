"""Subscribers: who they are, where they stand, and all that ever happened with one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, literal, union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from admin.queries.searching import first_searched, found
from models import (
    Broadcast,
    ConsentEvent,
    ConsentEvidence,
    Delivery,
    InboundMessage,
    List,
    ListSubscription,
    Member,
    Program,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)

_CONSENT, _INBOUND, _DELIVERY = 2, 1, 0  # of one instant: the text came first, then what it did


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subscriber stands in one program, with the lists there."""

    subscription: Subscription
    program: str
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a history: exactly one of the three, and what belongs to it."""

    at: datetime
    consent: ConsentEvent | None = None
    inbound: InboundMessage | None = None
    delivery: Delivery | None = None
    broadcast: Broadcast | None = None
    program: str | None = None
    list: str | None = None
    member: str | None = None
    evidence: dict[str, Any] | None = None


def subscribers(
    session: Session,
    organization_id: int,
    state: SubscriptionState | None,
    digits: str = "",
    before: int = 0,
) -> "SelectOfScalar[Subscriber]":
    """The organization's subscribers, the latest first; those in `state` in some program, and with
    these digits in their number. Of millions the latest below the key `before` are looked at
    (admin.queries.searching).
    """
    statement = (
        select(Subscriber)
        .where(Subscriber.organization_id == organization_id)
        .order_by(col(Subscriber.id).desc())
    )
    if digits:
        people = found(session, organization_id, digits, before)
        statement = statement.where(col(Subscriber.id).in_(people))
    if state is None:
        return statement
    if not digits:
        first = first_searched(session, organization_id, before)
        statement = statement.where(col(Subscriber.id) >= first)
    return statement.where(
        exists().where(
            col(Subscription.subscriber_id) == Subscriber.id,
            col(Subscription.state) == state,
        )
    )


def standings(session: Session, subscriber_ids: list[int]) -> dict[int, list[Standing]]:
    """Where each of the subscribers stands, by program."""
    places: dict[int, list[str]] = {}
    for subscription_id, name in session.exec(
        select(ListSubscription.subscription_id, List.name)
        .join(List, col(List.id) == ListSubscription.list_id)
        .join(Subscription, col(Subscription.id) == ListSubscription.subscription_id)
        .where(col(Subscription.subscriber_id).in_(subscriber_ids))
        .order_by(col(List.name))
    ):
        places.setdefault(subscription_id, []).append(name)
    standing: dict[int, list[Standing]] = {}
    for subscription, program in session.exec(
        select(Subscription, Program.name)
        .join(Program, col(Program.id) == Subscription.program_id)
        .where(col(Subscription.subscriber_id).in_(subscriber_ids))
        .order_by(col(Program.name))
    ):
        one = Standing(subscription, program, tuple(places.get(subscription.id, ())))
        standing.setdefault(subscription.subscriber_id, []).append(one)
    return standing


def suppression_of(session: Session, subscriber: Subscriber) -> Suppression | None:
    """Whether, since when and why the number must not be messaged."""
    return session.exec(
        select(Suppression).where(
            Suppression.organization_id == subscriber.organization_id,
            Suppression.number_hash == subscriber.number_hash,
        )
    ).first()


def history(subscriber: Subscriber) -> "Select[int, int, datetime]":
    """All that happened with a subscriber as (sort, id, at), newest first, to be paged.

    A delivery counts from its submission; one that never left, from when it was settled or due.
    """
    left = func.coalesce(
        Delivery.submitted_at, Delivery.settled_at, Broadcast.started_at, Broadcast.scheduled_at
    )
    mine = subscriber.id
    parts = union_all(
        select(
            literal(_CONSENT).label("sort"),
            col(ConsentEvent.id),
            col(ConsentEvent.occurred_at).label("at"),
        ).where(ConsentEvent.subscriber_id == mine),
        select(literal(_INBOUND), col(InboundMessage.id), col(InboundMessage.received_at)).where(
            InboundMessage.subscriber_id == mine
        ),
        select(literal(_DELIVERY), col(Delivery.id), left)
        .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
        .where(Delivery.subscriber_id == mine),
    ).subquery()
    columns: Any = parts.c
    return select(columns.sort, columns.id, columns.at).order_by(
        columns.at.desc(), columns.sort.desc(), columns.id.desc()
    )


def moments(session: Session, keys: list[tuple[int, int, datetime]]) -> list[Moment]:
    """The entries of one page of `history`, in its order."""
    entries: dict[tuple[int, int], dict[str, Any]] = {}
    for sort, load in ((_CONSENT, _consents), (_INBOUND, _inbounds), (_DELIVERY, _deliveries)):
        ids = [key for kind, key, _ in keys if kind == sort]
        entries |= {(sort, key): parts for key, parts in load(session, ids).items()}
    return [Moment(at=at, **entries[sort, key]) for sort, key, at in keys]


def _consents(session: Session, ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = session.execute(
        select(  # type: ignore[call-overload]
            ConsentEvent, Program.name, List.name, Member.name, ConsentEvidence.content
        )
        .outerjoin(Program, col(Program.id) == ConsentEvent.program_id)
        .outerjoin(List, col(List.id) == ConsentEvent.list_id)
        .outerjoin(Member, col(Member.id) == ConsentEvent.member_id)
        .outerjoin(ConsentEvidence, col(ConsentEvidence.consent_event_id) == ConsentEvent.id)
        .where(col(ConsentEvent.id).in_(ids))
    )
    return {
        event.id: {"consent": event, "program": p, "list": g, "member": m, "evidence": content}
        for event, p, g, m, content in rows
    }


def _inbounds(session: Session, ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = session.exec(select(InboundMessage).where(col(InboundMessage.id).in_(ids)))
    return {message.id: {"inbound": message} for message in rows}


def _deliveries(session: Session, ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = session.exec(
        select(Delivery, Broadcast)
        .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
        .where(col(Delivery.id).in_(ids))
    )
    return {delivery.id: {"delivery": delivery, "broadcast": sent} for delivery, sent in rows}
