"""Limits that hold for every process at once, on both databases."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from models import Throttle
from models.database import Database
from models.throttling import allow, forget_throttles, throttle_key
from tests.threads import at_once

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def try_once(database: Database, now: datetime, limit: int = 3, key: str = "door") -> bool:
    with database.write() as session:
        return allow(session, key, limit, HOUR, now)


def test_so_many_tries_a_window_and_no_more(database: Database) -> None:
    assert [try_once(database, NOON) for _ in range(5)] == [True, True, True, False, False]
    assert try_once(database, NOON, key="another door")
    last = NOON + HOUR - timedelta(microseconds=1)
    assert not try_once(database, last)
    assert [try_once(database, NOON + HOUR) for _ in range(4)] == [True, True, True, False]


def test_requests_that_meet_do_not_exceed_the_limit(database: Database) -> None:
    def run() -> list[bool]:
        return [try_once(database, NOON, limit=10) for _ in range(5)]

    results = at_once([run] * 8)
    assert sum(allowed for result in results for allowed in result) == 10


def test_what_is_refused_with_its_transaction_was_never_counted(database: Database) -> None:
    class Broken(Exception):
        pass

    try:
        with database.write() as session:
            assert allow(session, "door", 1, HOUR, NOON)
            raise Broken
    except Broken:
        assert try_once(database, NOON, limit=1)


def test_old_counts_are_forgotten(database: Database) -> None:
    try_once(database, NOON)
    try_once(database, NOON + HOUR, key="later")
    with database.write() as session:
        assert forget_throttles(session, NOON + HOUR) == 1
        assert session.exec(select(Throttle.key)).all() == ["later"]


def test_a_key_tells_nothing_and_fits_its_column() -> None:
    key = throttle_key("secret" * 6, "x" * 50, "+12025550101")
    assert "2025550101" not in key
    assert len(key) <= 120
    assert key != throttle_key("another" * 6, "x" * 50, "+12025550101")
    assert throttle_key("s", "a", "b") != throttle_key("s", "a", "c")
