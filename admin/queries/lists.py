"""Lists with their sizes, who is on one, and what keeps one from being deleted."""

from dataclasses import dataclass

from sqlalchemy import case, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from models import (
    Broadcast,
    ConsentEvent,
    Keyword,
    List,
    ListSubscription,
    NumberFile,
    Program,
    Recurrence,
    Subscriber,
    Subscription,
    SubscriptionState,
)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list with its program's name, its keywords, and how many on it are subscribed."""

    list: List
    program: str
    keywords: tuple[str, ...]
    subscribed: int
    total: int


def lists_of(
    session: Session, organization_id: int, program_id: int | None = None
) -> list[ListRow]:
    """The organization's lists by program and name."""
    subscribed = case((col(Subscription.state) == SubscriptionState.subscribed, 1))
    statement = (
        select(List, Program.name, func.count(subscribed), func.count(col(Subscription.id)))
        .join(Program, col(Program.id) == List.program_id)
        .outerjoin(ListSubscription, col(ListSubscription.list_id) == List.id)
        .outerjoin(Subscription, col(Subscription.id) == ListSubscription.subscription_id)
        .where(List.organization_id == organization_id)
        .group_by(col(List.id), col(Program.name))
        .order_by(col(Program.name), col(List.name))
    )
    if program_id is not None:
        statement = statement.where(List.program_id == program_id)
    words = _keywords(session, organization_id)
    return [
        ListRow(found, program, tuple(words.get(found.id, ())), count, total)
        for found, program, count, total in session.exec(statement)
    ]


def _keywords(session: Session, organization_id: int) -> dict[int, list[str]]:
    words: dict[int, list[str]] = {}
    for keyword in session.exec(
        select(Keyword).where(Keyword.organization_id == organization_id).order_by(col(Keyword.id))
    ):
        words.setdefault(keyword.list_id, []).append(keyword.word)
    return words


def on_list(
    list_id: int, state: SubscriptionState | None
) -> "Select[Subscription, Subscriber, ListSubscription]":
    """Who is on a list, the latest first."""
    statement = (
        select(Subscription, Subscriber, ListSubscription)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(ListSubscription.list_id == list_id)
        .order_by(col(ListSubscription.added_at).desc(), col(Subscription.id).desc())
    )
    return statement.where(Subscription.state == state) if state else statement


def why_kept(session: Session, found: List) -> str | None:
    """Why a list cannot be deleted, in words, or None if it can."""
    words = session.exec(select(Keyword.word).where(Keyword.list_id == found.id)).all()
    if words:
        return f"The keyword {', '.join(words)} leads to it. Remove the keyword first."
    if session.exec(select(Broadcast.id).where(Broadcast.list_id == found.id)).first():
        return "A broadcast went or goes to it, and its record must stay."
    if session.exec(select(Recurrence.id).where(Recurrence.list_id == found.id)).first():
        return "A recurring broadcast goes or went to it, and its record must stay."
    if session.exec(select(ConsentEvent.id).where(ConsentEvent.list_id == found.id)).first():
        return "People's consents name it, and that proof must stay."
    if session.exec(select(NumberFile.id).where(NumberFile.list_id == found.id)).first():
        return "A file was imported into it, and its record must stay."
    return None
