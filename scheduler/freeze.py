"""Freezes a broadcast's audience: a delivery for everybody on its list at the moment it started.

Part by part, each in a transaction of its own: the first message leaves after the first part, and
nobody waits long for a list of a million. The gate decides on each delivery later, at the last
moment, so that whoever is skipped is on record with the reason.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, or_, select, update
from sqlmodel import Session, col

from models import (
    Broadcast,
    Delivery,
    DeliveryStatus,
    FrozenRange,
    ListSubscription,
    Subscription,
)
from models.balance import Balance, balance, shift
from models.base import LOCKED
from models.broadcast import UNDER_WAY
from models.database import Database
from models.shared_clock import SET_BACK
from scheduler.lanes import open_lane
from scheduler.pools import pool_of, senders_of

FIRST_PART = 1_000
PART = 20_000
_SMALL_PART = 5_000  # while messages and texts wait for its end
_REST = 39  # times as long as a part took
_FLOWING = 200  # messages a second: fewer lose nothing by waiting for a part
_LEAD_SECONDS = 5
_LEAST_SECONDS = 2


def begin(session: Session, broadcast: Broadcast) -> None:
    """Open the lanes of a broadcast that starts, and freeze the first part of its audience."""
    starts = broadcast.started_at or broadcast.created_at
    # In one order, which a program's own sender does not decide: it may have changed meanwhile.
    pool = pool_of(session, broadcast.program_id, broadcast.sender_id)
    for key in sorted(sender.id for sender in pool):
        open_lane(session, broadcast, key, starts)
    broadcast.audience = 0
    session.add(broadcast)
    session.flush()
    freeze_part(session, broadcast.id, FIRST_PART, starts)


def freeze_rest(
    database: Database,
    broadcast_id: int,
    now: datetime,
    goes_on: Callable[[], bool] = lambda: True,
    rest: Callable[[float], object] = time.sleep,
) -> int:
    """Freeze what is left, one transaction a part, while `goes_on`; how many deliveries were made.

    On SQLite nobody can write meanwhile, so once enough is frozen most of the time is the sender's.
    """
    made, size, lead, start = 0, FIRST_PART, Lead(), time.monotonic()
    while goes_on():
        began = time.monotonic()
        at = now + timedelta(seconds=began - start)
        with database.write_much(refers_to_what_it_reads=True) as session:
            part = freeze_part(session, broadcast_id, size, at)
            database.notify(session)
            standing = None if database.is_postgresql else balance(session, broadcast_id)
        if part is None:
            break
        made += part
        ended = time.monotonic()
        spare = None if standing is None else lead.spare(ended, standing)
        # It grows step by step: the sender is about to take the first messages.
        size = min(2 * size, PART) if spare is None else _SMALL_PART
        if spare:
            rest(min(_REST * (ended - began), spare))
    return made


class Lead:
    """How far freezing is ahead of sending."""

    def __init__(self) -> None:
        self._at, self._gone = 0.0, -1

    def spare(self, at: float, standing: Balance) -> float | None:
        """For how many seconds freezing may rest, so that sending does not wait for it; None if
        there is none to make way for: messages do not flow, or what is pending does not last.

        `standing` is how it is at the time `at` (seconds); the pace is that since the last time.
        """
        pending = standing.count(DeliveryStatus.pending)
        gone = standing.audience - pending
        rate = (gone - self._gone) / max(at - self._at, 0.001) if self._gone >= 0 else 0.0
        self._at, self._gone = at, gone
        if rate <= _FLOWING or pending < _LEAST_SECONDS * rate:
            return None
        return max(pending / rate - _LEAD_SECONDS, 0.0)


def unfinished(session: Session) -> list[int]:
    """The broadcasts whose audience is not frozen to its end."""
    rows = session.execute(
        select(col(Broadcast.id)).where(
            col(Broadcast.status).in_(UNDER_WAY),
            col(Broadcast.frozen_at).is_(None),
        )
    )
    return list(rows.scalars())


def freeze_part(session: Session, broadcast_id: int, size: int, now: datetime) -> int | None:
    """Freeze the next part of at most `size`; how many deliveries it made, None if it was done.

    The broadcast's row is locked: of two clocks that are at it the second goes on where the first
    has come to.
    """
    broadcast = session.get_one(
        Broadcast, broadcast_id, with_for_update=LOCKED, populate_existing=True
    )
    if broadcast.frozen_at is not None or broadcast.status not in UNDER_WAY:
        return None
    part = _part(broadcast, size, now).subquery()
    last, found = session.execute(select(func.max(part.c.subscription_id), func.count())).one()
    made = 0
    if last is not None:
        on_list = _left_to_freeze(broadcast, now) & (col(ListSubscription.subscription_id) <= last)
        made = _make(session, broadcast, on_list)
        broadcast.frozen_through, broadcast.audience = last, (broadcast.audience or 0) + made
    # Not by how many were made: on PostgreSQL somebody of the part may have gone since.
    if found < size:
        broadcast.frozen_at = now
    session.add(broadcast)
    session.flush()
    return made


def _left_to_freeze(broadcast: Broadcast, now: datetime) -> ColumnElement[bool]:
    """Who was on the list when it started, and is not frozen yet."""
    added_at = col(ListSubscription.added_at)
    return and_(
        col(ListSubscription.list_id) == broadcast.list_id,
        col(ListSubscription.subscription_id) > broadcast.frozen_through,
        # Nobody joins in the future: a clock that was set back since was ahead when they joined.
        or_(added_at <= broadcast.started_at, added_at > now + SET_BACK),
    )


def _part(broadcast: Broadcast, size: int, now: datetime) -> Any:
    return (
        select(col(ListSubscription.subscription_id))
        .where(_left_to_freeze(broadcast, now))
        .order_by(col(ListSubscription.subscription_id))
        .limit(size)
    )


def _make(session: Session, broadcast: Broadcast, on_list: ColumnElement[bool]) -> int:
    """Insert the deliveries of those `on_list`, and note which keys they have."""
    pool = [sender.id for sender in senders_of(session, broadcast)]
    if len(pool) > 1:
        _settle_down(session, pool, on_list)
    members = (
        select(
            literal(broadcast.organization_id),
            literal(broadcast.id),
            col(Subscription.subscriber_id),
            literal(pool[0]) if len(pool) == 1 else _kept_sender(pool),
            literal(DeliveryStatus.pending.value),
            literal(0),
        )
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(on_list)
        .order_by(col(ListSubscription.subscription_id))
    )
    columns = [
        "organization_id",
        "broadcast_id",
        "subscriber_id",
        "sender_id",
        "status",
        "attempts",
    ]
    low, high, made = _insert(session, insert(Delivery).from_select(columns, members))
    if made:
        session.add(FrozenRange(broadcast_id=broadcast.id, low=low, high=high))
        shift(session, broadcast.id, None, DeliveryStatus.pending, made)
    return made


def _insert(session: Session, statement: Any) -> tuple[int, int, int]:
    """Run an INSERT … SELECT into deliveries: (lowest key, highest key, how many)."""
    if session.get_bind().dialect.name == "postgresql":
        made = statement.returning(col(Delivery.id)).cte("made")
        low, high, number = session.execute(
            select(func.min(made.c.id), func.max(made.c.id), func.count())
        ).one()
        return low or 0, high or 0, number
    # On SQLite the transaction writes alone, and keys are given out one after the other.
    newest = select(func.coalesce(func.max(col(Delivery.id)), 0))
    before = session.execute(newest).scalar_one()
    session.execute(statement)
    high = session.execute(newest).scalar_one()
    return before + 1, high, high - before


def _settle_down(session: Session, pool: list[int], on_list: ColumnElement[bool]) -> None:
    """Give each subscriber of the part a sender of the pool to keep, if they have none of it."""
    session.execute(
        update(Subscription)
        .where(
            col(Subscription.id).in_(select(col(ListSubscription.subscription_id)).where(on_list)),
            col(Subscription.sender_id).is_(None) | col(Subscription.sender_id).not_in(pool),
        )
        .values(sender_id=_new_sender(pool))
        .execution_options(synchronize_session=False)
    )


def _new_sender(pool: list[int]) -> ColumnElement[int]:
    return case(dict(enumerate(pool)), value=col(Subscription.subscriber_id) % len(pool))


def _kept_sender(pool: list[int]) -> ColumnElement[int | None]:
    """The sender that a subscriber keeps. On PostgreSQL the joining of one more may have been
    committed since the others got theirs: a delivery of no sender would never be claimed."""
    kept = col(Subscription.sender_id)
    return case((kept.in_(pool), kept), else_=_new_sender(pool))
