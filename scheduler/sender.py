"""The sending process: an event loop for the calls, a thread for the database, until SIGTERM."""

import asyncio
import signal
import sys
import threading

import structlog
import uvloop

from messaging.providers.twilio_client import TwilioProvider
from models.database import Database
from models.shared_clock import SharedClock
from scheduler.comparing import wait_until_compared
from scheduler.dispatch import Dispatch
from scheduler.waking import waiting_for_work
from settings import Settings

log = structlog.get_logger()

# Seconds that a busy thread keeps the interpreter while another waits for it: the loop and the
# database's thread take turns hundreds of times a second.
_SWITCH_SECONDS = 0.0005


def make_provider(settings: Settings, places: int) -> TwilioProvider:
    """The provider that the settings name, for so many requests at a time; call it inside the event
    loop that will use it."""
    return TwilioProvider(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_api_base_url,
        places=places,
    )


def work_in_loop(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Run a Dispatch in an event loop of this thread's own, until `stop`; not before the database
    was compared with what was published of it."""
    if not wait_until_compared(database, settings, stop):
        return
    sys.setswitchinterval(_SWITCH_SECONDS)

    async def main() -> None:
        provider = make_provider(settings, settings.sender_in_flight)
        waiting = waiting_for_work(database, stop)
        try:
            sender = Dispatch(database, provider, settings, SharedClock(database))
            await sender.work(stop, waiting)
        finally:
            waiting.close()
            await provider.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def run(settings: Settings) -> None:
    """A process that only sends, until SIGTERM or SIGINT; what it has claimed it brings home."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = Database(settings.database_url)
    log.info("sender.started")
    work_in_loop(settings, database, stop)
    database.dispose()
