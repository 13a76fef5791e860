"""Crowds: hundreds of phones texting the same thing, through the same webhook as one phone."""

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from simulator.behaviour import Settings
from simulator.config import Config, ConfigError
from simulator.inbound import Inbound
from simulator.numbers import PLACES, fresh_numbers
from simulator.store import Store

MOST = 300_000
MOST_CONCURRENT = 48


@dataclass(slots=True)
class Crowd:
    """How far a crowd has come. ``errors`` counts each kind of failure."""

    id: int
    to: str
    body: str
    numbers: list[str]
    done: int = 0
    failed: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def asdict(self, *, with_numbers: bool = False) -> dict[str, Any]:
        """Return the progress as the control API shows it."""
        progress = {
            "id": self.id,
            "to": self.to,
            "body": self.body,
            "total": len(self.numbers),
            "done": self.done,
            "failed": self.failed,
            "errors": self.errors,
            "finished": self.finished.is_set(),
        }
        return progress | ({"numbers": self.numbers} if with_numbers else {})


class Crowds:
    """Starts crowds and remembers them."""

    def __init__(self, config: Config, store: Store, inbound: Inbound) -> None:
        """Start with no crowd."""
        self._config = config
        self._store = store
        self._inbound = inbound
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: dict[int, Crowd] = {}

    def start(
        self,
        settings: Settings,
        *,
        to: str,
        body: str,
        count: int,
        concurrency: int,
        areas: tuple[str, ...] = (),
        numbers: list[str] | None = None,
    ) -> Crowd:
        """Let a crowd text; new phones are bought for it unless it is told which to use."""
        if not 1 <= count <= MOST:
            raise ConfigError(f"count must be a whole number from 1 to {MOST:,}")
        unknown = [area for area in areas if area not in PLACES]
        if unknown:
            raise ConfigError(f"area codes {', '.join(unknown)} are not among {', '.join(PLACES)}")
        if numbers is None:
            fresh = fresh_numbers(self._store.phones, self._config.seed, areas)
            numbers = list(islice(fresh, count))
        for number in numbers:  # Taken at once, so that two crowds never share a phone.
            self._store.phone(number)
        crowd = Crowd(len(self.all) + 1, to, body, numbers)
        self.all[crowd.id] = crowd
        task = asyncio.create_task(
            self._run(crowd, settings, min(max(concurrency, 1), MOST_CONCURRENT))
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return crowd

    async def _run(self, crowd: Crowd, settings: Settings, concurrency: int) -> None:
        waiting = iter(crowd.numbers)

        async def text_in_turn() -> None:
            for number in waiting:
                exchange = await self._inbound.text(settings, number, crowd.to, crowd.body)
                crowd.done += 1
                if exchange.error is not None:
                    crowd.failed += 1
                    crowd.errors[exchange.error] = crowd.errors.get(exchange.error, 0) + 1

        try:
            await asyncio.gather(*(text_in_turn() for _ in range(concurrency)))
        finally:
            crowd.finished.set()

    async def close(self) -> None:
        """Send everybody home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
