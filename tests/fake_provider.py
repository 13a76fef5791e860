"""A provider in memory: takes every message, unless a number was told to answer otherwise."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

from messaging.providers import Accepted, Found, Outgoing, SendError


class FakeProvider:
    """Remembers what it took. `answers` maps a number to what happens when it is messaged:

    a SendError is raised; with `takes_it` the message was taken although the error says unknown.
    """

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.asked: list[Outgoing] = []
        self.held: dict[str, list[Found]] = {}
        self.answers: dict[str, SendError] = {}
        self.takes_it_anyway: set[str] = set()
        self.before_send: Callable[[Outgoing], None] = lambda _: None
        self._sids = itertools.count(1)

    async def send(self, message: Outgoing) -> Accepted:
        self.asked.append(message)
        self.before_send(message)
        error = self.answers.get(message.to)
        if error is not None and message.to not in self.takes_it_anyway:
            raise error
        sid = f"SM{next(self._sids):032d}"
        self.taken.append(message)
        self.held.setdefault(message.to, []).append(
            Found(sid, message.sender, message.body, "delivered", None, datetime.now(UTC))
        )
        if error is not None:
            raise error
        return Accepted(sid)

    async def find(self, to: str, since: datetime) -> list[Found]:
        return self.held.get(to, [])

    async def fetch(self, sid: str) -> Found | None:
        held = (one for each in self.held.values() for one in each)
        return next((one for one in held if one.sid == sid), None)

    async def close(self) -> None:
        pass

    def taken_by(self, phone: str) -> int:
        return sum(message.to == phone for message in self.taken)
