"""Receipts: how many signed status callbacks a second are merged, and whether all are."""

import random
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, literal, select
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from benchmarks import native, world
from benchmarks.native import Load
from benchmarks.place import ACCOUNT_SID, BASE_URL, SECRET_KEY, Place
from benchmarks.processes import Failed
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said
from benchmarks.web import serving, signed
from messaging.receipt_address import receipt_address
from models import Broadcast, BroadcastStatus, Delivery, DeliveryStatus, Subscriber
from models.database import Database

_CONNECTIONS = 16
_TRIAL = 300
_PEOPLE = 50_000
_WARM_UP = 200  # until both workers have built the application and met each statement
_PATIENCE = 30.0  # seconds until a receipt that is not merged counts as lost


def measure(place: Place) -> list[Row]:
    """Rate and lag."""
    ours, lag = Series("Marquee"), Series("Marquee")
    lost = 0
    people = min(place.size.many, _PEOPLE)
    with place.sqlite(people) as url:
        rate, _, _ = _once(place, url, _TRIAL)
        count = min(people - _WARM_UP, place.size.amount(rate))
        for turn in range(place.size.rounds):
            rate, late, missing = _once(place, url, count)
            ours.values.append(rate)
            lag.values.append(late)
            lost += missing
            said(f"receipts, round {turn + 1}: {rate:,.0f}/s, lag {late:.2f} s, {missing} lost")
    return [
        Row(
            key="receipts",
            title="Receipts absorbed, SQLite",
            unit="receipts/s",
            better="higher",
            ours=ours,
            floor=Mark(3_000, "3,000/s, none lost"),
            goal=Mark(8_000, "8,000/s"),
            notes=[f"{count:,} signed receipts each time, shuffled; {lost} lost."],
        ),
        Row(
            key="receipts-lag",
            title="From the last receipt's answer until all are in the database",
            unit="s",
            better="lower",
            ours=lag,
            floor=Mark(1, "1 s"),
        ),
    ]


def _once(place: Place, url: str, count: int) -> tuple[float, float, int]:
    """Receipts a second, the lag in seconds, and how many were lost."""
    database = Database(url)
    broadcast_id, deliveries = _sent_blast(database, _WARM_UP + count)
    random.Random(count).shuffle(deliveries)
    with serving(place, url) as port:
        _send(place, port, deliveries[:_WARM_UP])
        load = _send(place, port, deliveries[_WARM_UP:])
        answered = time.monotonic()
        while (missing := len(deliveries) - _delivered(database, broadcast_id)) > 0:
            if time.monotonic() > answered + _PATIENCE:
                break
            time.sleep(0.01)
        late = time.monotonic() - answered
    database.dispose()
    return load.rate, late, missing


def _send(place: Place, port: int, deliveries: list[tuple[int, str]]) -> Load:
    file = place.folder / "receipts.requests"
    native.write_requests(file, (_receipt(*one) for one in deliveries))
    load = native.run_load(place.folder, port, file, connections=_CONNECTIONS)
    file.unlink()
    if load.errors or any(not status.startswith("2") for status in load.statuses):
        raise Failed(f"Receipts were not answered as they should be: {load}")
    return load


def _sent_blast(database: Database, count: int) -> tuple[int, list[tuple[int, str]]]:
    """A broadcast that the provider has taken whole; (delivery, its sid) of each recipient."""
    broadcast_id, _ = world.schedule(database, in_seconds=3600)
    now = datetime.now(UTC)
    with database.write() as session:
        broadcast = session.get_one(Broadcast, broadcast_id)
        broadcast.move(BroadcastStatus.sending)
        broadcast.move(BroadcastStatus.sent)
        broadcast.audience, broadcast.started_at = count, now - timedelta(minutes=1)
        broadcast.finished_at = now
        session.add(broadcast)
        person = col(Subscriber.id)
        columns = ["organization_id", "broadcast_id", "subscriber_id", "status", "attempts"]
        session.execute(
            insert(Delivery).from_select(
                [*columns, "message_sid", "submitted_at"],
                select(
                    literal(broadcast.organization_id),
                    literal(broadcast_id),
                    person,
                    literal(DeliveryStatus.accepted.value),
                    literal(1),
                    literal(f"SM{broadcast_id:08x}").concat(
                        func.substr(Subscriber.number_hash, 1, 24)
                    ),
                    literal(now, UTCDateTime()),
                )
                .order_by(person)
                .limit(count),
            )
        )
        rows = session.execute(
            select(col(Delivery.id), col(Delivery.message_sid)).where(
                col(Delivery.broadcast_id) == broadcast_id
            )
        )
        return broadcast_id, [(key, sid or "") for key, sid in rows]


def _receipt(delivery_id: int, sid: str) -> bytes:
    path = receipt_address(BASE_URL, SECRET_KEY, delivery_id, 1).removeprefix(BASE_URL)
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": ACCOUNT_SID,
        "From": "24680",
        "To": "+12125550100",
        "ApiVersion": "2010-04-01",
    }
    return signed(path, form)


def _delivered(database: Database, broadcast_id: int) -> int:
    with database.read() as session:
        delivered: int = session.execute(
            select(func.count()).where(
                col(Delivery.broadcast_id) == broadcast_id,
                col(Delivery.status) == DeliveryStatus.delivered,
            )
        ).scalar_one()
        return delivered
