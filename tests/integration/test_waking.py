"""A sender that waits for work notices it at once, on both databases."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from models.counting import count
from models.database import Database
from scheduler import waking

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks for changes only, never at the clock."""
    monkeypatch.setattr(waking, "_LONGEST_SECONDS", 60.0)


@pytest.mark.usefixtures("patient")
def test_work_wakes_who_waits(database: Database) -> None:
    stop, woken = threading.Event(), threading.Event()
    waiting = waking.waiting_for_work(database, stop)

    def wait() -> None:
        while not stop.is_set():
            waiting(60)
            woken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        for _ in range(3):
            woken.clear()
            # Said until it is heard: the other side may not listen yet when it is said first.
            while not woken.wait(0.2):
                with database.write() as session:
                    count(session, "work", NOW)
                    database.notify(session)
    finally:
        stop.set()
        with database.write() as session:
            database.notify(session)
        thread.join(30)
        waiting.close()
    assert not thread.is_alive()


def test_without_a_database_it_waits_does_not_fail_and_says_so_once() -> None:
    stop = threading.Event()
    away = waking.waiting_for_work(Database("postgresql://nobody@127.0.0.1:9/nothing"), stop)
    with capture_logs() as lines:
        for _ in range(3):
            away(0.01)
    away.close()
    assert [line["event"] for line in lines] == ["waking.lost"]


def test_it_says_again_that_it_heard_nothing_when_the_server_had_come_back(
    postgresql_url: str,
) -> None:
    database = Database(postgresql_url)
    waiting = waking.waiting_for_work(database, threading.Event())
    ended = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN %' AND datname = current_database()"
    )
    with capture_logs() as lines:
        for _ in range(2):
            waiting(0.01)
            with database.write() as session:
                session.execute(ended)
            waiting(10)
    waiting.close()
    database.dispose()
    assert [line["event"] for line in lines] == ["waking.lost"] * 2
