"""The deliveries of a broadcast, page by page and as a stream, by key and never by counting.

No index leads from a broadcast to its deliveries, whose keys lie between two bounds. A filter that
no index helps looks at a bounded number of keys at a time, and its page says where to go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from admin.queries.numbers import whole_numbers
from models import Broadcast, Delivery, DeliveryStatus, SkipReason, Subscriber
from models.balance import balance
from models.delivery import keys_of

PER_PAGE: Final = 50
LOOKED_AT: Final = 50_000  # keys in one request
_PARTS: Final = 5  # in which they are looked at, to stop early
_EXPORT_BATCH: Final = 1000
_TOLD: Final = frozenset(
    {
        DeliveryStatus.undelivered,
        DeliveryStatus.failed,
        DeliveryStatus.skipped,
        DeliveryStatus.unknown,
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries of a broadcast to show; `digits` is a part of the number, or its end."""

    status: DeliveryStatus | None = None
    reason: SkipReason | None = None
    digits: str = ""
    only_at_end: bool = False

    @property
    def is_everything(self) -> bool:
        return not (self.status or self.reason or self.digits)

    @property
    def state(self) -> DeliveryStatus | None:
        """The status, also where only a reason for skipping was asked for."""
        return DeliveryStatus.skipped if self.reason and not self.status else self.status


@dataclass(frozen=True, slots=True)
class Deliveries:
    """A page in order of id. `before` and `after` are the keys of its neighbours, if any. With
    `goes_on` not all keys were looked at: what is asked for may be before or after them."""

    rows: list[tuple[Delivery, str]]
    before: int | None = None
    after: int | None = None
    goes_on: bool = False


def deliveries(
    session: Session, broadcast_id: int, wanted: Wanted, *, before: int = 0, after: int = 0
) -> Deliveries:
    """The page of deliveries after the id `after`, or before the id `before` if that is given."""
    low, high = keys_of(session, broadcast_id)
    statement = _statement(broadcast_id, wanted)
    if numbers := _whole(wanted):
        return _of_number(session, broadcast_id, statement, numbers)
    if not _exists(session, broadcast_id, wanted):
        return Deliveries([])
    span = high - low + 1 if _has_index(wanted) else LOOKED_AT // _PARTS
    if before:
        return _backwards(session, statement, low, min(before, high + 1), span)
    return _forwards(session, statement, max(after, low - 1), high, span, is_first=not after)


def every_delivery(
    session: Session, broadcast_id: int, wanted: Wanted
) -> Iterator[tuple[Delivery, str]]:
    """All that match, in order of id, never more than a batch in memory."""
    low, high = keys_of(session, broadcast_id)
    last, key = low - 1, col(Delivery.id)
    statement = _statement(broadcast_id, wanted).where(key <= high).order_by(key)
    while rows := list(session.exec(statement.where(key > last).limit(_EXPORT_BATCH))):
        last = rows[-1][0].id
        yield from rows
        session.expunge_all()


def _forwards(
    session: Session,
    statement: Select[Delivery, str],
    at: int,
    high: int,
    span: int,
    *,
    is_first: bool,
) -> Deliveries:
    rows: list[tuple[Delivery, str]] = []
    start, key = at, col(Delivery.id)
    for _ in range(_PARTS):
        end = min(at + span, high)
        part = statement.where(key > at, key <= end).order_by(key)
        rows += session.exec(part.limit(PER_PAGE + 1 - len(rows)))
        if len(rows) > PER_PAGE or end == high:
            break
        at = end
    before = None if is_first else rows[0][0].id if rows else start + 1
    if len(rows) > PER_PAGE:
        return Deliveries(rows[:PER_PAGE], before, rows[PER_PAGE - 1][0].id)
    return Deliveries(rows, before, at if end < high else None, end < high or not is_first)


def _backwards(
    session: Session, statement: Select[Delivery, str], low: int, at: int, span: int
) -> Deliveries:
    rows: list[tuple[Delivery, str]] = []
    start, key = at, col(Delivery.id)
    for _ in range(_PARTS):
        end = max(at - span, low)
        part = statement.where(key < at, key >= end).order_by(key.desc())
        rows += session.exec(part.limit(PER_PAGE + 1 - len(rows)))
        if len(rows) > PER_PAGE or end == low:
            break
        at = end
    shown = rows[:PER_PAGE][::-1]
    after = shown[-1][0].id if shown else start - 1
    if len(rows) > PER_PAGE:
        return Deliveries(shown, shown[0][0].id, after)
    return Deliveries(shown, end if end > low else None, after, goes_on=True)


def _of_number(
    session: Session, broadcast_id: int, statement: Select[Delivery, str], numbers: tuple[str, ...]
) -> Deliveries:
    owner = session.get_one(Broadcast, broadcast_id).organization_id
    people = select(Subscriber.id).where(
        Subscriber.organization_id == owner, col(Subscriber.phone_number).in_(numbers)
    )
    rows = session.exec(statement.where(col(Delivery.subscriber_id).in_(people)))
    return Deliveries(list(rows))


def _exists(session: Session, broadcast_id: int, wanted: Wanted) -> bool:
    """Whether there are any at all, as the counters say."""
    if wanted.state is None:
        return True
    standing = balance(session, broadcast_id)
    if wanted.reason:
        return wanted.state is DeliveryStatus.skipped and wanted.reason in standing.skipped
    return standing.count(wanted.state) > 0


def _has_index(wanted: Wanted) -> bool:
    """Whether the index of states leads to just what is asked for."""
    return wanted.state in _TOLD and not (wanted.reason or wanted.digits)


def _whole(wanted: Wanted) -> tuple[str, ...]:
    return () if wanted.only_at_end else whole_numbers(wanted.digits)


def _statement(broadcast_id: int, wanted: Wanted) -> Select[Delivery, str]:
    statement = (
        select(Delivery, Subscriber.phone_number)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .where(Delivery.broadcast_id == broadcast_id)
    )
    if wanted.state in _TOLD:
        statement = statement.where(col(Delivery.told) == wanted.state.value)
    elif wanted.state:
        statement = statement.where(col(Delivery.status) == wanted.state)
    if wanted.reason:
        statement = statement.where(col(Delivery.skip_reason) == wanted.reason)
    if wanted.digits:
        number = col(Subscriber.phone_number)
        matches = number.endswith if wanted.only_at_end else number.contains
        statement = statement.where(matches(wanted.digits))
    return statement
