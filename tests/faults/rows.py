"""Plain SQL on the product's database, by the drivers alone: sqlite3 and psycopg."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

Row = tuple[Any, ...]
Ask = Callable[..., list[Row]]


class Rows:
    """A database by its address, `sqlite:////path` or `postgresql://…`. Statements use `?`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")

    def ask(self, statement: str, *values: object) -> list[Row]:
        """The rows of one statement, in a transaction of its own."""
        with self.snapshot() as ask:
            return ask(statement, *values)

    def one(self, statement: str, *values: object) -> Any:
        """The one value of a statement."""
        ((value,),) = self.ask(statement, *values)
        return value

    def change(self, statement: str, *values: object) -> None:
        """Write, as somebody at the database's own console would."""
        if self.is_sqlite:
            connection = self._sqlite()
            try:
                connection.execute(statement, values)
            finally:
                connection.close()
            return
        with psycopg.connect(self.url, autocommit=True) as server:
            while True:
                # It locks in no order: in a ring with the product it is this one that gives way.
                with contextlib.suppress(psycopg.errors.DeadlockDetected):
                    server.execute(statement.replace("?", "%s"), values)  # type: ignore[arg-type]
                    return

    @contextmanager
    def snapshot(self) -> Iterator[Ask]:
        """One reading transaction: all that is asked in it is true at one moment."""
        if self.is_sqlite:
            connection = self._sqlite()
            try:
                connection.execute("BEGIN")
                yield lambda statement, *values: connection.execute(statement, values).fetchall()
            finally:
                connection.close()
        else:
            with psycopg.connect(self.url) as server:
                server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield lambda statement, *values: server.execute(
                    statement.replace("?", "%s"),  # type: ignore[arg-type]
                    values,
                ).fetchall()

    def _sqlite(self) -> sqlite3.Connection:
        path = self.url.removeprefix("sqlite:///")
        return sqlite3.connect(path, timeout=60, isolation_level=None)

    def time(self, at: datetime) -> object:
        """A moment as a column of this database takes it."""
        utc = at.astimezone(UTC)
        return f"{utc:%Y-%m-%d %H:%M:%S.%f}" if self.is_sqlite else utc


def moment(value: object) -> datetime | None:
    """A column's time as aware UTC, from either database."""
    if value is None or isinstance(value, datetime):
        return value and value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


class Watch(threading.Thread):
    """Calls `look` again and again until it is told to stop; what went wrong is raised then."""

    def __init__(self, look: Callable[[], None], seconds: float = 0.02) -> None:
        super().__init__(daemon=True)
        self._look, self._seconds = look, seconds
        self._stop_asked = threading.Event()
        self.looks = 0
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stop_asked.wait(self._seconds):
                self._look()
                self.looks += 1
        except BaseException as problem:  # Raised again in the thread that waits.
            self.problem = problem

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop_asked.set()
        self.join(60)
        if self.problem is not None:
            raise self.problem
        assert kind is not None or self.looks > 0, "nobody looked"
