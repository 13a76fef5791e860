"""Freezing an audience: the product's, beside a bare INSERT … SELECT in the same database."""

import time

from sqlalchemy import func, text
from sqlmodel import col, select

from benchmarks import world
from benchmarks.blast import running
from benchmarks.place import Place
from benchmarks.processes import Failed
from benchmarks.row import Mark, Row, Series, pick
from benchmarks.said import said
from models import Broadcast, Delivery
from models.database import Database

_LIMIT = 600.0
_BARE = "bare INSERT … SELECT, no index"
_SAME = "the same into the deliveries' own table"
_LATER = "Marquee, a later broadcast"
_COLUMNS = "organization_id, broadcast_id, subscriber_id, status, attempts"


def measure(place: Place) -> list[Row]:
    """The product beside two bare statements, each on a database of its own."""
    people = place.size.many
    ours, beside = Series("Marquee"), list[Series]()
    for turn in range(place.size.rounds):
        with place.sqlite(people) as url:
            ours.values.append(people / _product(place, url, people))
            said(f"freeze, round {turn + 1}: {ours.values[-1]:,.0f} rows/s")
            later = people / _product(place, url, people)
        for name, insert in ((_BARE, _bare), (_SAME, _same)):
            with place.sqlite(people) as url:
                pick(beside, name).values.append(people / insert(url))
        pick(beside, _LATER).values.append(later)
    return [
        Row(
            key="freeze",
            title=f"Freezing an audience of {people:,}, SQLite",
            unit="rows/s",
            better="higher",
            ours=ours,
            beside=beside,
            floor=Mark(0.25 * pick(beside, _BARE).median, "0.25 × the bare INSERT … SELECT"),
            notes=[
                "From fired until the last delivery of the audience can be seen. Each begins with "
                "a database without deliveries, the later broadcast with those of the first."
            ],
        )
    ]


def _product(place: Place, url: str, people: int) -> float:
    """Seconds that the product takes; its sender may hardly send meanwhile."""
    database = Database(url)
    world.set_rate(database, world.ALMOST_NOTHING)
    before = _last_delivery(database)
    with running(place, url) as run:
        broadcast_id, due = world.schedule(database)
        end = time.monotonic() + _LIMIT
        while _last_delivery(database) - before < people:
            run.processes.check()
            if time.monotonic() > end:
                raise Failed(f"The audience was not frozen in {_LIMIT:.0f} s.")
            time.sleep(0.005)
        seen = time.time()
    with database.read() as session:
        started = session.get_one(Broadcast, broadcast_id).started_at
    database.dispose()
    return seen - (started or due).timestamp()


def _last_delivery(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.max(col(Delivery.id)))).one() or 0


def _bare(url: str) -> float:
    """Into a table that has nothing but a key, with the product's own way to write."""
    database = Database(url)
    with database.write() as session:
        session.execute(
            text(
                "CREATE TABLE bare_delivery (id INTEGER PRIMARY KEY, organization_id INTEGER, "
                "broadcast_id INTEGER, subscriber_id INTEGER, status TEXT, attempts INTEGER)"
            )
        )
    return _timed(database, "bare_delivery", 0)


def _same(url: str) -> float:
    """Into the table of deliveries with its constraints and indexes."""
    database = Database(url)
    broadcast_id, _ = world.schedule(database, in_seconds=3600)
    return _timed(database, "delivery", broadcast_id)


def _timed(database: Database, table: str, broadcast_id: int) -> float:
    start = time.perf_counter()
    with database.write() as session:
        session.execute(
            text(
                f"INSERT INTO {table} ({_COLUMNS}) "
                f"SELECT s.organization_id, {broadcast_id}, s.subscriber_id, 'pending', 0 "
                "FROM subscription s JOIN list_subscription l ON l.subscription_id = s.id "
                "WHERE l.list_id = 1 ORDER BY s.id"
            )
        )
    took = time.perf_counter() - start
    database.dispose()
    return took
