"""The clock, with the real APScheduler: on time, also for what changes and what it missed."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session

from models import Broadcast, BroadcastStatus, Heartbeat
from models.database import Database
from scheduler import firing, moves
from scheduler.clock import HEARTBEAT, Clock
from settings import Settings
from tests.conftest import make_settings
from tests.world import World


@pytest.fixture
def world(database: Database) -> World:
    return World(database, now=datetime.now(UTC))


@pytest.fixture
def start(world: World, settings: Settings) -> Iterator[Callable[[], Clock]]:
    """Starts clocks in threads, and stops them at the end."""
    running: list[tuple[Clock, threading.Thread]] = []

    def start() -> Clock:
        clock = Clock(world.database, settings)
        thread = threading.Thread(target=clock.start)
        thread.start()
        running.append((clock, thread))
        return clock

    yield start
    for clock, thread in running:
        clock.stop()
        thread.join(30)


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def status(world: World, broadcast: Broadcast) -> BroadcastStatus:
    return world.broadcast(broadcast.id).status


def test_it_fires_within_a_second_of_its_time(world: World, start: Callable[[], Clock]) -> None:
    world.crowd(1)
    start()
    broadcast = world.order(scheduled_at=datetime.now(UTC) + timedelta(seconds=2))
    wait_for(lambda: status(world, broadcast) is BroadcastStatus.sending)
    started = world.broadcast(broadcast.id).started_at
    assert started is not None
    assert started >= broadcast.scheduled_at


def test_it_sets_itself_the_very_moment(world: World, settings: Settings) -> None:
    world.crowd(1)
    broadcast = world.order(scheduled_at=datetime.now(UTC) + timedelta(minutes=30))
    clock = Clock(world.database, settings)
    clock.plan()
    job = clock._scheduler.get_job(f"broadcast-{broadcast.id}")
    assert job is not None
    assert abs(job.trigger.run_date - broadcast.scheduled_at) < timedelta(seconds=1)


def test_a_host_whose_clock_is_set_back_starts_nothing_later(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.crowd(1)
    broadcast = world.order(scheduled_at=world.now + timedelta(minutes=30))
    clock = Clock(world.database, settings)
    monkeypatch.setattr(clock, "_now", lambda: world.now)  # the server's
    clock.plan()
    with time_machine.travel(world.now - timedelta(hours=1), tick=False):
        clock.plan()
    # One that does not run yet keeps both; it is the later one that replaces the other.
    jobs = [one for one in clock._scheduler.get_jobs() if one.id == f"broadcast-{broadcast.id}"]
    off = jobs[-1].trigger.run_date - (broadcast.scheduled_at - timedelta(hours=1))
    assert abs(off) < timedelta(seconds=1)


def test_it_ends_while_a_tick_takes_jobs_away(
    world: World, start: Callable[[], Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.crowd(1)
    broadcast = world.order(scheduled_at=datetime.now(UTC) + timedelta(minutes=5))
    looked, ending = threading.Event(), threading.Event()

    def due_times(session: Session, until: datetime) -> dict[int, datetime]:
        if looked.is_set():  # it was planned before, and is taken away when the clock ends
            assert ending.wait(30)
            threading.Event().wait(0.2)  # so that the end has begun
            return {}
        looked.set()
        return {broadcast.id: broadcast.scheduled_at}

    monkeypatch.setattr(firing, "due_times", due_times)
    clock = start()
    assert looked.wait(15)
    threading.Event().wait(0.5)  # the next look has begun
    stopping = threading.Thread(target=clock.stop, daemon=True)
    stopping.start()
    ending.set()
    stopping.join(20)
    assert not stopping.is_alive()


def test_two_clocks_fire_each_once(world: World, start: Callable[[], Clock]) -> None:
    world.crowd(3)
    start()
    start()
    at = datetime.now(UTC) + timedelta(seconds=1)
    many = [world.order(scheduled_at=at) for _ in range(10)]
    wait_for(lambda: all(status(world, b) is BroadcastStatus.sending for b in many))
    assert all(len(world.deliveries(broadcast.id)) == 3 for broadcast in many)


def test_what_was_missed_while_down_is_fired_or_held(
    world: World, start: Callable[[], Clock]
) -> None:
    world.crowd(1)
    late = world.order(scheduled_at=world.now + timedelta(minutes=1), latest_start_minutes=60)
    too_late = world.order(scheduled_at=world.now + timedelta(minutes=1), latest_start_minutes=5)
    with world.database.write() as session:
        for broadcast in (late, too_late):
            row = session.get_one(Broadcast, broadcast.id)
            row.scheduled_at = datetime.now(UTC) - timedelta(minutes=10)
            session.add(row)
    start()
    wait_for(lambda: status(world, late) is BroadcastStatus.sending)
    wait_for(lambda: status(world, too_late) is BroadcastStatus.held)


def test_it_follows_what_the_promoter_changes(world: World, start: Callable[[], Clock]) -> None:
    world.crowd(1)
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    canceled, kept = world.order(scheduled_at=soon), world.order(scheduled_at=soon)
    start()
    with world.database.write() as session:
        moves.cancel(session, world.organization_id, canceled.id, datetime.now(UTC))
    wait_for(lambda: status(world, kept) is BroadcastStatus.sending)
    assert status(world, canceled) is BroadcastStatus.canceled


def test_a_stop_before_the_start_is_a_stop(sqlite_database: Database) -> None:
    clock = Clock(sqlite_database, make_settings("sqlite:///unused"))
    clock.stop()
    thread = threading.Thread(target=clock.start, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_it_shows_signs_of_life(world: World, start: Callable[[], Clock]) -> None:
    start()

    def has_beaten() -> bool:
        with world.database.read() as session:
            return session.get(Heartbeat, HEARTBEAT) is not None

    wait_for(has_beaten)
