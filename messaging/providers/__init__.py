"""What Marquee asks of a provider, whichever it is. One adapter, one module beside this one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from messaging.errors import Outcome


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to hand over. `status_callback` is where its receipts go, or None for none.

    `validity_seconds` (1 to 36,000) is how long it may wait in the provider's queue.
    """

    sender: str
    to: str
    body: str
    status_callback: str | None
    validity_seconds: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message and calls it `sid`."""

    sid: str


@dataclass(frozen=True, slots=True)
class Found:
    """A message that the provider holds, as its listing shows it."""

    sid: str
    sender: str | None
    body: str
    status: str
    error_code: int | None
    created_at: datetime | None


class SendError(Exception):
    """A message was not taken, or nobody knows. Carries the decision, not only the news.

    `sid` names one that was taken and had failed by the time of the answer: its receipts, which
    say so again, are still to come.
    """

    def __init__(
        self, outcome: Outcome, code: int | None, reason: str, sid: str | None = None
    ) -> None:
        super().__init__(reason)
        self.outcome, self.code, self.reason, self.sid = outcome, code, reason, sid


class NoPlace(Exception):
    """A message never left: as many as may be were under way. It can be handed over again."""


class Provider(Protocol):
    """Sends messages and finds sent ones again."""

    async def send(self, message: Outgoing) -> Accepted:
        """Hand over one message; SendError says what follows when it was not taken,
        NoPlace that it never left."""
        ...

    async def find(self, to: str, since: datetime) -> list[Found]:
        """The messages to a number from `since` (aware UTC) on; SendError when it cannot tell."""
        ...

    async def fetch(self, sid: str) -> Found | None:
        """The message that it calls `sid`, None if it holds none; SendError when it cannot tell."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
