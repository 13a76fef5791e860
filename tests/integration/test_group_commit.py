"""Group commit: nobody is told of what was not kept, and one bad piece of work harms no other."""

import threading
import time
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from models import Counter, group_commit
from models.database import Database
from models.group_commit import GroupCommit
from tests.world import NOON


def keep(session: Session, items: Sequence[str]) -> list[str]:
    """Writes each item down. "bad" fails, and with it the statement that it is in."""
    for item in items:
        if item == "bad":
            session.execute(text("INSERT INTO counter (name) VALUES (NULL)"))
        session.add(Counter(name=item, day=NOON.date(), value=1))
    session.flush()
    return [f"kept {item}" for item in items]


def kept(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.exec(select(Counter.name)))


class Together:
    """Submits several items that all wait while a first one is being worked on."""

    def __init__(
        self, database: Database, work: Callable[[Session, Sequence[str]], list[str]] = keep
    ) -> None:
        self.groups: list[list[str]] = []
        self._database, self._do = database, work
        self._is_in, self._may_go = threading.Event(), threading.Event()
        self.commit = GroupCommit(database, self._work)
        self.outcomes: dict[str, object] = {}

    def _work(self, session: Session, items: Sequence[str]) -> list[str]:
        self.groups.append(list(items))
        if "first" in items:
            self._is_in.set()
            assert self._may_go.wait(30)
        return self._do(session, items)

    def submit(self, item: str) -> None:
        try:
            self.outcomes[item] = self.commit.submit(item)
        except Exception as error:
            self.outcomes[item] = type(error)

    def run(self, *items: str, then: Callable[[], None] = lambda: None) -> None:
        threads = [threading.Thread(target=self.submit, args=("first",))]
        threads[0].start()
        assert self._is_in.wait(30)
        for number, item in enumerate(items, start=1):
            threads.append(threading.Thread(target=self.submit, args=(item,)))
            threads[-1].start()
            _until(lambda number=number: len(self.commit._waiting) == number)
        then()
        self._may_go.set()
        for thread in threads:
            thread.join(60)


def _until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.001)


def test_what_waits_together_is_committed_together(database: Database) -> None:
    together = Together(database)
    together.run("a", "b", "c")
    assert together.groups == [["first"], ["a", "b", "c"]]
    assert together.outcomes == {one: f"kept {one}" for one in ("first", "a", "b", "c")}
    assert kept(database) == {"first", "a", "b", "c"}


def test_who_comes_before_it_may_write_joins_the_group(sqlite_database: Database) -> None:
    together = Together(sqlite_database)
    with sqlite_database.write():
        threads = []
        for number, item in enumerate(("a", "b", "c")):
            threads.append(threading.Thread(target=together.submit, args=(item,)))
            threads[-1].start()
            _until(lambda number=number: len(together.commit._waiting) == number)
            _until(lambda: together.commit._is_led)
    for thread in threads:
        thread.join(60)
    assert together.groups == [["a", "b", "c"]]
    assert kept(sqlite_database) == {"a", "b", "c"}


def test_who_is_alone_waits_for_nobody(database: Database) -> None:
    together = Together(database)
    for item in ("a", "b"):
        together.submit(item)
    assert together.groups == [["a"], ["b"]]


def test_one_that_fails_fails_alone(database: Database) -> None:
    together = Together(database)
    together.run("a", "bad", "c")
    assert together.outcomes["bad"] is IntegrityError
    assert together.outcomes["a"] == "kept a"
    assert together.outcomes["c"] == "kept c"
    assert kept(database) == {"first", "a", "c"}


def test_when_the_commit_fails_nobody_of_the_group_is_told_otherwise(database: Database) -> None:
    together = Together(database)

    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("no space left on device"))

    def break_commits() -> None:
        # The first is in the middle of its work and fails as well.
        event.listen(database.engine_by_key, "commit", refuse)

    together.run("a", "b", then=break_commits)
    event.remove(database.engine_by_key, "commit", refuse)
    assert set(together.outcomes.values()) == {OperationalError}
    assert kept(database) == set()
    together.submit("later")
    assert together.outcomes["later"] == "kept later"
    assert kept(database) == {"later"}


