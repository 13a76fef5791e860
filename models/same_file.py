"""A SQLite connection is used as long as its file is the one that the path leads to.

Whoever puts another file in its place, e.g. a backup, leaves what is open on the old one, which
nobody will ever read again: a STOP would be answered, and kept nowhere. So each connection is
compared with the path before it is used (4 µs), and opened anew if need be. What is in the middle
of a transaction at that moment still ends on the old file.
"""

import os
import sqlite3
from contextlib import suppress
from typing import Any, Final

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

log = structlog.get_logger()

Identity = tuple[int, int]
_FILE: Final = "marquee_file"
_BESIDE: Final = ("-wal", "-shm")


class DatabaseWasReplaced(sqlite3.OperationalError):
    """What is at the path now must not be opened."""


def identity(path: str | int) -> Identity | None:
    """Which file it is, whatever its name: device and inode; None: there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  Path's takes twice as long
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class SameFile:
    """Sees to it for the connections of an engine. Make it after what else listens to them."""

    def __init__(self, engine: Engine, path: str) -> None:
        self._path, self._told = path, ""
        self._latest: Identity | None = None  # of the files that were opened
        self._beside: list[_Held] = []  # what SQLite keeps beside that one
        event.listen(engine, "do_connect", self._open)
        event.listen(engine, "connect", self._note)
        event.listen(engine, "checkout", self._insist)

    def _open(self, _dialect: object, record: Any, *_: object) -> None:
        # Should another one be opened after all, that is found out before it is used.
        record.info[_FILE] = found = identity(self._path)
        problem = self._problem(found)
        if problem and problem != self._told:
            log.error("database.replaced", problem=problem)
        self._told = problem
        if problem:
            raise DatabaseWasReplaced(problem)

    def _problem(self, found: Identity | None) -> str:
        if self._latest in (None, found):
            return ""
        if found is None:  # SQLite would make an empty one
            return f"The database file {self._path} is gone. Put it back."
        # SQLite would take the old file's newest changes for those of the new one, and ruin it.
        left = " and ".join(held.path for held in self._beside if held.is_there())
        return left and f"The database file {self._path} was replaced. Remove {left} as well."

    def _note(self, connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA user_version")  # reads, so that there is all that is beside it
        beside = [_Held(self._path + part) for part in _BESIDE]
        now = identity(self._path)
        if record.info[_FILE] is None:  # it has just been made
            record.info[_FILE] = now
        if record.info[_FILE] == now:
            self._latest, self._beside = now, beside

    def _insist(self, _connection: object, record: Any, _fairy: object) -> None:
        if identity(self._path) != record.info[_FILE]:
            raise DisconnectionError("the database file was replaced")


class _Held:
    """A file that is held, so that its inode is given to no other one after it. Nobody's locks end
    with that, because it is not opened; systems that cannot do so (macOS) hold nothing."""

    def __init__(self, path: str) -> None:
        self.path, self._number = path, -1
        if hasattr(os, "O_PATH"):
            with suppress(FileNotFoundError):
                self._number = os.open(path, os.O_PATH | os.O_CLOEXEC)

    def is_there(self) -> bool:
        """Whether it is still the one with its name."""
        return self._number >= 0 and identity(self.path) == identity(self._number)

    def __del__(self) -> None:
        if self._number >= 0:
            os.close(self._number)
