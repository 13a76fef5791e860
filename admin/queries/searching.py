"""Searching millions of subscribers by part of a number, without an index for every part.

A whole number finds its subscriber however long ago they came. Any other part is looked for among
the latest ones only, or among as many below a key (`before`), and the page says so and leads on.
"""

from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Session, col, select

from admin.masking import has_digits, is_masked
from admin.queries.numbers import whole_numbers
from models import ListSubscription, Subscriber, Subscription

if TYPE_CHECKING:
    from sqlmodel.sql.expression import SelectOfScalar

SEARCHED: Final = 20_000


def first_searched(session: Session, organization_id: int, before: int = 0) -> int:
    """The key of the first subscriber that a search looks at; 0 if it looks at everybody."""
    mine = select(Subscriber.id).where(Subscriber.organization_id == organization_id)
    return first_of(session, mine, col(Subscriber.id), before)


def first_searched_on(session: Session, list_id: int, before: int = 0) -> int:
    """The same of a list: a subscription's key."""
    key = col(ListSubscription.subscription_id)
    mine = select(ListSubscription.subscription_id).where(ListSubscription.list_id == list_id)
    return first_of(session, mine, key, before)


def first_of(session: Session, keys: "SelectOfScalar[int]", key: Any, before: int) -> int:
    """The key of the first row of `keys` that a search looks at; 0 if it looks at all."""
    if before:
        keys = keys.where(key < before)
    return session.exec(keys.order_by(key.desc()).offset(SEARCHED).limit(1)).first() or 0


def found(session: Session, organization_id: int, digits: str, before: int = 0) -> Any:
    """The keys of the subscribers whose number has these digits, as a SELECT of them."""
    mine = select(col(Subscriber.id)).where(Subscriber.organization_id == organization_id)
    first = first_searched(session, organization_id, before)
    return _among(mine, mine.where(span(col(Subscriber.id), first, before)), digits)


def found_on(session: Session, list_id: int, digits: str, before: int = 0) -> Any:
    """The same of a list: subscriptions' keys."""
    key = col(ListSubscription.subscription_id)
    mine = (
        select(key)
        .join(Subscription, col(Subscription.id) == key)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .where(ListSubscription.list_id == list_id)
    )
    first = first_searched_on(session, list_id, before)
    return _among(mine, mine.where(span(key, first, before)), digits)


def span(key: Any, first: int, before: int) -> Any:
    """The keys that a search looks at, as a condition."""
    return (key >= first) & (key < before) if before else key >= first


def _among(mine: Any, span: Any, digits: str) -> Any:
    """Those of the span with these digits, and of all the one with just this number."""
    parts = span.where(has_digits(digits))
    whole = () if is_masked() else whole_numbers(digits)
    if not whole:
        return parts
    return parts.union(mine.where(col(Subscriber.phone_number).in_(whole)))
