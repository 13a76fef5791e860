"""The balance of a broadcast: how many deliveries stand where, without counting them.

The counters are written in the transactions that move deliveries, so that at every commit they
equal a scan of the table. What changes through objects is noticed by itself; a statement that moves
many says so with `shift`. Processes that move deliveries of one broadcast at once write different
shards and do not wait for each other.
"""

import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Integer, String, bindparam, event, func, inspect, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as SASession
from sqlmodel import Session, col

from models.base import BigId
from models.broadcast import Broadcast
from models.bulk import Given, Writing, is_postgresql, write_together
from models.delivery import STILL_TO_GO, Delivery, DeliveryCount, DeliveryStatus, SkipReason

_SHARDS: Final = 32
_MOVES: Final = "marquee.moves"

_Place = tuple[int, str, str]  # broadcast, status, reason of a skip or ""


@dataclass(frozen=True, slots=True)
class Balance:
    """audience = delivered + undelivered + failed + skipped (by reason) + unknown + still to go."""

    audience: int
    by_status: dict[DeliveryStatus, int]
    skipped: dict[SkipReason, int]

    def count(self, *statuses: DeliveryStatus) -> int:
        return sum(self.by_status.get(status, 0) for status in statuses)

    @property
    def still_to_go(self) -> int:
        return self.count(*STILL_TO_GO)

    @property
    def handed_over(self) -> int:
        """Messages that the provider took, whatever became of them."""
        return self.count(
            DeliveryStatus.accepted,
            DeliveryStatus.sent,
            DeliveryStatus.delivered,
            DeliveryStatus.undelivered,
        )

    @property
    def holds(self) -> bool:
        return self.audience == sum(self.by_status.values())


def balance(session: Session, broadcast_id: int) -> Balance:
    """The balance of a broadcast at this moment; all zero before its audience is resolved."""
    return balances(session, [broadcast_id])[broadcast_id]


def balances(session: Session, broadcast_ids: list[int]) -> dict[int, Balance]:
    """The balances of several broadcasts, in one question: between two of them PostgreSQL would let
    a part of an audience be frozen, and the parts be more than the whole."""
    session.flush()
    _write(session)
    rows = session.execute(
        select(
            col(Broadcast.id),
            col(Broadcast.audience),
            col(DeliveryCount.status),
            col(DeliveryCount.skip_reason),
            func.sum(DeliveryCount.value),
        )
        .outerjoin(DeliveryCount, col(DeliveryCount.broadcast_id) == Broadcast.id)
        .where(col(Broadcast.id).in_(broadcast_ids))
        .group_by(
            col(Broadcast.id),
            col(Broadcast.audience),
            col(DeliveryCount.status),
            col(DeliveryCount.skip_reason),
        )
    )
    audiences: dict[int, int] = dict.fromkeys(broadcast_ids, 0)
    places: dict[int, dict[tuple[str, str], int]] = {key: {} for key in broadcast_ids}
    for broadcast_id, audience, status, reason, number in rows:
        audiences[broadcast_id] = audience or 0
        if status is not None:
            places[broadcast_id][status, reason] = int(number)
    return {key: _balance(audiences[key], places[key]) for key in broadcast_ids}


def scanned(session: Session, broadcast_id: int) -> Balance:
    """The same by counting the deliveries themselves: for tests and for checks of the counters."""
    session.flush()
    rows = session.execute(
        select(col(Delivery.status), col(Delivery.skip_reason), func.count())
        .where(col(Delivery.broadcast_id) == broadcast_id)
        .group_by(col(Delivery.status), col(Delivery.skip_reason))
    )
    places = {(status.value, reason.value if reason else ""): n for status, reason, n in rows}
    return _balance(session.get_one(Broadcast, broadcast_id).audience or 0, places)


def shift(
    session: SASession,
    broadcast_id: int,
    before: DeliveryStatus | None,
    after: DeliveryStatus,
    number: int = 1,
    reason: SkipReason | None = None,
) -> None:
    """Note that a statement moved `number` deliveries; None before: it made them.

    `reason` is that of `after`, where it is skipped; nothing ever leaves that state.
    """
    if number:
        moves = _moves(session)
        if before is not None:
            moves[broadcast_id, before.value, ""] -= number
        moves[broadcast_id, after.value, reason.value if reason else ""] += number


