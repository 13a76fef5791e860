"""Several threads that begin at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Done = TypeVar("Done")


def at_once(jobs: Sequence[Callable[[], Done]]) -> list[Done]:
    """Do each job in a thread of its own; what they returned, in their order. An error of one is
    raised."""
    ready = Barrier(len(jobs))

    def run(job: Callable[[], Done]) -> Done:
        ready.wait(30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
