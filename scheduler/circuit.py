"""A circuit for each sender: it opens when most of the last hundred messages failed.

Only what says something about the provider counts as a failure: no answer, no connection, errors of
its own. That a number does not exist is the number's fault.
"""

from collections import deque
from typing import Final

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError

LAST: Final = 100
_FAILURES: Final = (Outcome.unknown, Outcome.retry)


class Circuit:
    """What this process has seen of one sender lately.

    Its opening is kept in the sender's row, so that all processes rest together and one probe at a
    time tries again (models.sender).
    """

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=LAST)
        self._is_open = False

    def saw(self, answer: Accepted | SendError, *, is_probe: bool = False) -> None:
        """Take one answer into account. While the circuit is open, one decides; so does a probe
        for a process that did not open it: who did may be dead, or was started again."""
        failed = isinstance(answer, SendError) and answer.outcome in _FAILURES
        if is_probe and failed:
            self._failed.extend([True] * LAST)
        self._is_open = self._is_open or is_probe
        if self._is_open and not failed:
            self._failed.clear()
        self._failed.append(failed)

    @property
    def is_failing(self) -> bool:
        """Whether most of the last hundred failed."""
        return len(self._failed) == LAST and sum(self._failed) * 2 > LAST

    @property
    def is_news(self) -> bool:
        """Whether the sender's row should be told: of an opening, of a failed probe, or of the
        first success after it."""
        return self.is_failing or self._is_open

    def told(self) -> None:
        """The sender's row knows."""
        self._is_open = self.is_failing
