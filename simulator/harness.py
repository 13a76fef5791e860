"""Running a carrier inside a test's own process, in a thread with a loop of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from simulator.app import create_app
from simulator.carrier import CARRIER
from simulator.client import SimulatorClient
from simulator.config import Config

# Twilio's examples use such a sid; it belongs to nobody.
TEST_ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TEST_AUTH_TOKEN = "simulated-auth-token"  # noqa: S105 (it opens nothing but a test's carrier)


@contextlib.contextmanager
def running(
    inbound_url: str = "",
    *,
    account_sid: str = TEST_ACCOUNT_SID,
    auth_token: str = TEST_AUTH_TOKEN,
    receipt_delay_ms: float = 0,
    **options: Any,
) -> Iterator[SimulatorClient]:
    """Run a carrier on a free port; yield a client for it with sid, token and addresses.

    ``options`` are the fields of Config; ``smtp_port=0`` adds a mailbox on a free port.
    ``inbound_url`` can follow later, by ``settings(inbound_url=…)``.
    """
    config = Config(
        account_sid=account_sid,
        auth_token=auth_token,
        inbound_url=inbound_url or "http://127.0.0.1:9/not-set-yet",
        **({"port": 0} | options),
    )
    thread = _Thread(config)
    thread.start()
    try:
        client = thread.wait_until_ready()
        client.settings(inbound_url=inbound_url, receipt_delay_ms=receipt_delay_ms)
        yield client
    finally:
        thread.stop()


class _Thread(threading.Thread):
    """A carrier's loop; hands its address, or what went wrong, to the thread that waits."""

    def __init__(self, config: Config) -> None:
        super().__init__(name="simulator", daemon=True)
        self._config = config
        self._ready = threading.Event()
        self._client: SimulatorClient | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # Raised again in the thread that waits.
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        app = create_app(self._config)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._config.host, self._config.port)
            await site.start()
            self._client = SimulatorClient(
                f"http://{self._config.host}:{runner.addresses[0][1]}",
                account_sid=self._config.account_sid,
                auth_token=self._config.auth_token,
                smtp_port=app[CARRIER].mailbox.port,
            )
            self._ready.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    def wait_until_ready(self) -> SimulatorClient:
        self._ready.wait(30)
        if self._client is None:
            raise RuntimeError("the simulator did not start") from self._error
        return self._client

    def stop(self) -> None:
        if self.is_alive() and hasattr(self, "_stopping"):
            self._loop.call_soon_threadsafe(self._stopping.set)
        self.join(10)
