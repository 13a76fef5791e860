"""The two databases' own drivers, for questions that must cost next to nothing.

PostgreSQL's takes 9 MB of memory, and is imported by the first connection to it.
"""

import sqlite3
import sys
from typing import Any

from sqlalchemy.exc import DBAPIError

from models.database import Database
from models.postgresql import settle_in
from models.same_file import Identity, identity
from models.writable import insist_on_writing


def connect(database: Database) -> Any:
    """A connection beside SQLAlchemy's, without transactions, for one thread at a time, that finds
    every row by an index. Raises one of `trouble`."""
    url = database.engine.url
    if database.is_postgresql:
        import psycopg

        # As the engine itself does: its own way to write an address has a "+" for each space, as
        # in `options=-c search_path=…`, which libpq takes for a plus.
        args, parameters = database.engine.dialect.create_connect_args(url)
        connection = psycopg.connect(*args, autocommit=True, **parameters)
        settle_in(connection, always_by_key=True)
        return connection
    path = url.database or ":memory:"
    insist_on_writing(path)
    with database.engine.connect():  # the engine knows whether the file may be opened
        return sqlite3.connect(path, check_same_thread=False, timeout=0)


class Link:
    """A connection of that kind that lives long: opened when it is needed, and anew after `close`,
    or when SQLite's file was replaced. `first` is said on each new one."""

    def __init__(self, database: Database, first: str = "") -> None:
        self._database, self._first = database, first
        self._path = None if database.is_postgresql else database.engine.url.database
        self._connection: Any = None
        self._file: Identity | None = None

    def opened(self) -> Any:
        """The connection. Raises one of `trouble`, after which it must be closed."""
        if self._path and self._connection and identity(self._path) != self._file:
            self.close()
        if self._connection is None:
            self._file = identity(self._path) if self._path else None
            self._connection = connect(self._database)
            if self._first:
                self._connection.execute(self._first)
        return self._connection

    def close(self) -> None:
        """The next use opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def trouble() -> tuple[type[Exception], ...]:
    """What SQLAlchemy and the drivers raise when the database is away, locked or broken."""
    psycopg = sys.modules.get("psycopg")
    known: tuple[type[Exception], ...] = (DBAPIError, sqlite3.Error)
    return known if psycopg is None else (*known, psycopg.Error)


def name_of(error: Exception) -> str:
    """What the driver calls its trouble, also where SQLAlchemy has wrapped it."""
    return type(getattr(error, "orig", None) or error).__name__
