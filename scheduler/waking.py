"""Waiting for work: until somebody says that there is some, and never for long.

On PostgreSQL a process listens (LISTEN/NOTIFY), so that work is noticed at once on every host. On
SQLite it looks whether the file has changed, which costs a few microseconds.
"""

import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Protocol

import structlog

from models.database import CHANNEL, Database
from scheduler.drivers import connect, trouble

if TYPE_CHECKING:
    import psycopg

log = structlog.get_logger()

_LOOK_SECONDS = 0.02
_LONGEST_SECONDS = 0.2  # a word that was lost costs no more


class Waiting(Protocol):
    """Something that can be waited for in a thread."""

    def __call__(self, seconds: float) -> object: ...
    def close(self) -> None: ...


def waiting_for_work(database: Database, stop: threading.Event) -> Waiting:
    """What blocks until there may be work, `stop` is set, or the given seconds are over."""
    return _Listening(database, stop) if database.is_postgresql else _Looking(database, stop)


class _Looking:
    def __init__(self, database: Database, stop: threading.Event) -> None:
        self._database, self._stop = database, stop
        self._connection: sqlite3.Connection | None = None
        self._seen = 0

    def __call__(self, seconds: float) -> None:
        ends = time.monotonic() + min(seconds, _LONGEST_SECONDS)
        while time.monotonic() < ends and not self._stop.wait(_LOOK_SECONDS):
            if self._has_changed():
                return

    def _has_changed(self) -> bool:
        try:
            if self._connection is None:
                self._connection = connect(self._database)
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            self.close()
            return True
        changed, self._seen = version != self._seen, version
        return bool(changed)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Listening:
    def __init__(self, database: Database, stop: threading.Event) -> None:
        self._database, self._stop = database, stop
        self._connection: psycopg.Connection[object] | None = None

    def __call__(self, seconds: float) -> None:
        try:
            if self._connection is None:
                self._connection = connect(self._database)
                self._connection.execute(f"LISTEN {CHANNEL}")
            for _ in self._connection.notifies(
                timeout=min(seconds, _LONGEST_SECONDS), stop_after=1
            ):
                return
        except trouble() as error:
            log.warning("waking.lost", error=type(error).__name__)
            self.close()
            self._stop.wait(min(seconds, _LONGEST_SECONDS))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