def test_a_database_that_cannot_be_written_is_asked_once_for_a_group(
    sqlite_database: Database,
) -> None:
    together = Together(sqlite_database)
    begun: list[object] = []

    def refuse(connection: object) -> None:
        begun.append(connection)
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    together.run(
        "a", "b", "c", then=lambda: event.listen(sqlite_database.engine_by_key, "begin", refuse)
    )
    event.remove(sqlite_database.engine_by_key, "begin", refuse)
    assert len(begun) == 1
    assert together.outcomes["first"] == "kept first"
    assert {together.outcomes[one] for one in ("a", "b", "c")} == {OperationalError}


def test_trouble_of_the_database_in_the_middle_ends_the_group_at_once(database: Database) -> None:
    tries: list[Sequence[str]] = []

    def fail(_session: Session, items: Sequence[str]) -> list[str]:
        if "first" in items:
            return list(items)
        tries.append(items)
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    together = Together(database, fail)
    together.run("a", "b", "c")
    assert tries == [["a", "b", "c"], ["a"]]
    assert {together.outcomes[one] for one in ("a", "b", "c")} == {OperationalError}


def held(database: Database) -> Connection:
    """A transaction in which "slow" waits for a lock in vain, till it is closed."""
    connection = database.engine.connect()
    connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
    return connection


def impatient(limit: str) -> Callable[[Session, Sequence[str]], list[str]]:
    def work(session: Session, items: Sequence[str]) -> list[str]:
        if "slow" in items:
            session.execute(text(f"SET LOCAL {limit} = '200ms'"))
            session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        return keep(session, items)

    return work


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_one_that_times_out_fails_alone(database: Database, limit: str) -> None:
    together = Together(database, impatient(limit))
    with held(database):
        together.run("a", "slow", "b")
    assert together.outcomes["slow"] is OperationalError
    assert kept(database) == {"first", "a", "b"}
    assert together.outcomes["b"] == "kept b"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_left_when_nobody_listens_any_more_is_not_tried(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_PATIENCE", 0.1)
    together = Together(database, impatient("lock_timeout"))
    with held(database):
        together.run("slow", "b")
    assert {together.outcomes[one] for one in ("slow", "b")} == {OperationalError}
    assert kept(database) == {"first"}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_ends_connections_is_not_asked_for_each_of_a_group(
    database: Database,
) -> None:
    tries: list[Sequence[str]] = []

    def end(session: Session, items: Sequence[str]) -> list[str]:
        if "first" in items:
            return list(items)
        tries.append(items)
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return list(items)

    together = Together(database, end)
    together.run("a", "b", "c")
    assert tries == [["a", "b", "c"], ["a"], ["a"]]  # the connection may have been an old one
    assert {together.outcomes[one] for one in ("a", "b", "c")} == {OperationalError}


def test_what_another_transaction_was_first_with_is_done_again(database: Database) -> None:
    tries: list[Sequence[str]] = []

    def meet(session: Session, items: Sequence[str]) -> list[str]:
        tries.append(items)
        if len(tries) == 1:
            raise IntegrityError("INSERT", {}, Exception("it is there already"))
        return keep(session, items)

    together = Together(database, meet)
    together.submit("a")
    assert together.outcomes["a"] == "kept a"
    assert len(tries) == 2


def test_many_threads_and_some_bad_pieces_of_work(database: Database) -> None:
    commit = GroupCommit(database, keep)
    answers: dict[str, str] = {}
    failed: list[str] = []

    def work(thread: int) -> None:
        for number in range(12):
            try:
                commit.submit("bad" if (thread + number) % 5 == 0 else f"{thread}.{number}")
                answers[f"{thread}.{number}"] = "kept"
            except IntegrityError:
                failed.append(f"{thread}.{number}")

    threads = [threading.Thread(target=work, args=(one,)) for one in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) + len(failed) == 120
    assert len(failed) == sum((t + n) % 5 == 0 for t in range(10) for n in range(12))
    assert kept(database) == set(answers)
