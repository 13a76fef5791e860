"""Where the people of a list may be, as far as the time on their clocks goes."""

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from messaging.regions import TERRITORIES
from models import List, ListSubscription, Program, Subscriber, Subscription


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
    on_list = session.execute(
        select(*(_is_on(chosen, codes).label(key) for key, codes in TERRITORIES.items()))
    ).one()
    return " ".join([served, *(key for key, found in on_list._mapping.items() if found)])


def _is_on(chosen: List, codes: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a number of one of these area codes is on the list."""
    number = col(Subscriber.phone_number)
    # Ranges, because an index on text serves no LIKE in most collations.
    begins = (number.between(f"+1{code}", f"+1{code}9999999") for code in codes)
    return (
        select(col(Subscriber.id))
        .join(Subscription, col(Subscription.subscriber_id) == Subscriber.id)
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(
            col(Subscriber.organization_id) == chosen.organization_id,
            col(ListSubscription.list_id) == chosen.id,
            or_(*begins),
        )
        .exists()
    )
