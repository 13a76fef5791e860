"""A sender's rounds: what was answered is recorded, and what can start next is claimed, at once.

A round is one transaction, so the intent is durable before the provider is called, no transaction
stays open across a call, and a round costs one commit however many messages it is about.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlmodel import Session

from messaging.providers import Accepted
from models.database import Database
from scheduler.circuit import Circuit
from scheduler.claim import Claimed, Claims, claim
from scheduler.finishing import finish
from scheduler.giving_back import give_back
from scheduler.leases import end, ended
from scheduler.pace import Pace
from scheduler.record import Handed, MovedOn, note_circuit, record, record_taken
from scheduler.set_back import SetBack

log = structlog.get_logger()


@dataclass(slots=True)
class Round:
    """What one transaction is to do, and what came of it."""

    handed: list[Handed]
    stale: list[Claimed]
    wanted: int
    claims: Claims = field(default_factory=Claims)

    @property
    def answered(self) -> list[Claimed]:
        """What is under way no longer."""
        return [*(one.claimed for one in self.handed), *self.stale]

    @property
    def is_plain(self) -> bool:
        """Whether all that is to be recorded is that the provider took what it was given."""
        took_all = all(isinstance(one.answer, Accepted) for one in self.handed)
        return bool(self.handed) and took_all and not self.stale


class Rounds:
    """The transactions of one sending process, one after the other."""

    def __init__(self, database: Database, clock: Callable[[], datetime], pace: Pace) -> None:
        self._database, self._clock, self._pace = database, clock, pace
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rounds")
        self._set_back = SetBack()
        self._circuits = defaultdict[int, Circuit](Circuit)
        self._counting = set[int]()
        self._open: Counter[str] = Counter()  # deliveries under way, by their claim's token

    async def take(self, work: Round) -> None:
        """Do a round. On PostgreSQL in a thread, since most of it is waiting for the server; on
        SQLite it is work for this very process, and handing the interpreter to and fro, be it for
        the flush of the log alone, costs more than it gains."""
        if self._database.is_postgresql:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.take_now, work)
        else:
            self.take_now(work)

    def take_now(self, work: Round) -> None:
        """The same, for whoever has nothing else to do meanwhile."""
        now = self._clock()
        self._set_back.mend(self._database, now)
        answered = Counter(one.batch.token for one in work.answered)
        try:
            self._transact(work, answered, now, is_plain=work.is_plain)
        except MovedOn:  # next to never; nothing of it has been written
            self._transact(work, answered, now, is_plain=False)
        for circuit in self._circuits.values():
            circuit.told()
        self._open += Counter(one.batch.token for one in work.claims.deliveries)
        self._open -= answered

    def _transact(
        self, work: Round, answered: Counter[str], now: datetime, *, is_plain: bool
    ) -> None:
        """The round itself; MovedOn if it was not as `is_plain` as it looked."""
        over = [token for token, number in answered.items() if number == self._open[token]]
        with self._database.write_by_key() as session:
            senders = self._senders_to_change(work)
            if is_plain and not senders:
                # Who rescues passes by what is locked, and so waits for none of this.
                record_taken(session, work.handed, *ended(session, over))
            elif work.answered:
                # Before deliveries and their counters, as in rescue: else both could wait for ever.
                end(session, over)
                record(session, work.handed, self._pace.rate, now, senders, work.stale)
            if work.handed:
                self._note_circuits(session, work.handed, now)
            if work.stale:
                give_back(session, work.stale, now)
            if work.wanted > 0:
                work.claims = claim(session, work.wanted, now, self._counting)
                self._finish(session, work.claims, now)

    def close(self) -> None:
        self._thread.shutdown()

    def _finish(self, session: Session, claims: Claims, now: datetime) -> None:
        for lane in claims.dry:
            if finish(session, lane, now):
                log.info("broadcast.sent", broadcast=lane.broadcast_id)

    def _senders_to_change(self, work: Round) -> set[int]:
        """Whose rows may have to say that they rest, or do not any more, or have room again."""
        known = {key for key, circuit in self._circuits.items() if circuit.is_news}
        return {
            one.claimed.batch.work.sender_id
            for one in work.handed
            if not isinstance(one.answer, Accepted)
            or one.claimed.batch.is_probe
            or one.claimed.batch.work.sender_id in known
        } | {one.batch.work.sender_id for one in work.stale}

    def _note_circuits(self, session: Session, handed: list[Handed], now: datetime) -> None:
        for one in handed:
            batch = one.claimed.batch
            circuit = self._circuits[batch.work.sender_id]
            circuit.saw(one.answer, batch.claimed_at, is_probe=batch.is_probe)
        for sender_id in {one.claimed.batch.work.sender_id for one in handed}:
            circuit = self._circuits[sender_id]
            if circuit.is_news and note_circuit(
                session, sender_id, is_failing=circuit.is_failing, now=now
            ):
                log.warning("dispatch.circuit", sender=sender_id, open=circuit.is_failing)
