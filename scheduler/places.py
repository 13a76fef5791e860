"""How many requests a sending process hands to its HTTP client at a time.

No more than `most` are ever under way to the provider; the client keeps to that by itself. A few
more are handed to it, so that the next one leaves at the moment an answer comes in, also while this
process is busy with a round. Waiting there must not make them stale: the client soon gives up what
finds no place (messaging.providers.NoPlace), and it is looked at anew before its next try.
"""

from typing import Final

# What is handed over early should leave within this time, at the pace at which answers come.
_AHEAD_SECONDS: Final = 0.008
_MOST_SPARE: Final = 0.2  # of the places
_WEIGHT: Final = 0.05  # of one answer in the latency that is remembered


class Places:
    """The places of one process. `latency` is that of recent answers, in seconds."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._latency: float | None = None

    def answered(self, seconds: float) -> None:
        """An answer took so long."""
        known = seconds if self._latency is None else self._latency
        self._latency = known + _WEIGHT * (seconds - known)

    @property
    def all(self) -> int:
        """How many requests may be with the client now, on their way or waiting for a place."""
        if self._latency is None:
            return self.most
        share = min(_MOST_SPARE, _AHEAD_SECONDS / max(self._latency, _AHEAD_SECONDS))
        return self.most + int(self.most * share)