def _balance(audience: int, places: dict[tuple[str, str], int]) -> Balance:
    by_status: dict[DeliveryStatus, int] = {}
    skipped: dict[SkipReason, int] = {}
    for (status, reason), number in places.items():
        if number:
            by_status[DeliveryStatus(status)] = by_status.get(DeliveryStatus(status), 0) + number
            if reason:
                skipped[SkipReason(reason)] = number
    return Balance(audience, by_status, skipped)


def _moves(session: SASession) -> Counter[_Place]:
    moves: Counter[_Place] = session.info.setdefault(_MOVES, Counter())
    return moves


def noted(session: SASession) -> list[Writing]:
    """What was noted, for who writes it together with something else; nothing if nothing moved. In
    one order, so that two writers of a shard never wait in a ring."""
    moves: Counter[_Place] = session.info.pop(_MOVES, Counter())
    rows = [(*place, number) for place, number in sorted(moves.items()) if number]
    if not rows:
        return []
    kind = is_postgresql(session)
    shard = os.getpid() % _SHARDS if kind else 0  # on SQLite one writes at a time in any case
    return [(_add(kind), {"shard": shard, **_ROWS.values(kind, rows)})]


def _write(session: SASession) -> None:
    write_together(session, *noted(session))


_ROWS = Given(broadcast_id=BigId, status=String(), skip_reason=String(), value=BigId)


@cache
def _add(on_postgresql: bool) -> Any:
    rows = _ROWS.table(on_postgresql)
    columns = ("broadcast_id", "status", "skip_reason", "value")
    # SQLite cannot tell ON CONFLICT from the ON of a join unless a WHERE stands between.
    given = select(*(rows.c[name] for name in columns), bindparam("shard", type_=Integer()))
    statement: Any = (postgresql if on_postgresql else sqlite).insert(DeliveryCount)
    statement = statement.from_select([*columns, "shard"], given.where(true()))
    return statement.on_conflict_do_update(
        index_elements=["broadcast_id", "status", "skip_reason", "shard"],
        set_={"value": DeliveryCount.value + statement.excluded.value},
    )


# Where it stood before must be known also when nobody had looked.
for _attribute in (Delivery.status, Delivery.skip_reason):
    event.listen(_attribute, "set", lambda *_: None, active_history=True)


@event.listens_for(SASession, "before_flush")
def _notice(session: SASession, _context: Any, _instances: Any) -> None:
    """What changed through objects."""
    for one in session.new:
        if isinstance(one, Delivery):
            _moves(session)[_place(one.broadcast_id, one.status, one.skip_reason)] += 1
    for one in session.deleted:
        if isinstance(one, Delivery):
            _moves(session)[_place(one.broadcast_id, *_before(one))] -= 1
    for one in session.dirty:
        if isinstance(one, Delivery):
            before, after = _before(one), (one.status, one.skip_reason)
            if before != after:
                _moves(session)[_place(one.broadcast_id, *before)] -= 1
                _moves(session)[_place(one.broadcast_id, *after)] += 1


@event.listens_for(SASession, "before_commit")
def _keep(session: SASession) -> None:
    session.flush()
    _write(session)


@event.listens_for(SASession, "after_transaction_create")
def _keep_before_savepoint(session: SASession, transaction: Any) -> None:
    if transaction.nested and _MOVES in session.info:
        _write(session)


@event.listens_for(SASession, "after_soft_rollback")
def _forget(session: SASession, _previous: Any) -> None:
    session.info.pop(_MOVES, None)


def _place(broadcast_id: int, status: DeliveryStatus, reason: SkipReason | None) -> _Place:
    # Objects are also made with plain texts.
    return broadcast_id, str(status), str(reason) if reason else ""


def _before(delivery: Delivery) -> tuple[DeliveryStatus, SkipReason | None]:
    """Where it stood in the database, whatever was assigned since."""
    state = inspect(delivery).attrs
    old = [state.status.history.deleted, state.skip_reason.history.deleted]
    status = old[0][0] if old[0] else delivery.status
    reason = (
        old[1][0] if old[1] else None if state.skip_reason.history.added else delivery.skip_reason
    )
    return status, reason
