"""What a clock's threads share so that each audience is frozen by one of them only."""

from collections.abc import Callable
from datetime import datetime

from models.database import Database
from scheduler import freeze


class Freezing:
    """The audiences that one clock is freezing, while `goes_on`; `rest` waits for so many seconds
    at most, and returns at once when it does not go on."""

    def __init__(
        self, database: Database, goes_on: Callable[[], bool], rest: Callable[[float], object]
    ) -> None:
        self._database, self._goes_on, self._rest = database, goes_on, rest
        self._under_way: set[int] = set()

    def go_on(self, broadcast_id: int, now: datetime) -> None:
        """Freeze the rest of an audience, unless another thread is at it."""
        if broadcast_id in self._under_way:
            return
        self._under_way.add(broadcast_id)
        try:
            freeze.freeze_rest(self._database, broadcast_id, now, self._goes_on, self._rest)
        finally:
            self._under_way.discard(broadcast_id)
