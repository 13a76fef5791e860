"""Searching millions of subscribers by part of a number, without an index for every part.

A whole number finds its subscriber however long ago they came. Any other part is looked for among
the latest ones only, and the page says so where there are more.
"""

from typing import Any, Final

from sqlmodel import Session, col, select

from admin.masking import has_digits, is_masked
from admin.queries.numbers import whole_numbers
from models import ListSubscription, Subscriber

SEARCHED: Final = 20_000


def first_searched(session: Session, organization_id: int) -> int:
    """The key of the first subscriber that a search looks at; 0 if it looks at everybody."""
    query = (
        select(Subscriber.id)
        .where(Subscriber.organization_id == organization_id)
        .order_by(col(Subscriber.id).desc())
        .offset(SEARCHED)
        .limit(1)
    )
    return session.exec(query).first() or 0


def first_searched_on(session: Session, list_id: int) -> int:
    """The same of a list: a subscription's key."""
    query = (
        select(ListSubscription.subscription_id)
        .where(ListSubscription.list_id == list_id)
        .order_by(col(ListSubscription.subscription_id).desc())
        .offset(SEARCHED)
        .limit(1)
    )
    return session.exec(query).first() or 0


def found(session: Session, organization_id: int, digits: str) -> Any:
    """The keys of the subscribers whose number has these digits, as a SELECT of them."""
    mine = select(col(Subscriber.id)).where(Subscriber.organization_id == organization_id)
    first = first_searched(session, organization_id)
    parts = mine.where(col(Subscriber.id) >= first, has_digits(digits))
    whole = () if is_masked() else whole_numbers(digits)
    if not whole:
        return parts
    return parts.union(mine.where(col(Subscriber.phone_number).in_(whole)))
