"""The carrier itself: everything that one running simulator holds, put together."""

import time
from collections import Counter
from itertools import count
from typing import Self

from aiohttp import web

from simulator.behaviour import Settings
from simulator.config import Config
from simulator.crowds import Crowds
from simulator.inbound import Inbound
from simulator.mailbox import Mailbox
from simulator.receipts import Receipts
from simulator.store import Store
from simulator.webhooks import Webhooks


class Carrier:
    """One simulated carrier. Lives inside one event loop, from ``start`` to ``close``."""

    def __init__(self, config: Config) -> None:
        """Take the configuration; nothing runs yet."""
        self.config = config
        self.settings = Settings(inbound_url=config.inbound_url)
        self.store = Store()
        self.attempts = count()
        self.attempts_to: Counter[str] = Counter()
        self.mailbox = Mailbox()
        self.started = time.time()
        for number in reversed(config.phones):
            self.store.phone(number)

    async def start(self) -> Self:
        """Open the connections, the workers and the mailbox; raise OSError for a taken port."""
        self.webhooks = Webhooks(self.config, self.store)
        self.receipts = Receipts(self.config, self.store, self.webhooks)
        self.inbound = Inbound(self.config, self.store, self.webhooks, self.receipts)
        self.crowds = Crowds(self.config, self.store, self.inbound)
        if self.config.smtp_port is not None:
            await self.mailbox.listen(self.config.host, self.config.smtp_port)
        return self

    async def close(self) -> None:
        """Stop everything at once."""
        await self.crowds.close()
        await self.receipts.close()
        await self.webhooks.close()
        await self.mailbox.close()


CARRIER = web.AppKey("carrier", Carrier)
