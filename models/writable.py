"""A connection that is good for reading only is not kept.

SQLite would open a file that can only be read all the same, for reading, and a connection that was
opened so stays so: a process that began while the disk could only be read would never write again.
Refused, it is opened anew by whoever needs it next, and everything goes on by itself. PostgreSQL's
may have been opened while its server took no changes (default_transaction_read_only), or lead to a
stand-by that another server has taken the address over from: it is found out by what it refuses.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.engine import ExceptionContext

log = structlog.get_logger()

_PARTS: Final = ("", "-wal", "-shm")
_KIND: Final = 0xFF  # of SQLite's codes, of which the rest says more
_READ_ONLY: Final = "25006"  # PostgreSQL's read_only_sql_transaction


class DatabaseIsReadOnly(sqlite3.OperationalError):
    """What SQLite's own driver would raise at the first writing statement."""


def insist_on_writing(path: str) -> None:
    """Raise DatabaseIsReadOnly if this process may only read the file, or a part of it."""
    for part in _PARTS:
        file = Path(f"{path}{part}")
        if file.exists() and not os.access(file, os.W_OK):
            raise DatabaseIsReadOnly(
                f"The database file {file} can only be read. Give this user the right to write it, "
                "and look whether its disk can be written."
            )


class Opening:
    """What an engine does before each connection: insists on writing, and says once that it
    cannot."""

    def __init__(self, path: str) -> None:
        self._path, self._is_told = path, False

    def __call__(self, *_: object) -> None:
        try:
            insist_on_writing(self._path)
        except DatabaseIsReadOnly as error:
            if not self._is_told:
                log.error("database.read_only", problem=str(error))
                self._is_told = True
            raise
        self._is_told = False


def drop_read_only(context: ExceptionContext) -> None:
    """On an error of a statement: a connection that turned out to be good for reading only is not
    used again, nor are those that were opened before now."""
    error = context.original_exception
    code = getattr(error, "sqlite_errorcode", 0) or 0
    state = getattr(error, "sqlstate", None)
    if code & _KIND == sqlite3.SQLITE_READONLY or state == _READ_ONLY:
        context.is_disconnect = True
