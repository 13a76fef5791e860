"""Turns at writing: on SQLite nobody is kept from writing by another process that writes a lot."""

import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Database
from models.turns import Turns


def is_queueing(path: Path) -> bool:
    """Whether somebody is next."""
    with path.with_name(f"{path.name}-next").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False


def wait_until(is_so: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.001)


def assert_who_waits_comes_first(one: Turns, other: Turns, is_next: Callable[[], bool]) -> None:
    """A thread that waits for a turn of `other` gets it before `one` takes its second."""
    order = list[str]()

    def wait() -> None:
        with other.turn():
            order.append("who waited")

    waiting = threading.Thread(target=wait)
    with one.turn():
        waiting.start()
        wait_until(is_next)
    with one.turn():
        order.append("who comes again")
    waiting.join(30)
    assert order == ["who waited", "who comes again"]


@pytest.mark.parametrize("attempt", range(5))
def test_who_has_written_queues_behind_who_waits(tmp_path: Path, attempt: int) -> None:
    path = tmp_path / "marquee.sqlite3"
    # Each object is what another process has.
    one, other = Turns(str(path)), Turns(str(path))
    assert_who_waits_comes_first(one, other, lambda: is_queueing(path))


def test_a_thread_that_has_written_queues_behind_one_that_waits(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path / "marquee.sqlite3"))
    assert_who_waits_comes_first(turns, turns, turns._upcoming_here.locked)  # no file shows it


def test_a_turn_that_does_not_end_holds_nobody_up_for_ever(tmp_path: Path) -> None:
    path = str(tmp_path / "marquee.sqlite3")
    with Turns(path).turn(), Turns(path, patience=0.05).turn():
        pass
    began = time.monotonic()
    with Turns(path, patience=30).turn():
        assert time.monotonic() - began < 20, "both have been given back"


def test_where_no_file_can_be_made_there_are_no_turns(tmp_path: Path) -> None:
    with Turns(str(tmp_path / "gone" / "marquee.sqlite3")).turn():
        assert list(tmp_path.iterdir()) == []


def test_a_transaction_that_fails_gives_its_turn_back(sqlite_database: Database) -> None:
    def fail() -> None:
        with sqlite_database.write() as session:
            session.execute(text("UPDATE counter SET value = 1"))
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            fail()
    path = Path(sqlite_database.engine.url.database or "")
    assert not is_queueing(path)
    began = time.monotonic()
    with Turns(str(path), patience=30).turn():
        assert time.monotonic() - began < 20


def test_a_database_that_is_let_go_of_holds_no_file(tmp_path: Path) -> None:
    path = tmp_path / "marquee.sqlite3"
    database = Database(f"sqlite:///{path}")
    for _ in range(2):  # it can be used again
        with database.write() as session:
            session.execute(text("CREATE TABLE IF NOT EXISTS any_one (value INTEGER)"))
        database.dispose()
        held = [link.resolve() for link in Path("/proc/self/fd").iterdir()]
        assert not [file for file in held if file.parent == tmp_path and file.exists()]
