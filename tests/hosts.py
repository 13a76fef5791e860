"""Two senders beside each other, as on two hosts, with a provider that only notes what it gets."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from messaging.providers import Provider
from models.database import Database
from scheduler.dispatch import Dispatch
from scheduler.waking import waiting_for_work
from tests.conftest import make_settings
from tests.world import World


class Hosts:
    """Two senders, each with a connection pool and threads of its own, on the world's clock."""

    def __init__(self, world: World, provider: Provider) -> None:
        self._stop, started, noon = threading.Event(), time.monotonic(), world.now
        url = world.database.engine.url.render_as_string(hide_password=False)
        self._databases = [Database(url) for _ in range(2)]

        def clock() -> datetime:
            return noon + timedelta(seconds=time.monotonic() - started)

        def run(database: Database) -> None:
            sender = Dispatch(database, provider, make_settings(url), clock=clock)
            waiting = waiting_for_work(database, self._stop)
            asyncio.run(sender.work(self._stop, waiting))
            waiting.close()

        self._threads = [threading.Thread(target=run, args=(one,)) for one in self._databases]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        for database in self._databases:
            database.dispose()


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Until it is so; a failure of the test if that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.01)
