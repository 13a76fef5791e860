"""The send gate: why a subscriber of an audience must not get a message. One rule, as SQL.

The preview of an audience reads it, and the statement that claims a delivery reads it again, so
that a STOP which is committed before the claim is always honoured.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlmodel import Session, col

from models import (
    ListSubscription,
    Organization,
    SkipReason,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is on a list at this moment: `will_get` it, or would be `skipped` and why."""

    will_get: int
    skipped: dict[SkipReason, int]

    @property
    def total(self) -> int:
        return self.will_get + sum(self.skipped.values())


def skip_reason() -> ColumnElement[str | None]:
    """The reason (a SkipReason's value) of a row that joins Subscriber with Subscription and
    ListSubscription, which may be NULL; NULL where the person may get the message."""
    is_suppressed = (
        select(col(Suppression.id))
        .where(
            col(Suppression.organization_id) == Subscriber.organization_id,
            col(Suppression.number_hash) == Subscriber.number_hash,
        )
        .correlate(Subscriber)
        .exists()
    )
    return case(
        (col(Subscription.state) == SubscriptionState.unsubscribed, SkipReason.opted_out.value),
        (is_suppressed, SkipReason.suppressed.value),
        (col(Subscription.state) == SubscriptionState.pending, SkipReason.not_confirmed.value),
        (col(ListSubscription.list_id).is_(None), SkipReason.left_list.value),
        else_=None,
    )


def is_halted(organization_id: Any) -> ColumnElement[bool]:
    """Whether nothing of this organization may be sent, as SQL: its database was restored, or a
    member has stopped everything (Organization.halted_at, stopped_at)."""
    return (
        select(col(Organization.id))
        .where(
            col(Organization.id) == organization_id,
            or_(
                col(Organization.halted_at).is_not(None), col(Organization.stopped_at).is_not(None)
            ),
        )
        .exists()
    )


def audience(session: Session, list_id: int) -> Audience:
    """How many of a list would get a message now, and how many would be skipped, by reason."""
    rows = session.execute(
        select(skip_reason().label("reason"), func.count())
        .select_from(ListSubscription)
        .join(Subscription, col(Subscription.id) == ListSubscription.subscription_id)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .where(col(ListSubscription.list_id) == list_id)
        .group_by("reason")
    )
    counts: dict[str | None, int] = dict(rows.all())
    will_get = counts.pop(None, 0)
    skipped = {SkipReason(reason): number for reason, number in counts.items() if reason}
    return Audience(will_get, skipped)
