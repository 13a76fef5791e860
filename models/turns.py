"""Turns at writing to SQLite, taken in order by all processes of a machine.

SQLite lets one transaction write at a time. Whoever finds it taken looks again after a while, up to
a tenth of a second later, and in between somebody else may have taken it again and again: a text
could wait for seconds while a blast is under way. So writers queue up here first. It is a courtesy:
SQLite's own lock decides, and who waits too long for a turn, e.g. because its owner's process was
frozen, tries without one.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

_PATIENCE: Final = 2.0  # seconds
_LOOK_EVERY: Final = 0.0003  # seconds


class Turns:
    """The turns at one database, for the threads of this process. Make it after a fork.

    Two locks: who has the turn, and who is next. Whoever has had a turn and wants another queues
    behind the next, so that nobody is overtaken by the same process twice. Its threads queue in the
    same way before that, among themselves.
    """

    def __init__(self, database_path: str, patience: float = _PATIENCE) -> None:
        self._paths = [f"{database_path}-{name}" for name in ("next", "turn")]
        self._patience = patience
        self._upcoming_here, self._turn_here = threading.Lock(), threading.Lock()
        self._files: list[int] = []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held for one writing transaction."""
        until = time.monotonic() + self._patience
        with ExitStack() as held:
            if self._take_here(held):
                self._take(held, until)
            yield

    def close(self) -> None:
        """Close the files; the next turn opens them again. Nobody of this process has one."""
        files, self._files = self._files, []
        for file in files:
            os.close(file)

    def _take_here(self, held: ExitStack) -> bool:
        if not self._upcoming_here.acquire(timeout=self._patience):
            return False
        with ExitStack() as waiting:
            waiting.callback(self._upcoming_here.release)
            if not self._turn_here.acquire(timeout=self._patience):
                return False
            held.callback(self._turn_here.release)
        return True

    def _take(self, held: ExitStack, until: float) -> None:
        if not self._files and not self._open():
            return
        upcoming, turn = self._files
        with ExitStack() as waiting:
            if _lock(upcoming, until):
                waiting.callback(fcntl.flock, upcoming, fcntl.LOCK_UN)
                if _lock(turn, until):
                    held.callback(fcntl.flock, turn, fcntl.LOCK_UN)

    def _open(self) -> bool:
        """Whether there are files to queue at: a disk may be full, or only to be read."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            self._files = [os.open(path, flags, 0o600) for path in self._paths]
        except OSError:
            return False
        return True


def _lock(file: int, until: float) -> bool:
    """Whether the lock was had in time. Asked for again and again: a wait for it has no end that
    could be set."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_EVERY)
