"""Searching millions of subscribers by part of a number, without an index for every part.

A whole number finds its subscriber however long ago they came. Any other part is looked for among
the latest ones only, or among as many below a key (`before`), and the page says so and leads on.
"""

from typing import Any, Final

from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from admin.masking import has_digits, is_masked
from admin.queries.numbers import whole_numbers
from models import List, ListSubscription, Subscriber, Subscription

SEARCHED: Final = 20_000


def first_searched(session: Session, organization_id: int, before: int = 0) -> int:
    """The key of the first subscriber that a search looks at; 0 if it looks at everybody."""
    return first_of(session, col(Subscriber.id), organization_id, before)


def first_searched_on(session: Session, list_id: int, before: int = 0) -> int:
    """The same of a list: a subscription's key."""
    key: Any = col(ListSubscription.subscription_id)
    return _first(session, key, before, key.class_.__table__.c.list_id == list_id)


def first_of(
    session: Session, key: Any, organization_id: int, before: int = 0, *conditions: Any
) -> int:
    """The same of any table of an organization, or of its rows that meet the conditions."""
    owner = key.class_.__table__.c.organization_id
    return _first(session, key, before, owner == organization_id, *conditions)


def _first(session: Session, key: Any, before: int, *conditions: Any) -> int:
    """Of tables, not of classes: what an auditor of one program is not shown (admin.scope) is
    passed by, and that must end, too."""
    column = key.class_.__table__.c[key.key]
    keys = core_select(column).where(*conditions)
    if before:
        keys = keys.where(column < before)
    found: int | None = session.execute(
        keys.order_by(column.desc()).offset(SEARCHED).limit(1)
    ).scalar()
    return found or 0


def found(session: Session, organization_id: int, digits: str, before: int = 0) -> Any:
    """The keys of the subscribers whose number has these digits, as a SELECT of them."""
    mine = select(col(Subscriber.id)).where(Subscriber.organization_id == organization_id)
    first = first_searched(session, organization_id, before)
    parts = mine.where(span(col(Subscriber.id), first, before), has_digits(digits))
    return _with_whole(parts, mine, digits)


def found_on(session: Session, searched: List, digits: str, before: int = 0) -> Any:
    """The same of a list: subscriptions' keys."""
    key = col(ListSubscription.subscription_id)
    first = first_searched_on(session, searched.id, before)
    mine = select(key).where(ListSubscription.list_id == searched.id, span(key, first, before))
    theirs = (
        select(key)
        .join(Subscription, col(Subscription.id) == key)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .where(
            ListSubscription.list_id == searched.id,
            Subscriber.organization_id == searched.organization_id,
        )
    )
    person = select(has_digits(digits)).join_from(
        Subscription, Subscriber, col(Subscriber.id) == Subscription.subscriber_id
    )
    return _with_whole(mine.where(of_place(person)), theirs, digits)


def of_place(value: Any) -> Any:
    """What a SELECT from Subscription says of a place on a list, as a value. In the place of a
    join, in which PostgreSQL may begin with everybody."""
    mine = value.where(col(Subscription.id) == ListSubscription.subscription_id)
    return mine.correlate(ListSubscription).scalar_subquery()


def span(key: Any, first: int, before: int) -> Any:
    """The keys that a search looks at, as a condition."""
    return (key >= first) & (key < before) if before else key >= first


def _with_whole(parts: Any, mine: Any, digits: str) -> Any:
    """These, and of all of `mine` the one with just this number."""
    whole = () if is_masked() else whole_numbers(digits)
    if not whole:
        return parts
    return parts.union(mine.where(col(Subscriber.phone_number).in_(whole)))
