"""What the clock does with the provider: ask it about unknowns, send answers and single texts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from messaging.providers import Provider
from models.database import Database
from scheduler import answers, notices, rescue, sender, silent, singles
from settings import Settings


class Errands:
    """Each looks into the database first, and opens a connection only if there is something.

    Nothing is sent until `may_send` says so (scheduler.comparing).
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        now: Callable[[], datetime],
        may_send: Callable[[], bool],
    ) -> None:
        self._database, self._settings = database, settings
        self._now, self._may_send = now, may_send

    def reconcile(self) -> None:
        """Ask the provider about deliveries whose outcome is unknown."""
        now = self._now()
        with self._database.read() as session:
            if not rescue.is_in_doubt(session, now):
                return
        self._with_provider(lambda provider: rescue.reconcile(self._database, provider, now))

    def ask_about_silent(self) -> None:
        """Ask the provider about messages of which nothing more was heard."""
        now = self._now()
        with self._database.read() as session:
            if not silent.due(session, now):
                return
        self._with_provider(lambda provider: silent.ask(self._database, provider, now))

    def forward_answers(self) -> None:
        """Send recipients' answers on."""
        now = self._now()
        with self._database.read() as session:
            if not self._may_send() or not answers.are_due(session, now):
                return
        self._with_provider(
            lambda provider: answers.forward(self._database, provider, self._settings, self._now)
        )

    def send_notices(self) -> None:
        """Send the single texts that wait, e.g. after a sign-up on a page."""
        now = self._now()
        with self._database.read() as session:
            if not self._may_send() or not notices.are_due(session, now):
                return
        self._with_provider(lambda provider: notices.send(self._database, provider, self._now))

    def _with_provider(self, work: Callable[[Provider], Awaitable[int]]) -> None:
        async def main() -> None:
            provider = sender.make_provider(self._settings, singles.AT_ONCE)
            try:
                await work(provider)
            finally:
                await provider.close()

        asyncio.run(main())
