"""The sender: claim, commit, call, record. Any number of these may run, on any hosts.

Dispatch commits by itself, at two points that must not be moved: after the claim, so that the
intent is durable before the provider is called, and after the answers. No transaction stays open
across a call.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from messaging.errors import Outcome
from messaging.providers import Accepted, Outgoing, Provider, SendError
from messaging.providers.twilio_client import TwilioProvider
from messaging.receipt_address import receipt_address
from models import Delivery, DeliveryStatus
from models.database import Database
from models.settling import not_taken, progress
from scheduler.claim import Batch, Claimed, claim, finish, sending_broadcasts
from scheduler.comparing import wait_until_compared
from settings import Settings

log = structlog.get_logger()

_IDLE_SECONDS = 0.2
_TROUBLE_SECONDS = 2.0
_RECORD_ATTEMPTS = 8
# Messages must not wait at the provider past a STOP or quiet hours.
_VALIDITY_SECONDS = 600
# A lease is not used up to its last moment: clocks and networks are not exact.
_LEASE_MARGIN = timedelta(seconds=20)

Answer = Accepted | SendError


def make_provider(settings: Settings) -> TwilioProvider:
    """The provider that the settings name; call it inside the event loop that will use it."""
    return TwilioProvider(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_api_base_url,
    )


class Dispatch:
    """Hands over what is due, micro-batch by micro-batch, until told to stop."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._provider, self._clock = database, provider, clock
        self._base_url = settings.public_base_url
        self._secret = settings.secret_key.get_secret_value()

    async def work(self, stop: threading.Event) -> None:
        """Take turns until `stop`; a database in trouble is waited for, not given up on."""
        while not stop.is_set():
            try:
                if not await self.turn():
                    await asyncio.sleep(_IDLE_SECONDS)
            except DBAPIError as error:
                log.error("dispatch.database", error=type(error.orig).__name__)
                await asyncio.sleep(_TROUBLE_SECONDS)

    async def turn(self) -> int:
        """One micro-batch of every broadcast that is sending; how many deliveries moved."""
        moved = 0
        with self._database.read() as session:
            due = sending_broadcasts(session)
        for broadcast_id in due:
            moved += await self._batch_of(broadcast_id)
        return moved

    async def _batch_of(self, broadcast_id: int) -> int:
        with self._database.write() as session:
            batch = claim(session, broadcast_id, self._clock())
        if batch.deliveries:
            answers = await asyncio.gather(*(self._call(batch, one) for one in batch.deliveries))
            await self._keep(batch, answers)
        moved = len(batch.deliveries) + batch.skipped
        if moved == 0:
            with self._database.write() as session:
                if finish(session, broadcast_id, self._clock()):
                    log.info("broadcast.sent", broadcast=broadcast_id)
        return moved

    async def _call(self, batch: Batch, one: Claimed) -> Answer:
        if self._clock() > batch.lease_until - _LEASE_MARGIN:
            # This process was frozen past its lease; somebody else may hold the delivery by now.
            return SendError(Outcome.retry, None, "The lease lapsed before the call.")
        outgoing = Outgoing(
            sender=batch.sender,
            to=one.phone_number,
            body=batch.body,
            status_callback=receipt_address(
                self._base_url, self._secret, one.delivery_id, one.attempt
            ),
            validity_seconds=_VALIDITY_SECONDS,
        )
        try:
            return await self._provider.send(outgoing)
        except SendError as error:
            return error

    async def _keep(self, batch: Batch, answers: list[Answer]) -> None:
        """Write the answers down; a database in trouble gets more than one chance, because what
        is not written becomes unknown when the lease lapses."""
        for attempt in range(1, _RECORD_ATTEMPTS + 1):
            try:
                with self._database.write() as session:
                    self._record(session, batch, answers)
                return
            except DBAPIError as error:
                log.error("dispatch.record", attempt=attempt, error=type(error.orig).__name__)
                if attempt == _RECORD_ATTEMPTS:
                    raise
                await asyncio.sleep(_IDLE_SECONDS * attempt)

    def _record(self, session: Session, batch: Batch, answers: list[Answer]) -> None:
        """Settle each delivery that is still this batch's.

        All are locked first, in the order of their keys: a receipt locks its delivery and then
        the broadcast, and whoever did it the other way round could wait for it for ever.
        """
        query = (
            select(Delivery)
            .where(
                col(Delivery.id).in_([one.delivery_id for one in batch.deliveries]),
                col(Delivery.lease_token) == batch.token,
            )
            .order_by(col(Delivery.id))
            .with_for_update()
        )
        ours = {delivery.id: delivery for delivery in session.execute(query).scalars()}
        for one, answer in zip(batch.deliveries, answers, strict=True):
            if delivery := ours.get(one.delivery_id):
                self._settle(session, delivery, answer)
            else:
                log.warning("dispatch.fenced", delivery=one.delivery_id)

    def _settle(self, session: Session, delivery: Delivery, answer: Answer) -> None:
        if isinstance(answer, Accepted):
            progress(delivery, DeliveryStatus.accepted, answer.sid, self._clock())
        else:
            log.info("dispatch.not_taken", code=answer.code, outcome=answer.outcome.value)
            not_taken(session, delivery, answer.outcome, answer.code, self._clock())
        session.add(delivery)


def work_in_loop(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Run a Dispatch in an event loop of this thread's own, until `stop`; not before the database
    was compared with what was published of it."""
    if not wait_until_compared(database, settings, stop):
        return

    async def main() -> None:
        provider = make_provider(settings)
        try:
            await Dispatch(database, provider, settings).work(stop)
        finally:
            await provider.close()

    asyncio.run(main())


def run(settings: Settings) -> None:
    """A process that only sends, until SIGTERM or SIGINT; what it has claimed it brings home."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = Database(settings.database_url)
    log.info("sender.started")
    work_in_loop(settings, database, stop)
    database.dispose()
