"""The sender: claim, commit, call, record. Any number of these may run, on any hosts.

One loop does all the calling, and the writing is done in rounds (scheduler.rounds).
"""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from messaging.errors import Outcome
from messaging.providers import NoPlace, Outgoing, Provider, SendError
from messaging.receipt_address import ReceiptAddresses
from models.database import Database
from models.submitting import VALIDITY
from scheduler.claim import Batch, Claimed, Claims
from scheduler.drivers import name_of, trouble
from scheduler.freshness import Freshness, Look, Marker
from scheduler.pace import Pace
from scheduler.places import Places
from scheduler.record import Answer, Handed
from scheduler.rounds import Round, Rounds
from settings import Settings

log = structlog.get_logger()

_IDLE_SECONDS = 0.2
_TROUBLE_SECONDS = 1.0
# About as long as another process takes to claim from a sender, which is locked meanwhile.
_PASSED_BY_SECONDS = 0.01
# A round comes when half of what was ready is under way, and at least so often while messages flow.
_LONGEST_ROUND_SECONDS = 0.025
# A look at what was stopped is good for so long; then it is taken again before anything is started.
_LOOK_AGAIN_SECONDS = 0.01
# A delivery that waited so long for a place is given back.
_LONGEST_READY_SECONDS = 0.5
# A lease is not used up to its last moment: clocks and networks are not exact.
_LEASE_MARGIN = timedelta(seconds=15)


