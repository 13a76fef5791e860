"""Where the people of a list may be, as far as the time on their clocks goes."""

from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from messaging.regions import TERRITORIES
from models import List, ListSubscription, Program, Subscriber, Subscription

_MANY: Final = 1_000


def countries_of(session: Session, chosen: List) -> str:
    """The countries (ISO 3166, "US CA GU") whose clocks a message to a list at everybody's own
    local time goes by: those that its program serves, and if that is the United States, each of
    their territories with a number on the list.

    The others do not count: it is evening in Guam before the day begins in New York, so that
    nobody could order in the morning what comes in the evening.
    """
    served = session.get_one(Program, chosen.program_id).regions
    if "US" not in served.split():
        return served
    there = (
        territory
        for territory, codes in TERRITORIES.items()
        if any(_is_on(session, chosen, code) for code in codes)
    )
    return " ".join([served, *there])


def _is_on(session: Session, chosen: List, code: str) -> bool:
    """Whether a number of this area code is on the list. Where the organization has many of them
    they are taken to be: a page asks this, and must not go through them all."""
    number = col(Subscriber.phone_number)
    people = select(col(Subscriber.id)).where(
        col(Subscriber.organization_id) == chosen.organization_id,
        # A range, because an index on text serves no LIKE in most collations; one alone, because
        # SQLite would go through the organization's numbers for two.
        number.between(f"+1{code}", f"+1{code}9999999"),
    )
    found = list(session.execute(people.limit(_MANY)).scalars())
    if len(found) in (0, _MANY):
        return bool(found)
    on_list = (
        select(col(Subscription.id))
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(
            col(Subscription.subscriber_id).in_(found),
            col(ListSubscription.list_id) == chosen.id,
        )
    )
    return session.execute(on_list.limit(1)).first() is not None
