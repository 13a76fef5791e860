"""Waiting for work: until somebody says that there is some, and never for long.

On PostgreSQL a process listens (LISTEN/NOTIFY), so that work is noticed at once on every host. On
SQLite it looks whether the file has changed, which costs a few microseconds.
"""

import threading
import time
from typing import Protocol

import structlog

from models.database import CHANNEL, Database
from scheduler.drivers import Link, trouble

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
        self._link, self._stop = Link(database), stop
        self._seen = 0

    def __call__(self, seconds: float) -> None:
        ends = time.monotonic() + min(seconds, _LONGEST_SECONDS)
        while time.monotonic() < ends and not self._stop.wait(_LOOK_SECONDS):
            if self._has_changed():
                return

    def _has_changed(self) -> bool:
        try:
            version = self._link.opened().execute("PRAGMA data_version").fetchone()[0]
        except trouble():
            self._link.close()
            return True
        changed, self._seen = version != self._seen, version
        return bool(changed)

    def close(self) -> None:
        self._link.close()


class _Listening:
    def __init__(self, database: Database, stop: threading.Event) -> None:
        self._link, self._stop = Link(database, f"LISTEN {CHANNEL}"), stop
        self._is_told = False

    def __call__(self, seconds: float) -> None:
        try:
            listening, most = self._link.opened(), min(seconds, _LONGEST_SECONDS)
            for _ in listening.notifies(timeout=most, stop_after=1):
                break
            self._is_told = False
        except trouble() as error:
            if not self._is_told:  # once, however long it lasts
                log.warning("waking.lost", error=type(error).__name__)
            self._is_told = True
            self._link.close()
            self._stop.wait(min(seconds, _LONGEST_SECONDS))

    def close(self) -> None:
        self._link.close()
