"""Receipts: what becomes of each message, posted to its StatusCallback.

Strictly in order for one message: the next receipt leaves only after the one before it was
answered. Like Twilio, this repeats a receipt only if its address says so (simulator.webhooks).
"""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile

from simulator.behaviour import Fate, Settings, draw, fate_of
from simulator.config import Config
from simulator.store import Message, Store
from simulator.webhooks import CONNECTIONS, Webhooks

Step = tuple[str, int | None]


class Receipts:
    """Moves messages along their fate: timers feed a queue, a few workers post from it."""

    def __init__(self, config: Config, store: Store, webhooks: Webhooks) -> None:
        """Start the workers. Must be made inside a running event loop."""
        self._config = config
        self._store = store
        self._webhooks = webhooks
        self._ready: asyncio.Queue[tuple[Message, Iterator[Step], Settings]] = asyncio.Queue()
        self._under_way = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._workers = [asyncio.create_task(self._work()) for _ in range(CONNECTIONS)]

    async def close(self) -> None:
        """Stop at once; what was not posted is lost with everything else in memory."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def follow(self, message: Message, settings: Settings) -> None:
        """Let an accepted message take its course; returns at once unless receipts go first."""
        count = len(self._store.by_recipient[message.to])
        fate = fate_of(settings, self._config.seed, message.to, count)
        if fate.silent:
            message.callback = None
        plan = self._plan(message, fate, settings)
        early = self._early(message, len(plan), settings)
        for status, code in plan[:early]:
            await self._step(message, status, code)
        if early == len(plan):
            return
        self._under_way += 1
        self.idle.clear()
        self._schedule(message, iter(plan[early:]), settings)

    def _early(self, message: Message, count: int, settings: Settings) -> int:
        """How many of ``count`` receipts are posted before the API call is answered."""
        if settings.receipts_first:
            return count
        chances = (draw(self._config.seed, "early", message.to, step) for step in range(count))
        return len(list(takewhile(lambda chance: chance < settings.early_share, chances)))

    def _plan(self, message: Message, fate: Fate, settings: Settings) -> list[Step]:
        """List the statuses to come, each with its error code."""
        plan: list[Step] = []
        if settings.early_receipts:
            plan += [("queued", None), ("sending", None)]
        if fate.status != "failed":  # A failed message never left the carrier.
            plan.append(("sent", None))
        if fate.status != "sent":
            plan.append((fate.status, fate.code))
        plan = [step for step in plan for _ in range(settings.receipt_copies)]
        if settings.shuffle_receipts:
            seed = f"{self._config.seed}:{message.to}:{message.index}"
            random.Random(seed).shuffle(plan)  # noqa: S311 (a repeatable order, not a secret)
        return plan

    def _schedule(self, message: Message, steps: Iterator[Step], settings: Settings) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(
            settings.receipt_delay_ms / 1000, self._ready.put_nowait, (message, steps, settings)
        )

    async def _work(self) -> None:
        while True:
            message, steps, settings = await self._ready.get()
            step = next(steps, None)
            if step is not None:
                await self._step(message, *step)
                self._schedule(message, steps, settings)
                continue
            self._under_way -= 1
            if not self._under_way:
                self.idle.set()

    async def _step(self, message: Message, status: str, code: int | None) -> None:
        self._store.advance(message, status, code)
        if message.callback is None:
            return
        answer = await self._webhooks.post(
            "receipt",
            message.callback,
            receipt_form(self._config.account_sid, message, status, code),
            sid=message.sid,
            label=status,
        )
        if not answer.ok:
            what = f"answered {answer.status}" if answer.status else "did not answer"
            self._store.note(message.to, f"Receipt “{status}”: the webhook {what}")


def receipt_form(
    account_sid: str, message: Message, status: str, code: int | None
) -> dict[str, str]:
    """Build the form of a status callback (Twilio, "Track outbound message status")."""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "To": message.to,
    }
    if message.service_sid:
        form["MessagingServiceSid"] = message.service_sid
    if code is not None:
        form["ErrorCode"] = str(code)
    if status in ("delivered", "undelivered"):
        form["RawDlrDoneDate"] = datetime.now(UTC).strftime("%y%m%d%H%M")
    return form
