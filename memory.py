"""How a long-running process keeps its memory: in one heap, and searched for cycles less often."""

import ctypes
import gc
from contextlib import suppress

_M_ARENA_MAX = -8  # of malloc.h
# New objects after which the youngest are searched (Python's own: 700), and how often that is until
# the next generation is as well.
_THRESHOLDS = (50_000, 10, 10)


def keep_together() -> None:
    """Before the first thread: glibc would give each a heap of its own and keep what was freed in
    it. Threads that take turns at one interpreter need only one (mallopt(3), M_ARENA_MAX). Other C
    libraries have no such thing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def leave_imports_alone() -> None:
    """After the imports: what they made lives as long as the process. Python need not go through
    it again whenever it looks for cycles, with everybody waiting."""
    gc.collect()
    gc.freeze()


def collect_rarely() -> None:
    """For a process that holds rows by the thousand, which are no cycles: looking for some among
    them was measured to take a seventh of an import's time, for 2 MB less. Web workers make cycles
    with each request, and are quicker if those are found while the processor still has them."""
    gc.set_threshold(*_THRESHOLDS)
