"""People's numbers, and where they stand in each program."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import BigId, IllegalMove, choice, primary_key, references


class Subscriber(SQLModel, table=True):
    """A phone number (E.164) known to an organization."""

    __table_args__ = (UniqueConstraint("organization_id", "phone_number"),)

    id: int = primary_key()
    organization_id: int = references("organization.id")
    phone_number: str = Field(max_length=20, index=True)
    created_at: datetime


class SubscriptionState(StrEnum):
    """Where a subscriber stands in a program; drawn in docs/STATES.md."""

    pending = "pending"
    subscribed = "subscribed"
    unsubscribed = "unsubscribed"


# A new subscription starts pending or subscribed; nobody becomes pending who is subscribed.
SUBSCRIPTION_MOVES: dict[SubscriptionState, frozenset[SubscriptionState]] = {
    SubscriptionState.pending: frozenset(
        {SubscriptionState.subscribed, SubscriptionState.unsubscribed}
    ),
    SubscriptionState.subscribed: frozenset({SubscriptionState.unsubscribed}),
    SubscriptionState.unsubscribed: frozenset(
        {SubscriptionState.pending, SubscriptionState.subscribed}
    ),
}


class Subscription(SQLModel, table=True):
    """A subscriber's state in a program. Only models.consent changes it, with an event."""

    __table_args__ = (
        UniqueConstraint("program_id", "subscriber_id"),
        Index("ix_subscription_program_id_state", "program_id", "state"),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id")
    program_id: int = references("program.id")
    subscriber_id: int = references("subscriber.id", index=True)
    state: SubscriptionState = choice(SubscriptionState)
    changed_at: datetime

    def move(self, state: SubscriptionState, now: datetime) -> None:
        """Go to `state` at `now`; IllegalMove if the transition table does not allow it."""
        if state not in SUBSCRIPTION_MOVES[self.state]:
            raise IllegalMove(f"subscription {self.id}: {self.state} to {state}")
        self.state, self.changed_at = state, now


class ListSubscription(SQLModel, table=True):
    """A subscription's place in a list.

    It outlives a STOP, so that the next broadcast can say who was skipped and why, and so that
    START gives back what STOP took; the state of the subscription decides what may be sent.
    """

    __tablename__ = "list_subscription"

    list_id: int = Field(foreign_key="list.id", primary_key=True, sa_type=BigId)
    subscription_id: int = Field(
        foreign_key="subscription.id", primary_key=True, sa_type=BigId, index=True
    )
    added_at: datetime
