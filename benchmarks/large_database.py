"""A database as an installation has it after years: built once, kept, and only read from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, insert, literal, select
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from benchmarks import world
from benchmarks.place import Place, compact
from benchmarks.said import said
from models import (
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryCount,
    DeliveryStatus,
    FrozenRange,
    Lane,
    Subscriber,
)
from models.database import Database
from scheduler.counting import count_what_is_large

_BROADCASTS = 10  # that have gone to everybody


@dataclass(frozen=True, slots=True)
class Large:
    """The database's address, and a broadcast, a subscriber and a number to look at."""

    url: str
    examples: dict[str, str]


def large_database(place: Place) -> Large:
    """The kept database of this size; building 50 million deliveries takes a quarter of an hour."""
    people, each = place.size.subscribers, place.size.deliveries // _BROADCASTS
    path = place.folder / f"large-{people}-{place.size.deliveries}.sqlite3"
    url = f"sqlite:///{path}"
    if not place.is_current(path):
        said(f"building {path.name}, once")
        path.unlink(missing_ok=True)
        place.prepare(url, people)
        database = Database(url)
        for number in range(_BROADCASTS):
            _broadcast(database, each, datetime.now(UTC) - timedelta(days=30 * number + 1))
            said(f"broadcast {number + 1} of {_BROADCASTS} is there")
        with world.bulk(database) as connection:
            connection.exec_driver_sql("ANALYZE")
        count_what_is_large(database, lambda: datetime.now(UTC))
        compact(path)
        place.mark_current(path)
    examples = {
        "broadcast": str(_BROADCASTS),
        "subscriber": str(people // 2),
        "number": world.number(people // 3).replace("+", "%2B"),
    }
    return Large(url, examples)


def _broadcast(database: Database, each: int, at: datetime) -> None:
    """A broadcast of the past to the first `each` subscribers: most delivered, some not."""
    broadcast_id, _ = world.schedule(database, in_seconds=3600)
    with database.write() as session:
        broadcast = session.get_one(Broadcast, broadcast_id)
        broadcast.move(BroadcastStatus.sending)
        broadcast.move(BroadcastStatus.sent)
        broadcast.audience, broadcast.frozen_at = each, at
        broadcast.created_at = broadcast.scheduled_at = broadcast.started_at = at
        broadcast.finished_at = at + timedelta(hours=2)
        session.add(broadcast)
        owner, sender = broadcast.organization_id, broadcast.sender_id
    with world.bulk(database) as connection:
        low = _highest(connection) + 1
        _deliveries(connection, owner, broadcast_id, each, at)
        high = _highest(connection)
        lane = {"broadcast_id": broadcast_id, "sender_id": sender, "claimed_through": high}
        connection.execute(insert(Lane), lane | {"share": each})
        parts = {"broadcast_id": broadcast_id, "low": low, "high": high}
        connection.execute(insert(FrozenRange), parts)
        connection.execute(insert(DeliveryCount), _counted(connection, broadcast_id, low, high))


def _highest(connection: Connection) -> int:
    highest: int = connection.execute(select(func.coalesce(func.max(Delivery.id), 0))).scalar_one()
    return highest


def _counted(
    connection: Connection, broadcast_id: int, low: int, high: int
) -> list[dict[str, Any]]:
    """The counters that the product would have kept of these deliveries."""
    rows = connection.execute(
        select(col(Delivery.status), func.count())
        .where(col(Delivery.id).between(low, high))
        .group_by(col(Delivery.status))
    )
    shared = {"broadcast_id": broadcast_id, "skip_reason": "", "shard": 0}
    return [shared | {"status": status.value, "value": value} for status, value in rows]


def _deliveries(
    connection: Connection, owner: int, broadcast_id: int, each: int, at: datetime
) -> None:
    person = col(Subscriber.id)
    fate: Any = person % 20
    columns = ["organization_id", "broadcast_id", "subscriber_id", "status", "attempts"]
    connection.execute(
        insert(Delivery).from_select(
            [*columns, "message_sid", "submitted_at", "settled_at", "error_code"],
            select(
                literal(owner),
                literal(broadcast_id),
                person,
                case(
                    (fate == 0, DeliveryStatus.undelivered.value),
                    (fate == 1, DeliveryStatus.failed.value),
                    else_=DeliveryStatus.delivered.value,
                ),
                literal(1),
                literal(f"SM{broadcast_id:08x}").concat(func.printf("%024x", person)),
                literal(at, UTCDateTime()),
                literal(at + timedelta(minutes=5), UTCDateTime()),
                case((fate == 0, 30003), (fate == 1, 30005)),
            )
            .order_by(person)
            .limit(each),
        )
    )
