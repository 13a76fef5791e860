"""A database as an installation has it after years, with what came back to its broadcasts.

On SQLite it is built once, kept, and only read from.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, insert, literal, select
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from benchmarks import world
from benchmarks.history import BROADCASTS, Past, come_back, import_files, sid
from benchmarks.place import Place, compact, tidy
from benchmarks.said import said
from models import (
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryCount,
    DeliveryStatus,
    FrozenRange,
    Lane,
    SkipReason,
    Subscriber,
)
from models.database import Database
from scheduler.counting import count_what_is_large


@dataclass(frozen=True, slots=True)
class Large:
    """The database's address, and a broadcast, a subscriber and a number to look at."""

    url: str
    examples: dict[str, str]


def large_database(place: Place) -> Large:
    """The kept database of this size; building 50 million deliveries takes a quarter of an hour."""
    people, deliveries = place.size.subscribers, place.size.deliveries
    path = place.folder / f"large-{people}-{deliveries}.sqlite3"
    url = f"sqlite:///{path}"
    if not place.is_current(path):
        said(f"building {path.name}, once")
        path.unlink(missing_ok=True)
        place.prepare(url, people)
        fill(Database(url), people, deliveries)
        compact(path)
        place.mark_current(path)
    return _with_examples(url, people)


@contextmanager
def large_postgresql(place: Place, people: int, deliveries: int) -> Iterator[Large]:
    """The same on PostgreSQL, gone afterwards."""
    with place.postgresql(people) as url:
        fill(Database(url), people, deliveries)
        yield _with_examples(url, people)


def _with_examples(url: str, people: int) -> Large:
    examples = {
        "broadcast": str(BROADCASTS),
        "subscriber": str(people // 2),
        "number": world.number(people // 3).replace("+", "%2B"),
    }
    return Large(url, examples)


def fill(database: Database, people: int, deliveries: int) -> None:
    """Broadcasts of the past, the oldest first, to the `people` who are there."""
    for number in range(BROADCASTS):
        at = datetime.now(UTC) - timedelta(days=30 * (BROADCASTS - 1 - number) + 1)
        _broadcast(database, number, deliveries // BROADCASTS, at, people // 100)
        said(f"broadcast {number + 1} of {BROADCASTS} is there")
    tidy(database)
    count_what_is_large(database, lambda: datetime.now(UTC))
    database.dispose()


def _broadcast(database: Database, number: int, each: int, at: datetime, rows: int) -> None:
    """A broadcast of the past to the first `each` subscribers: most delivered, some not, and what
    came back to it."""
    broadcast_id, _ = world.schedule(database, in_seconds=3600)
    with database.write() as session:
        broadcast = session.get_one(Broadcast, broadcast_id)
        broadcast.move(BroadcastStatus.sending)
        broadcast.move(BroadcastStatus.sent)
        broadcast.audience, broadcast.frozen_at = each, at
        broadcast.created_at = broadcast.scheduled_at = broadcast.started_at = at
        broadcast.finished_at = at + timedelta(hours=2)
        session.add(broadcast)
        past = Past(
            number,
            broadcast_id,
            broadcast.organization_id,
            broadcast.sender_id,
            broadcast.list_id,
            broadcast.created_by_id,
            at,
        )
        import_files(session, past, rows)
    with world.bulk(database) as connection:
        low = _highest(connection) + 1
        _deliveries(connection, past, each)
        high = _highest(connection)
        lane = {
            "broadcast_id": broadcast_id,
            "sender_id": past.sender_id,
            "claimed_through": high,
            "share": each,
        }
        connection.execute(insert(Lane), lane)
        parts = {"broadcast_id": broadcast_id, "low": low, "high": high}
        connection.execute(insert(FrozenRange), parts)
        connection.execute(insert(DeliveryCount), _counted(connection, broadcast_id, low, high))
        come_back(connection, past)


def _highest(connection: Connection) -> int:
    highest: int = connection.execute(select(func.coalesce(func.max(Delivery.id), 0))).scalar_one()
    return highest


def _counted(
    connection: Connection, broadcast_id: int, low: int, high: int
) -> list[dict[str, Any]]:
    """The counters that the product would have kept of these deliveries."""
    kinds = (col(Delivery.status), col(Delivery.skip_reason))
    rows = connection.execute(
        select(*kinds, func.count()).where(col(Delivery.id).between(low, high)).group_by(*kinds)
    )
    shared = {"broadcast_id": broadcast_id, "shard": 0}
    return [
        shared
        | {"status": status.value, "skip_reason": reason.value if reason else "", "value": value}
        for status, reason, value in rows
    ]


def _deliveries(connection: Connection, past: Past, each: int) -> None:
    """One to each of the first people; who had stopped before was skipped."""
    person = col(Subscriber.id)
    fate: Any = person % 20
    was_sent = ~past.had_stopped_before
    values = {
        "organization_id": literal(past.organization_id),
        "broadcast_id": literal(past.broadcast_id),
        "subscriber_id": person,
        "sender_id": literal(past.sender_id),
        "status": case(
            (past.had_stopped_before, DeliveryStatus.skipped.value),
            (fate == 0, DeliveryStatus.undelivered.value),
            (fate == 1, DeliveryStatus.failed.value),
            else_=DeliveryStatus.delivered.value,
        ),
        "skip_reason": case((past.had_stopped_before, SkipReason.opted_out.value)),
        "attempts": case((was_sent, 1), else_=0),
        "message_sid": case((was_sent, sid("SM", past.broadcast_id))),
        "submitted_at": case((was_sent, literal(past.at, UTCDateTime()))),
        "settled_at": case((was_sent, literal(past.at + timedelta(minutes=5), UTCDateTime()))),
        "error_code": case((was_sent & (fate == 0), 30003), (was_sent & (fate == 1), 30005)),
    }
    chosen = select(*values.values()).order_by(person).limit(each)
    connection.execute(insert(Delivery).from_select(list(values), chosen))
