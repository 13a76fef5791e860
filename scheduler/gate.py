"""The send gate: why a subscriber of an audience must not get a message. One rule, as SQL.

The preview of an audience reads it, and the statement that claims a delivery reads it again, so
that a STOP which is committed before the claim is always honoured.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models import (
    Broadcast,
    BroadcastStatus,
    Counted,
    ListSubscription,
    Organization,
    SkipReason,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from models.sizes import ABOUT, COUNTED_TO, MORE_THAN, kept

# Nothing of this organization may be sent: its database was restored, or a member has stopped
# everything.
HALTED: Final = or_(
    col(Organization.halted_at).is_not(None), col(Organization.stopped_at).is_not(None)
)
# A broadcast, with its organization, of which messages go out.
IS_SENDING: Final = and_(col(Broadcast.status) == BroadcastStatus.sending, ~HALTED)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is on a list: `will_get` it, or would be `skipped` and why.

    Of a list that is too large to be counted while somebody waits, `before` says what stands
    before the numbers: "about" (as the clock has counted it), or "more than".
    """

    will_get: int
    skipped: dict[SkipReason, int]
    before: str = ""

    @property
    def total(self) -> int:
        return self.will_get + sum(self.skipped.values())


def skip_reason(place: Any = ListSubscription) -> ColumnElement[str | None]:
    """The reason (a SkipReason's value) of a row that joins Subscriber with Subscription and
    ListSubscription (`place`), which may be NULL; NULL where the person may get the message."""
    is_suppressed = (
        select(col(Suppression.id))
        .where(
            col(Suppression.organization_id) == Subscriber.organization_id,
            col(Suppression.number_hash) == Subscriber.number_hash,
        )
        .correlate(Subscriber)
        .scalar_subquery()
        # Not EXISTS, for which PostgreSQL may gather all suppressions that there are.
        .is_not(None)
    )
    return case(
        (col(Subscription.state) == SubscriptionState.unsubscribed, SkipReason.opted_out.value),
        (is_suppressed, SkipReason.suppressed.value),
        (col(Subscription.state) == SubscriptionState.pending, SkipReason.not_confirmed.value),
        (place.list_id.is_(None), SkipReason.left_list.value),
        else_=None,
    )


def is_halted(organization_id: Any) -> ColumnElement[bool]:
    """Whether nothing of the organization with this id may be sent, as SQL."""
    return (
        select(col(Organization.id)).where(col(Organization.id) == organization_id, HALTED).exists()
    )


def audience(session: Session, list_id: int) -> Audience:
    """How many of a list would get a message now, and how many would be skipped, by reason."""
    on_list = (
        select(col(ListSubscription.list_id), col(ListSubscription.subscription_id))
        .where(col(ListSubscription.list_id) == list_id)
        .limit(COUNTED_TO + 1)
        .subquery()
    )
    size = session.execute(select(func.count()).select_from(on_list)).scalar_one()
    if size <= COUNTED_TO:
        return _counted(session, on_list)
    known = kept(session, Counted.audience, list_id)
    if known is None:
        return replace(_counted(session, on_list), before=MORE_THAN)
    return replace(_audience(known), before=ABOUT)


def count_part(
    session: Session, list_id: int, after: int, most: int
) -> tuple[Audience, int | None]:
    """The same of at most `most` people of a list, those whose subscriptions come after `after`,
    and the last of these; None for it at the end of the list."""
    on_list = (
        select(col(ListSubscription.list_id), col(ListSubscription.subscription_id))
        .where(
            col(ListSubscription.list_id) == list_id,
            col(ListSubscription.subscription_id) > after,
        )
        .order_by(col(ListSubscription.subscription_id))
        .limit(most)
        .subquery()
    )
    last = session.execute(select(func.max(on_list.c.subscription_id))).scalar()
    return _counted(session, on_list), last


def _counted(session: Session, on_list: Subquery) -> Audience:
    place = aliased(ListSubscription, on_list)
    rows = session.execute(
        select(skip_reason(place).label("reason"), func.count())
        .select_from(place)
        .join(Subscription, col(Subscription.id) == place.subscription_id)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .group_by("reason")
    )
    return _audience({reason or "": number for reason, number in rows})


def _audience(counts: dict[str, int]) -> Audience:
    skipped = {SkipReason(reason): number for reason, number in counts.items() if reason}
    return Audience(counts.get("", 0), skipped)
