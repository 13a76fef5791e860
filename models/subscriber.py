"""People's numbers, and where they stand in each program."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import BigId, IllegalMove, choice, primary_key, references


class Subscriber(SQLModel, table=True):
    """A phone number (E.164) known to an organization.

    `number_hash` is models.hashing.number_hash of it. An erased person's `phone_number` is
    "erased:" and the row's id. `minimum_age_met` is the highest age in years that the person has
    said to have reached; the date of birth is never kept.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "phone_number"),
        Index("ix_subscriber_organization_id_id", "organization_id", "id"),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id")
    phone_number: str = Field(max_length=40)
    number_hash: str = Field(max_length=64)
    minimum_age_met: int | None = None
    erased_at: datetime | None = None
    created_at: datetime


class SubscriptionState(StrEnum):
    """Where a subscriber stands in a program; drawn in docs/STATES.md."""

    pending = "pending"
    subscribed = "subscribed"
    unsubscribed = "unsubscribed"


class Awaiting(StrEnum):
    """What a pending subscription waits for: a date of birth first where there is an age gate."""

    age = "age"
    yes = "yes"


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
    """A subscriber's state in a program. Only models.consenting changes it, with an event.

    While it is pending, `awaiting` says what for; `asked_at` is when that was last asked.
    `sender_id` is the sender of the program's pool that this subscriber knows, once there was one.
    """

    __table_args__ = (
        UniqueConstraint("program_id", "subscriber_id"),
        # With the key, so that the latest of a state are found without going by the others.
        Index("ix_subscription_program_id_state", "program_id", "state", "id"),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id")
    program_id: int = references("program.id")
    subscriber_id: int = references("subscriber.id", index=True)
    state: SubscriptionState = choice(SubscriptionState)
    awaiting: Awaiting | None = choice(Awaiting, default=None, nullable=True)
    asked_at: datetime | None = None
    sender_id: int | None = references("sender.id", optional=True)
    changed_at: datetime

    def state_at(self, now: datetime, pending_hours: int) -> SubscriptionState:
        """The state; a request that got no answer within the program's hours counts as left, also
        before the clock has come to it. Who was never asked (an import) waits for as long."""
        over = now - timedelta(hours=pending_hours)
        is_over = (
            self.state is SubscriptionState.pending
            and self.asked_at is not None
            and max(self.asked_at, self.changed_at) <= over
        )
        return SubscriptionState.unsubscribed if is_over else self.state

    def has_ended_unnoticed(self, now: datetime, pending_hours: int) -> bool:
        """Of who enters anew: whether what stood is over, though the state does not say so. It is a
        request that the clock has not come to, or they were suppressed beside the subscription."""
        is_over = self.state_at(now, pending_hours) is not self.state
        return is_over or self.state is SubscriptionState.subscribed

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
