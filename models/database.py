"""The one way to the database: reading and writing transactions on SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import Connection
from sqlmodel import Session

from models.postgresql import for_a_long_look, for_a_page, found_by_key, patient, settle_in
from models.same_file import SameFile
from models.turns import Turns
from models.writable import Opening, drop_read_only

CHANNEL = "marquee_work"  # what LISTEN and NOTIFY call it (PostgreSQL)
_FORGET_WAIT_MS = 1000  # it holds writers up meanwhile
# KiB of SQLite's pages that a connection keeps: as a rule, and while it goes through a whole index.
_CACHE, _LARGE_CACHE = 2_048, 4_096
_LOCK_WAIT_SECONDS = 15  # as long as the provider waits for a webhook's answer


class Database:
    """An engine and its two kinds of transaction. Create it after a process forks, never before."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        # SQLite takes the write lock at BEGIN IMMEDIATE; a transaction that begins by reading and
        # writes later loses updates or fails half-way (measured: docs/ARCHITECTURE.md).
        self._reader = self.engine.execution_options(marquee_reads_only=True)
        self._only_reader = self._reader.execution_options(postgresql_readonly=True)
        self._page, self._page_reader = (
            engine.execution_options(marquee_page=True) for engine in (self.engine, self._reader)
        )
        path = self.engine.url.database
        has_turns = not self.is_postgresql and path and path != ":memory:"
        self._turns = Turns(path) if has_turns and path else None
        self.engine_by_key = open_engine(url, by_key=True) if self.is_postgresql else self.engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A writing transaction: committed at the end of the block, rolled back on any error."""
        with self._write(self.engine) as session:
            yield session

    @contextmanager
    def write_by_key(self) -> Iterator[Session]:
        """The same for statements that find every row by an index, thousands of times a second.

        PostgreSQL then never reads a table whole: it keeps a plan that it made while a table was
        small, and a burst can fill that table before its statistics say so. The connection is not
        tried before: who meets a restarted server must be ready to begin again.
        """
        with self._write(self.engine_by_key) as session:
            yield session

    @contextmanager
    def write_much(
        self, *, refers_to_what_it_reads: bool = False, room: int = _LARGE_CACHE
    ) -> Iterator[Session]:
        """The same for what goes through a whole index, e.g. freezing an audience: with `room` KiB
        for it in memory on SQLite, which are given back at the end.

        Who reads or writes all that it refers to in the same transaction need not have SQLite look
        each reference up again, which costs a third of freezing.
        """
        with ExitStack() as changed:
            bind: Engine | Connection = self.engine
            if not self.is_postgresql:
                bind = changed.enter_context(self.engine.connect())
                changed.enter_context(_pragma(bind, "cache_size", -room, -_CACHE))
                if refers_to_what_it_reads:
                    changed.enter_context(_pragma(bind, "foreign_keys", 0, 1))
            yield changed.enter_context(self._write(bind))

    @contextmanager
    def _write(self, engine: Engine | Connection) -> Iterator[Session]:
        with (
            self._turns.turn() if self._turns else nullcontext(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A reading transaction, which holds up no writer. What it changes is thrown away, or
        refused by PostgreSQL."""
        with self._read() as session:
            yield session

    @contextmanager
    def moment(self) -> Iterator[Session]:
        """A reading transaction that sees the database as it is now, whatever is written
        meanwhile; on SQLite every one does."""
        with self._read() as session:
            if self.is_postgresql:
                level = {"isolation_level": "REPEATABLE READ"}
                session.connection(execution_options=level).exec_driver_sql(for_a_long_look())
            yield session

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with Session(self._only_reader, expire_on_commit=False, autoflush=False) as session:
            yield session
            if self.is_postgresql:
                # At a ROLLBACK the driver forgets all statements that it has prepared on the
                # connection, and the sender's would be planned anew each time (measured: a
                # fifth of the server's work for a message).
                session.expunge_all()
                session.commit()

    def session(self, *, reads_only: bool) -> Session:
        """A session whose life its caller ends: what a web request holds for its duration.

        A page shows so many rows, and finds them by key: PostgreSQL would read a million for the
        first ten thousand of a join, where it takes that for a little cheaper.
        """
        return Session(self._page_reader if reads_only else self._page, expire_on_commit=False)

    def forget(self) -> bool:
        """Empty SQLite's write-ahead log, which still holds what was erased; whether it could.

        Somebody who reads at this moment may be in the way for longer than it waits: the clock
        tries again. PostgreSQL's log is its operator's (docs/PRIVACY.md).
        """
        if self.is_postgresql:
            return True
        with closing(self.engine.raw_connection()) as connection:
            connection.execute(f"PRAGMA busy_timeout={_FORGET_WAIT_MS}")
            (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute(f"PRAGMA busy_timeout={_LOCK_WAIT_SECONDS * 1000}")
        return not is_busy

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def notify(self, session: Session) -> None:
        """Wake whoever waits for work, on any host, once the caller's transaction commits."""
        if self.is_postgresql:
            session.execute(text(f"NOTIFY {CHANNEL}"))

    def dispose(self) -> None:
        self.engine.dispose()
        self.engine_by_key.dispose()
        if self._turns:
            self._turns.close()


def normal_url(url: str) -> str:
    """The SQLAlchemy address for what a host hands out, e.g. postgres://… or postgresql://…."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def open_engine(url: str, *, by_key: bool = False) -> Engine:
    """An engine with the pragmas and BEGIN that each database needs to be safe; `by_key` on
    PostgreSQL as Database.write_by_key says."""
    address = make_url(normal_url(url))
    if address.get_backend_name() == "sqlite":
        engine = _open_sqlite(address)
    else:
        engine = _open_postgresql(patient(address), by_key=by_key)
    event.listen(engine, "handle_error", drop_read_only)
    return engine


def _open_sqlite(address: URL) -> Engine:
    engine = create_engine(address, connect_args={"timeout": _LOCK_WAIT_SECONDS})
    path = address.database if address.database != ":memory:" else None
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "do_connect", Opening(path))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if path:
        SameFile(engine, path)
    return engine


def _open_postgresql(address: URL, *, by_key: bool) -> Engine:
    # Two who meet count on it that the later one sees what the earlier has committed, whatever
    # the server's operator has made the rule for others (default_transaction_isolation).
    # The connection that was used last has the statements prepared that come now.
    always: dict[str, Any] = {"isolation_level": "READ COMMITTED", "pool_use_lifo": True}
    if by_key:
        engine = create_engine(address, execution_options={"marquee_by_key": True}, **always)
    else:
        engine = create_engine(address, pool_pre_ping=True, pool_size=10, max_overflow=20, **always)

    def connected(connection: Any, record: Any) -> None:
        is_pooled = settle_in(connection, always_by_key=by_key)
        record.info["marquee_by_key"] = by_key and not is_pooled

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        # What was answered or handed over must outlive a power cut: one flush of the log a commit.
        "synchronous=FULL",
        f"busy_timeout={_LOCK_WAIT_SECONDS * 1000}",
        "foreign_keys=ON",
        f"cache_size=-{_CACHE}",
        "recursive_triggers=ON",  # REPLACE must meet the triggers that keep consent events
        "secure_delete=ON",  # what was erased is overwritten in the file, not only forgotten
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _pragma(connection: Connection, name: str, value: int, usual: int) -> Iterator[None]:
    """Another value between transactions: within one SQLite ignores some of these."""
    execute = connection.connection.cursor().execute
    execute(f"PRAGMA {name}={value}")
    try:
        yield
    finally:
        execute(f"PRAGMA {name}={usual}")
        execute("PRAGMA shrink_memory")


def _begin_postgresql(connection: Connection) -> None:
    """What is to be so until the transaction ends, and is not so for the connection's life."""
    options = connection.get_execution_options()
    if options.get("marquee_page", False):
        connection.exec_driver_sql(for_a_page())
    elif options.get("marquee_by_key", False) and not connection.info.get("marquee_by_key", False):
        connection.exec_driver_sql(found_by_key(for_one_transaction=True))


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("marquee_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