class Dispatch:
    """Hands over what is due until told to stop."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._provider, self._clock = database, provider, clock
        self._places = Places(settings.sender_in_flight)
        self._addresses = ReceiptAddresses(
            settings.public_base_url, settings.secret_key.get_secret_value()
        )
        self._ready: deque[Claimed] = deque()
        self._handed: list[Handed] = []
        self._stale: list[Claimed] = []
        self._in_flight = 0
        self._news = asyncio.Event()
        self._freshness = Freshness(database)
        self._looked_at, self._looked_for = 0.0, Marker()
        self._look: Look | None = None
        self._pace = Pace()
        self._rounds = Rounds(database, clock, self._pace)
        self._carriers: set[asyncio.Task[None]] = set()

    async def work(
        self, stop: threading.Event, wait: Callable[[float], object] | None = None
    ) -> None:
        """Take rounds until `stop`, then bring home what is under way. A database in trouble is
        waited for, not given up on. `wait` blocks a thread until there may be work, at most so
        many seconds.
        """
        pause, run = wait or stop.wait, asyncio.get_running_loop().run_in_executor
        try:
            while not stop.is_set():
                claims = await self._guarded_round()
                if claims.moved or self._in_flight:
                    await self._next_news()
                elif claims.has_passed_by:
                    await asyncio.sleep(_PASSED_BY_SECONDS)
                else:
                    await run(None, pause, _IDLE_SECONDS)
            await self._bring_home()
        finally:
            self._rounds.close()
            self._freshness.close()

    async def turn(self) -> int:
        """One round from claim to record, for whoever does nothing else; how many deliveries
        moved."""
        first = Round([], [], self._places.most)
        self._rounds.take_now(first)
        self._start(first.claims)
        while self._carriers:
            await asyncio.gather(*self._carriers)
        last = Round(self._take_handed(), self._take_stale(), 0)
        self._rounds.take_now(last)
        if last.stale and not last.handed:
            # A process's very first statements take long to prepare; nothing had gone out in time.
            return await self.turn()
        return first.claims.moved

    async def _guarded_round(self) -> Claims:
        """What a round claimed. If the database fails, what it was to write is kept for the next,
        and so is what it claimed, to be given back: it may have been committed all the same."""
        work = Round(self._take_handed(), self._take_stale(), self._wanted())
        try:
            await self._rounds.take(work)
        except trouble() as error:
            log.error("dispatch.database", error=name_of(error))
            self._handed[:0] = work.handed
            self._stale[:0] = [*work.stale, *work.claims.deliveries]
            await asyncio.sleep(_TROUBLE_SECONDS)
            return Claims()
        self._start(work.claims)
        return work.claims

    async def _next_news(self) -> None:
        """Wait until half of what was ready is under way, or nothing is; but not for long."""
        self._news.clear()
        if self._in_flight:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _LONGEST_ROUND_SECONDS)

    async def _bring_home(self) -> None:
        while self._carriers or self._ready or self._handed or self._stale:
            # Each time: what found no place is ready again.
            self._stale += self._ready
            self._ready.clear()
            if self._carriers:
                await asyncio.wait(self._carriers, timeout=1)
            work = Round(self._take_handed(), self._take_stale(), 0)
            try:
                await self._rounds.take(work)
            except trouble() as error:
                # What cannot be written becomes unknown when its lease lapses.
                log.error("dispatch.database", error=name_of(error))
                return

    def _wanted(self) -> int:
        """How many to claim: so that as many are ready as are under way. What a process has
        claimed and nobody answered for is never more than twice its places."""
        return 2 * self._places.most - self._in_flight - len(self._ready)

    def _start(self, claims: Claims) -> None:
        self._ready.extend(claims.deliveries)
        for _ in range(min(len(self._ready), self._places.all - self._in_flight)):
            self._in_flight += 1
            carrier = asyncio.create_task(self._carry())
            self._carriers.add(carrier)
            carrier.add_done_callback(self._carriers.discard)

    async def _carry(self) -> None:
        """Hand over one delivery after the other, as long as there are any."""
        try:
            while self._ready:
                one = self._ready.popleft()
                if not self._is_fresh(one):
                    self._stale.append(one)
                    continue
                at, began = self._clock(), time.monotonic()
                try:
                    answer = await self._call(one, at)
                except NoPlace:
                    self._ready.appendleft(one)
                    return
                self._places.answered(time.monotonic() - began)
                self._handed.append(Handed(one, at, answer))
                self._pace.took(one.batch.work.segments)
                if 2 * len(self._ready) <= self._places.most:
                    self._news.set()
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._news.set()

    def _is_fresh(self, one: Claimed) -> bool:
        """Whether the claim still holds: it is new, its time is not over, its broadcast was not
        paused, canceled or stopped, and this person has revoked nothing since the gate was read.
        """
        if time.monotonic() - one.batch.claimed_at > _LONGEST_READY_SECONDS:
            return False
        if self._clock() > one.until:
            return False
        marker = one.batch.work.marker
        if (
            marker is not self._looked_for
            or time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS
        ):
            self._looked_at, self._looked_for = time.monotonic(), marker
            self._look = self._freshness.look(marker)
        return (
            self._look is not None
            and one.batch.work.broadcast_id in self._look.sending
            and one.subscriber_id not in self._look.revoked
        )

    async def _call(self, one: Claimed, at: datetime) -> Answer:
        batch: Batch = one.batch
        if at > batch.lease_until - _LEASE_MARGIN:
            # This process was frozen past its lease; somebody else may hold the delivery by now.
            return SendError(Outcome.retry, None, "The lease lapsed before the call.")
        outgoing = Outgoing(
            sender=batch.work.sender,
            to=one.phone_number,
            body=batch.work.body,
            status_callback=self._addresses.of(one.delivery_id, one.attempt),
            validity_seconds=_validity_seconds(one.until - at),
        )
        try:
            return await self._provider.send(outgoing)
        except SendError as error:
            return error

    def _take_handed(self) -> list[Handed]:
        taken, self._handed = self._handed, []
        return taken

    def _take_stale(self) -> list[Claimed]:
        taken, self._stale = self._stale, []
        return taken


def _validity_seconds(left: timedelta) -> int:
    """How long the provider may keep a message in its queue: never past its time."""
    return max(1, int(min(left, VALIDITY).total_seconds()))
