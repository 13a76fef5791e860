"""Lists with their sizes, who is on one, and what keeps one from being deleted."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from admin.queries.searching import first_searched_on, found_on, of_place
from models import (
    Broadcast,
    ConsentEvent,
    Counted,
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
from models.sizes import ABOUT, Amount, count_to, kept
from scheduler.counting import SMALL


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list with its program's name, its keywords, and how many on it are subscribed."""

    list: List
    program: str
    keywords: tuple[str, ...]
    subscribed: Amount
    total: Amount


def lists_of(
    session: Session, organization_id: int, program_id: int | None = None
) -> list[ListRow]:
    """The organization's lists by program and name."""
    statement = (
        select(List, Program.name)
        .join(Program, col(Program.id) == List.program_id)
        .where(List.organization_id == organization_id)
        .order_by(col(Program.name), col(List.name))
    )
    if program_id is not None:
        statement = statement.where(List.program_id == program_id)
    words = _keywords(session, organization_id)
    return [
        ListRow(found, program, tuple(words.get(found.id, ())), *_sizes(session, found.id))
        for found, program in session.exec(statement).all()
    ]


def row_of(session: Session, found: List) -> ListRow:
    """One list."""
    program = session.get_one(Program, found.program_id)
    words = _keywords(session, found.organization_id).get(found.id, ())
    return ListRow(found, program.name, tuple(words), *_sizes(session, found.id))


def names_of(session: Session, program_id: int) -> dict[int, str]:
    """The lists of a program by name, without their sizes."""
    rows = session.exec(
        select(List.id, List.name).where(List.program_id == program_id).order_by(col(List.name))
    )
    return dict(rows.all())


def _sizes(session: Session, list_id: int) -> tuple[Amount, Amount]:
    """How many on a list are subscribed, and how many there are."""
    on_list = select(ListSubscription.subscription_id).where(ListSubscription.list_id == list_id)
    total = count_to(session, on_list, SMALL)
    if total.is_exact or (known := kept(session, Counted.audience, list_id)) is None:
        first = on_list.limit(SMALL).subquery()
        subscribed = session.exec(
            select(func.count())
            .select_from(Subscription)
            .join(first, first.c.subscription_id == Subscription.id)
            .where(Subscription.state == SubscriptionState.subscribed)
        ).one()
        return Amount(subscribed, total.before), total
    return Amount(known.get("", 0), ABOUT), Amount(sum(known.values()), ABOUT)


def _keywords(session: Session, organization_id: int) -> dict[int, list[str]]:
    words: dict[int, list[str]] = {}
    for keyword in session.exec(
        select(Keyword).where(Keyword.organization_id == organization_id).order_by(col(Keyword.id))
    ):
        words.setdefault(keyword.list_id, []).append(keyword.word)
    return words


def on_list(found: List) -> "Select[Subscription, Subscriber, ListSubscription]":
    """Who is on a list, the latest subscription first."""
    return (
        select(Subscription, Subscriber, ListSubscription)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(ListSubscription.list_id == found.id)
        .order_by(col(ListSubscription.subscription_id).desc())
    )


def keys_on_list(
    session: Session, found: List, state: SubscriptionState | None, digits: str, before: int = 0
) -> "SelectOfScalar[int]":
    """The keys of `on_list`; of those in `state`, and with these digits in their number. Of
    millions the latest below the key `before` are looked at (admin.queries.searching)."""
    key = col(ListSubscription.subscription_id)
    keys = select(key).where(ListSubscription.list_id == found.id).order_by(key.desc())
    if digits:
        keys = keys.where(key.in_(found_on(session, found, digits, before)))
    elif state:
        keys = keys.where(key >= first_searched_on(session, found.id, before))
    if state:
        keys = keys.where(of_place(select(col(Subscription.state))) == state)
    return keys


def why_kept(session: Session, found: List) -> str | None:
    """Why a list cannot be deleted, in words, or None if it can.

    The last look goes through all consents: a page asks `why_in_use` only.
    """
    if reason := why_in_use(session, found):
        return reason
    if session.exec(select(ConsentEvent.id).where(ConsentEvent.list_id == found.id)).first():
        return "People's consents name it, and that proof must stay."
    return None


def why_in_use(session: Session, found: List) -> str | None:
    """What uses a list at present or will always, in words, or None."""
    words = session.exec(select(Keyword.word).where(Keyword.list_id == found.id)).all()
    if words:
        return f"The keyword {', '.join(words)} leads to it. Remove the keyword first."
    if session.exec(select(Broadcast.id).where(Broadcast.list_id == found.id)).first():
        return "A broadcast went or goes to it, and its record must stay."
    if session.exec(select(Recurrence.id).where(Recurrence.list_id == found.id)).first():
        return "A recurring broadcast goes or went to it, and its record must stay."
    if session.exec(
        select(ListSubscription.list_id).where(ListSubscription.list_id == found.id)
    ).first():
        return "People's consents name it, and that proof must stay."
    if session.exec(select(NumberFile.id).where(NumberFile.list_id == found.id)).first():
        return "A file was imported into it, and its record must stay."
    return None
