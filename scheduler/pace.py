"""How fast a process sends at present."""

import time
from typing import Final

_SECONDS: Final = 0.1


class Pace:
    """Segments per second, measured over the last tenths of a second."""

    def __init__(self) -> None:
        self._began, self._count, self._rate = time.monotonic(), 0, 0.0

    def took(self, segments: int) -> None:
        """So many segments were answered for."""
        self._count += segments

    @property
    def rate(self) -> float:
        """The present rate; it falls to nothing within half a second after the last answer."""
        passed = time.monotonic() - self._began
        if passed >= _SECONDS:
            latest = self._count / passed
            self._rate = latest if passed > 5 * _SECONDS else (self._rate + latest) / 2
            self._began, self._count = time.monotonic(), 0
        return self._rate
