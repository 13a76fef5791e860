"""One time for all hosts: leases and rates are only as exact as the clocks that read them agree.

On PostgreSQL it is the server's: each process asks now and then how far its host's clock is off. On
SQLite all processes are on one host, whose clock it is.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Database

# So much earlier than the last time nobody's clock is: it was set back.
SET_BACK: Final = timedelta(seconds=60)
_ASK_SECONDS: Final = 10.0
_SET_SECONDS: Final = 1.0  # what the host's clock gains on a steady one: somebody has set it


class SharedClock:
    """Call it for the present moment (aware UTC). Any thread may."""

    def __init__(self, database: Database) -> None:
        self._database, self._lock = database, threading.Lock()
        self._off, self._asked_at, self._ahead = timedelta(0), float("-inf"), 0.0

    def __call__(self) -> datetime:
        if self._database.is_postgresql and self._must_ask():
            self._ask()
        return datetime.now(UTC) + self._off

    def _must_ask(self) -> bool:
        """Whether it is time, or the host's clock was set since: till then it would be as wrong
        as that, and a broadcast would start an hour early."""
        was_set = abs(_ahead_of_steady() - self._ahead) > _SET_SECONDS
        return was_set or time.monotonic() - self._asked_at > _ASK_SECONDS

    def _ask(self) -> None:
        """Learn how far the host's clock is off; a server that is away is asked the next time."""
        with self._lock:
            began = datetime.now(UTC)
            self._asked_at, self._ahead = time.monotonic(), _ahead_of_steady()
            try:
                with self._database.engine.connect() as connection:
                    theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            except DBAPIError:
                return
            # It was that late on the server about half-way between question and answer.
            self._off = theirs - (began + (datetime.now(UTC) - began) / 2)


def _ahead_of_steady() -> float:
    """By how many seconds the host's clock is ahead of the one that nobody can set."""
    return time.time() - time.monotonic()
