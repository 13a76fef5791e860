"""The SQL of the STOP report: one row a revocation, with the messages around it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    func,
    or_,
    true,
    union_all,
)
from sqlalchemy import select as core_select
from sqlmodel import col

from models import (
    Broadcast,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    Notice,
    Subscriber,
    Subscription,
)
from models.base import table_of
from models.consent import IS_REVOCATION


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about: an organization, or one program of it, before a moment."""

    organization_id: int
    program_id: int | None = None
    before: datetime | None = None


def stop_report(scope: Scope) -> Select[Any]:
    """One row a revocation, with the fields of a Pairing; not yet ordered."""
    event = ConsentEvent
    return (
        core_select(
            col(event.id).label("event_id"),
            col(event.subscriber_id),
            col(Subscriber.phone_number).label("number"),
            col(event.kind),
            col(event.source),
            col(event.message_sid),
            col(event.occurred_at).label("revoked_at"),
            _messages(scope, func.max, _before).label("last_before"),
            _messages(scope, func.min, _after).label("first_after"),
            _rejoined(scope).label("rejoined_at"),
            _messages(scope, func.count, _before, _in_hand).label("in_hand"),
            _messages(scope, func.max, _after, _under_no_new_consent).label("wrong_at"),
        )
        .join(Subscriber, col(Subscriber.id) == event.subscriber_id)
        .where(*are_revocations(scope))
    )


def are_revocations(scope: Scope) -> list[Any]:
    event = ConsentEvent
    conditions: list[Any] = [col(event.organization_id) == scope.organization_id, IS_REVOCATION]
    if scope.before is not None:
        conditions.append(col(event.occurred_at) < scope.before)
    if scope.program_id is not None:
        is_known = (
            core_select(col(Subscription.id))
            .where(
                col(Subscription.program_id) == scope.program_id,
                col(Subscription.subscriber_id) == event.subscriber_id,
            )
            .correlate(event)
            .exists()
        )
        is_about = or_(col(event.program_id).is_(None), col(event.program_id) == scope.program_id)
        conditions += [is_known, is_about]
    return conditions


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of messages: where its rows are, and what they call what a report needs."""

    rows: Any
    subscriber_id: Any
    program_id: Any
    submitted_at: Any
    was_taken: Any  # whether the provider may have it: a refused one is in nobody's hands
    in_hand_until: Any  # NULL: for ever, as far as we were told


_Condition = Callable[[_Kind], ColumnElement[bool]]


def _kinds() -> tuple[_Kind, ...]:
    broadcasts = core_select(Delivery, Broadcast).join_from(
        Delivery, Broadcast, col(Broadcast.id) == Delivery.broadcast_id
    )
    return (
        _Kind(
            broadcasts,
            col(Delivery.subscriber_id),
            col(Broadcast.program_id),
            col(Delivery.submitted_at),
            or_(
                col(Delivery.message_sid).is_not(None),
                col(Delivery.status).in_((DeliveryStatus.sending, DeliveryStatus.unknown)),
            ),
            col(Delivery.settled_at),
        ),
        _Kind(
            core_select(Notice),
            col(Notice.subscriber_id),
            col(Notice.program_id),
            col(Notice.submitted_at),
            true(),
            col(Notice.in_hand_until),
        ),
    )


def _messages(scope: Scope, total: Callable[[Any], Any], *conditions: _Condition) -> Any:
    """`total` over the times at which messages were handed over to the revocation's subscriber,
    of broadcasts and single ones. The conditions stand in each half, where an index helps."""
    halves = []
    for kind in _kinds():
        half = kind.rows.with_only_columns(
            kind.submitted_at.label("at"), maintain_column_froms=True
        ).where(
            kind.subscriber_id == ConsentEvent.subscriber_id,
            kind.submitted_at.is_not(None),
            *(condition(kind) for condition in conditions),
        )
        if scope.program_id is not None:
            half = half.where(kind.program_id == scope.program_id)
        if scope.before is not None:
            half = half.where(kind.submitted_at < scope.before)
        halves.append(half.correlate(ConsentEvent))
    handed = union_all(*halves).subquery()
    return core_select(total(handed.c.at)).scalar_subquery()


def _before(kind: _Kind) -> ColumnElement[bool]:
    return kind.submitted_at <= col(ConsentEvent.occurred_at)  # type: ignore[no-any-return]


def _after(kind: _Kind) -> ColumnElement[bool]:
    return kind.submitted_at > col(ConsentEvent.occurred_at)  # type: ignore[no-any-return]


def _in_hand(kind: _Kind) -> ColumnElement[bool]:
    until = kind.in_hand_until
    return and_(kind.was_taken, or_(until.is_(None), until > col(ConsentEvent.occurred_at)))


def _under_no_new_consent(kind: _Kind) -> ColumnElement[bool]:
    """Whether the person had not opted in to the message's program again when it left."""
    again = table_of(ConsentEvent).alias("again")
    return ~(
        core_select(again.c.id)
        .where(
            again.c.subscriber_id == ConsentEvent.subscriber_id,
            again.c.kind == ConsentKind.opted_in,
            again.c.program_id == kind.program_id,
            again.c.id > ConsentEvent.id,
            again.c.occurred_at <= kind.submitted_at,
        )
        .correlate_except(again)
        .exists()
    )


def _rejoined(scope: Scope) -> ScalarSelect[Any]:
    again = table_of(ConsentEvent).alias("rejoined")
    statement = core_select(func.min(again.c.occurred_at)).where(
        again.c.subscriber_id == ConsentEvent.subscriber_id,
        again.c.kind == ConsentKind.opted_in,
        again.c.id > ConsentEvent.id,
    )
    if scope.program_id is not None:
        statement = statement.where(again.c.program_id == scope.program_id)
    if scope.before is not None:
        statement = statement.where(again.c.occurred_at < scope.before)
    return statement.correlate(ConsentEvent).scalar_subquery()
