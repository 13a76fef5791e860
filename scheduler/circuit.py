"""A circuit for each sender: it opens when most of the last hundred messages failed.

Only what says something about the provider counts as a failure: no answer, no connection, errors of
its own. That a number does not exist is the number's fault.
"""

import math
import time
from collections import deque
from typing import Final

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError

LAST: Final = 100
_FAILURES: Final = (Outcome.unknown, Outcome.retry)


class Circuit:
    """What this process has seen of one sender lately.

    Its opening is kept in the sender's row, so that all processes rest together and one probe at a
    time tries again (models.sender). `is_news` is what the row should be told: an opening, or what
    became of a probe.
    """

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=LAST)
        self._decided_at = -math.inf
        self.is_failing = self.is_news = False

    def saw(
        self, answer: Accepted | SendError, claimed_at: float, *, is_probe: bool = False
    ) -> None:
        """Take one answer into account. A probe decides, also for a process that did not open the
        circuit: who did may be dead, or was started again. What was claimed (by time.monotonic)
        before the last decision tells how it was then, and comes when it likes."""
        failed = isinstance(answer, SendError) and answer.outcome in _FAILURES
        if is_probe:
            self._decide(is_failing=failed)
        elif claimed_at > self._decided_at:
            self.is_failing = False  # another process's probe went well, else nothing was claimed
            self._failed.append(failed)
            if sum(self._failed) * 2 > LAST and len(self._failed) == LAST:
                self._decide(is_failing=True)

    def told(self) -> None:
        """The sender's row knows."""
        self.is_news = False

    def _decide(self, *, is_failing: bool) -> None:
        self.is_failing, self.is_news = is_failing, True
        self._decided_at = time.monotonic()
        self._failed.clear()
