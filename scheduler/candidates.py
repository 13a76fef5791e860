"""The deliveries that a claim looks at, each with all that decides on it, in one question.

The columns of a row, in this order: key, tries so far, subscriber, number, the gate's reason
against it or None, the consent that it would go under, the one that its row names so far, the error
of its last try or None, and what counts against each of the limits that can be reached.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Subquery,
    bindparam,
    func,
    select,
)
from sqlmodel import Session, col

from models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    ListSubscription,
    Subscriber,
    Subscription,
)
from models.bulk import fetch
from scheduler.gate import skip_reason
from scheduler.limits import Limits
from scheduler.work import Work

Candidate = Sequence[Any]


def waiting(
    session: Session, work: Work, limits: Limits, limit: int, now: datetime
) -> list[Candidate]:
    """Deliveries whose moment has come: tried before, held back, or given back."""
    look = _waiting_of(columns) if (columns := limits.columns) else _waiting()
    return fetch(session, look, _values(work) | {"now": now, "limit": limit})


def fresh(
    session: Session, work: Work, limits: Limits, low: int, high: int, limit: int
) -> list[Candidate]:
    """Deliveries that nobody has looked at yet, with keys after `low` up to `high`."""
    look = _fresh_of(columns) if (columns := limits.columns) else _fresh()
    return fetch(session, look, _values(work) | {"low": low, "high": high, "limit": limit})


def _values(work: Work) -> dict[str, Any]:
    return {
        "broadcast": work.broadcast_id,
        "program": work.program_id,
        "list": work.list_id,
        "sender": work.sender_id,
    }


@cache
def _waiting() -> Any:
    return _waiting_of(())


def _waiting_of(counts: tuple[ColumnElement[int | None], ...]) -> Any:
    is_due = col(Delivery.waits_until) <= bindparam("now")
    return _candidates(counts, _picked(is_due, first=Delivery.waits_until))


@cache
def _fresh() -> Any:
    return _fresh_of(())


def _fresh_of(counts: tuple[ColumnElement[int | None], ...]) -> Any:
    return _candidates(
        counts,
        _picked(
            col(Delivery.id) > bindparam("low"),
            col(Delivery.id) <= bindparam("high"),
            col(Delivery.next_attempt_at).is_(None),
            first=Delivery.id,
        ),
    )


def _picked(*conditions: ColumnElement[bool], first: Any) -> Subquery:
    """The deliveries that a claim looks at, by key, with `place` for their order: the smallest of
    `first` come first. Who is locked by somebody else, a receipt say, is waited for.

    They are picked before anything is joined to them. PostgreSQL takes a table that it has not
    analyzed yet for nearly empty, and would rather join and sort all that could be picked.
    """
    return (
        select(
            col(Delivery.id),
            col(Delivery.attempts),
            col(Delivery.subscriber_id),
            col(Delivery.consent_event_id),
            col(Delivery.error_code),
            col(first).label("place"),
        )
        .where(
            *conditions,
            col(Delivery.broadcast_id) == bindparam("broadcast"),
            col(Delivery.status) == DeliveryStatus.pending,
            col(Delivery.sender_id) == bindparam("sender"),
        )
        .order_by(col(first), col(Delivery.id))
        .limit(bindparam("limit", type_=Integer()))
        .with_for_update(key_share=True)
        .subquery("picked")
    )


def _candidates(counts: tuple[ColumnElement[int | None], ...], picked: Subquery) -> Any:
    return (
        select(
            picked.c.id,
            picked.c.attempts,
            picked.c.subscriber_id,
            col(Subscriber.phone_number),
            skip_reason().label("reason"),
            _latest_consent().label("consent"),
            picked.c.consent_event_id,
            picked.c.error_code,
            *(count.label(f"counted_{place}") for place, count in enumerate(counts)),
        )
        .select_from(picked)
        .join(Subscriber, col(Subscriber.id) == picked.c.subscriber_id)
        .outerjoin(
            Subscription,
            (col(Subscription.program_id) == bindparam("program"))
            & (col(Subscription.subscriber_id) == Subscriber.id),
        )
        .outerjoin(
            ListSubscription,
            (col(ListSubscription.list_id) == bindparam("list"))
            & (col(ListSubscription.subscription_id) == Subscription.id),
        )
        .order_by(picked.c.place, picked.c.id)
    )


def _latest_consent() -> ScalarSelect[int]:
    """The opt-in under which the joined subscriber gets messages of the program."""
    return (
        select(func.max(col(ConsentEvent.id), type_=Integer()))
        .where(
            col(ConsentEvent.subscriber_id) == Subscriber.id,
            col(ConsentEvent.program_id) == bindparam("program"),
            col(ConsentEvent.kind) == ConsentKind.opted_in,
        )
        .correlate(Subscriber)
        .scalar_subquery()
    )
