"""Runs a blast with real processes, from due to recorded, and checks who got what."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select

from benchmarks import world
from benchmarks.checker import Sent, check
from benchmarks.native import Carrier
from benchmarks.place import Place
from benchmarks.processes import Failed, Processes, beside_python, peak_memory
from models import Broadcast, BroadcastStatus, Delivery, DeliveryStatus, Heartbeat
from models.database import Database

_START_LIMIT = 600.0  # seconds that freezing the largest audience may take
_ENDED = (BroadcastStatus.sent, BroadcastStatus.canceled, BroadcastStatus.held)


@dataclass(slots=True)
class Running:
    """The product at work on a database: one scheduler, and `senders` - 1 more senders."""

    database: Database
    carrier: Carrier
    processes: Processes
    scheduler_pid: int
    idle_memory: float = field(default=0.0)


@contextmanager
def running(
    place: Place, url: str, *, latency_ms: int = 0, in_flight: int = 100, senders: int = 1
) -> Iterator[Running]:
    """Start the carrier and the product's processes; wait for the clock's first beat."""
    database = Database(url)
    try:
        with Processes(place.folder) as processes:
            carrier = Carrier(processes, place.folder, latency_ms)
            env = place.environment(url, carrier.url, in_flight)
            started = datetime.now(UTC)
            marquee = beside_python("marquee")
            pid = processes.start("scheduler", [marquee, "scheduler"], env)
            for number in range(1, senders):
                processes.start(f"sender-{number}", [marquee, "sender"], env)
            processes.wait_for(lambda: _has_beaten(database, started), "the clock's first beat")
            time.sleep(1)  # its other first ticks, and the senders' imports, are not measured
            yield Running(database, carrier, processes, pid, peak_memory(pid))
    finally:
        database.dispose()


@dataclass(frozen=True, slots=True)
class Blast:
    """A whole blast: messages a second from fired to recorded, and what the carrier accepted."""

    rate: float
    sent: list[Sent]


def whole_blast(run: Running, count: int) -> Blast:
    """Send to all `count` people; Failed unless each got one message, and it is on record."""
    broadcast_id, _ = world.schedule(run.database)
    limit = 120 + count / 50
    # When it ended is on record: who asks all the time would only take the processor from it.
    run.processes.wait_for(
        lambda: _has_ended(run.database, broadcast_id), "the end", limit, every=0.2
    )
    time.sleep(0.2)  # until the carrier's journal is written
    sent = run.carrier.sent()
    _must_be_right(run.database, broadcast_id, sent, count)
    with run.database.read() as session:
        broadcast = session.get_one(Broadcast, broadcast_id)
    assert broadcast.started_at is not None
    assert broadcast.finished_at is not None
    took = (broadcast.finished_at - broadcast.started_at) / timedelta(seconds=1)
    return Blast(count / took, sent)


def beginning(run: Running, count: int) -> tuple[float, list[Sent]]:
    """Start a blast: how long the first message took from due on, and the first `count` of them,
    which leave while the audience is being frozen."""
    _, due = world.schedule(run.database)
    sent = _next(run, 0, count)
    if len({one.to for one in sent}) != len(sent):
        raise Failed("Somebody got a message twice.")
    return sent[0].at - due.timestamp(), sent[:count]


def ending(run: Running, people: int, count: int) -> list[Sent]:
    """Freeze all `people` while hardly anything may be sent, then let the last `count` of them be
    sent to, at the far end of the table; Failed unless each of those got one message."""
    world.set_rate(run.database, world.ALMOST_NOTHING)
    broadcast_id, _ = world.schedule(run.database)
    run.processes.wait_for(
        lambda: _is_frozen(run.database, broadcast_id), "the whole audience", _START_LIMIT, 0.2
    )
    world.pass_over(run.database, broadcast_id, count)
    before = run.carrier.count()
    world.set_rate(run.database, world.NO_LIMIT)
    sent = _next(run, before, count)
    must_be_whole(sent, range(people - count, people))
    return sent


def _next(run: Running, before: int, count: int) -> list[Sent]:
    """What the carrier accepts after the first `before` messages, once that are `count` or more."""
    limit = _START_LIMIT + count / 50
    run.processes.wait_for(
        lambda: run.carrier.count() >= before + count, f"{count} messages", limit, every=0.1
    )
    time.sleep(0.2)  # until the carrier's journal is written
    return run.carrier.sent()[before:]


def must_be_whole(sent: list[Sent], indices: range) -> None:
    """Failed unless each of these numbers got one message, and nobody else any."""
    verdict = check(sent, {world.number(index) for index in indices})
    if not verdict.is_right:
        raise Failed(f"The blast went wrong: {verdict}")


def _must_be_right(database: Database, broadcast_id: int, sent: list[Sent], count: int) -> None:
    must_be_whole(sent, range(count))
    with database.read() as session:
        recorded = session.execute(
            select(func.count()).where(
                Delivery.broadcast_id == broadcast_id,
                col(Delivery.status) == DeliveryStatus.accepted,
                col(Delivery.message_sid).is_not(None),
            )
        ).scalar_one()
    if recorded != count:
        raise Failed(f"{count - recorded} of {count} messages are not on record as accepted.")


def _has_beaten(database: Database, since: datetime) -> bool:
    with database.read() as session:
        beats = session.exec(select(Heartbeat.beat_at)).all()
    return any(beat >= since for beat in beats)


def _is_frozen(database: Database, broadcast_id: int) -> bool:
    with database.read() as session:
        return session.get_one(Broadcast, broadcast_id).frozen_at is not None


def _has_ended(database: Database, broadcast_id: int) -> bool:
    with database.read() as session:
        status = session.exec(select(Broadcast.status).where(Broadcast.id == broadcast_id)).one()
    return status in _ENDED
