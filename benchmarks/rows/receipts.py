"""Receipts: how many signed status callbacks a second are merged, and whether all are."""

import random
import time

from sqlalchemy import func, select
from sqlmodel import col

from benchmarks import native
from benchmarks.blast import running, whole_blast
from benchmarks.checker import Sent
from benchmarks.native import Load
from benchmarks.place import ACCOUNT_SID, Place
from benchmarks.processes import Failed
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said
from benchmarks.web import serving, signed
from messaging.receipt_address import PATH
from models import Delivery, DeliveryStatus
from models.database import Database

_CONNECTIONS = 32
_TRIAL = 500
_MOST = 50_000
_WARM_UP = 200  # until both workers have built the application and met each statement
_PATIENCE = 30.0  # seconds until a receipt that is not merged counts as lost


def measure(place: Place) -> list[Row]:
    """Rate and lag."""
    ours, lag = Series("Marquee"), Series("Marquee")
    count = min(_MOST, max(_TRIAL, place.size.amount(_once(place, _TRIAL)[0])))
    for turn in range(place.size.rounds):
        rate, late = _once(place, count)
        ours.values.append(rate)
        lag.values.append(late)
        said(f"receipts, round {turn + 1}: {rate:,.0f}/s, lag {late:.2f} s")
    return [
        Row(
            key="receipts",
            title="Receipts absorbed, SQLite",
            unit="receipts/s",
            better="higher",
            ours=ours,
            floor=Mark(3_000, "3,000/s, none lost"),
            goal=Mark(8_000, "8,000/s"),
            notes=[f"{count:,} signed receipts each time, shuffled. With one lost: no figure."],
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


def _once(place: Place, count: int) -> tuple[float, float]:
    """Receipts a second of a blast to `count`, and the lag in seconds; Failed if one is lost."""
    with place.sqlite(count) as url:
        with running(place, url) as run:
            sent = whole_blast(run, count).sent
        random.Random(count).shuffle(sent)
        database = Database(url)
        with serving(place, url) as port:
            _send(place, port, sent[:_WARM_UP])
            load = _send(place, port, sent[_WARM_UP:])
            late = _until_all_are_there(database, count)
        database.dispose()
    return load.rate, late


def _until_all_are_there(database: Database, count: int) -> float:
    """Seconds until as many deliveries are delivered; Failed when some receipts never show."""
    answered = time.monotonic()
    while (missing := count - _delivered(database)) > 0:
        if time.monotonic() > answered + _PATIENCE:
            raise Failed(f"{missing} of {count} receipts were lost.")
        time.sleep(0.01)
    return time.monotonic() - answered


def _send(place: Place, port: int, sent: list[Sent]) -> Load:
    file = place.folder / "receipts.requests"
    native.write_requests(file, map(_receipt, sent))
    load = native.run_load(place.folder, port, file, connections=_CONNECTIONS)
    file.unlink()
    if load.errors or any(not status.startswith("2") for status in load.statuses):
        raise Failed(f"Receipts were not answered as they should be: {load}")
    return load


def _receipt(one: Sent) -> bytes:
    """What the carrier posts to the address that came with the message."""
    form = {
        "MessageSid": one.sid,
        "SmsSid": one.sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": ACCOUNT_SID,
        "From": "24680",
        "To": one.to,
        "ApiVersion": "2010-04-01",
    }
    return signed(f"{PATH}?delivery={one.delivery}", form)


def _delivered(database: Database) -> int:
    status = col(Delivery.status) == DeliveryStatus.delivered
    with database.read() as session:
        delivered: int = session.execute(select(func.count()).where(status)).scalar_one()
    return delivered
