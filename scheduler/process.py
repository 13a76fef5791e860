"""The scheduler process: the clock, and a sender in a thread beside it."""

import signal
import threading
from typing import Any

import structlog

from models.database import Database
from scheduler import inbox_scan, recurring, sender
from scheduler.clock import Clock
from scheduler.surviving import survive
from settings import Settings

log = structlog.get_logger()


def run(settings: Settings, reads_as_stop: inbox_scan.ReadsAsStop, judge: recurring.Judge) -> None:
    """The scheduler process: the clock, and a sender in a thread beside it, until SIGTERM."""
    database = Database(settings.database_url)
    stop = threading.Event()
    sending = threading.Thread(
        target=sender.work_in_loop, args=(settings, database, stop), name="sender"
    )
    clock = Clock(database, settings, reads_as_stop, judge)

    def end(*_: Any) -> None:
        stop.set()
        # The scheduler's own thread is the one interrupted here: it must not wait for itself.
        threading.Thread(target=clock.stop, name="stop").start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    survive(clock.seal)()  # a restored back-up is noticed before anything is sent from it
    sending.start()
    log.info("scheduler.started")
    clock.start()
    sending.join()
    database.dispose()
