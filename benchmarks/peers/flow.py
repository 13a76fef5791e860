"""Waits until a gateway has passed on what it took, and says how fast that went."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.checker import Sent
from benchmarks.native import Load
from benchmarks.processes import Failed, Processes

_PATIENCE = 60.0  # seconds without a message


@dataclass(slots=True)
class Flow:
    """Messages on their way through a gateway: what the carrier has, of how many, since when."""

    sent: Callable[[], list[Sent]]
    count: int
    began: float = field(default_factory=time.time)


def drained(processes: Processes, flow: Flow, load: Load) -> float:
    """Messages a second until the carrier has the last one; Failed if some never come."""
    if load.errors or any(not status.startswith("2") for status in load.statuses):
        raise Failed(f"The gateway did not take every message: {load}")
    seen, moved = 0, time.monotonic()
    while (arrived := len(sent := flow.sent())) < flow.count:
        processes.check()
        if arrived > seen:
            seen, moved = arrived, time.monotonic()
        if time.monotonic() > moved + _PATIENCE:
            raise Failed(f"The gateway passed on {arrived} of {flow.count} messages.")
        time.sleep(0.25)
    return flow.count / (sent[-1].at - flow.began)
