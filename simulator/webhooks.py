"""Posting to the product's webhooks the way Twilio does: signed, with a deadline, logged.

Twilio, "Webhooks security": the signature is base64(HMAC-SHA1(auth token, URL followed by
every parameter's name and value, sorted by name)), over the exact URL without its fragment.
Twilio, "Connection overrides": 15 s to answer; ``#rc=3&rp=all`` on the URL sets how many
retries and after what; without it one retry, after a failed connection only.
"""

import asyncio
import base64
import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urldefrag

from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from simulator.config import Config
from simulator.store import Post, Store

TIMEOUT_SECONDS = 15
# A blast of thousands must not open thousands of sockets into the product.
CONNECTIONS = 48


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook answered; status 0 when nothing came, with the reason in ``error``."""

    status: int
    content_type: str = ""
    text: str = ""
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether Twilio would be content."""
        return 200 <= self.status < 300


def sign(auth_token: str, url: str, form: dict[str, str]) -> str:
    """Return the value of ``X-Twilio-Signature`` for a form post to a URL."""
    payload = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(auth_token.encode(), payload.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to post again, and after which failures (4xx, 5xx, ct, rt, all)."""

    count: int = 1
    causes: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> "RetryPolicy":
        """Read ``rc`` (0 to 5) and ``rp`` from a URL's fragment."""
        wanted = parse_qs(fragment)
        count = wanted.get("rc", ["1"])[0]
        causes = frozenset(",".join(wanted.get("rp", ["ct"])).split(","))
        return cls(min(int(count), 5) if count.isdecimal() else 1, causes)

    def again(self, answer: Answer) -> bool:
        """Tell whether an answer is one of the causes to try again."""
        cause = {0: answer.error, 4: "4xx", 5: "5xx"}.get(answer.status // 100)
        return cause is not None and ("all" in self.causes or cause in self.causes)


class Webhooks:
    """The carrier's side of every webhook: one bounded connection pool and one log."""

    def __init__(self, config: Config, store: Store) -> None:
        """Open the pool. Must be made inside a running event loop."""
        self._config = config
        self._store = store
        # Idle connections are dropped before gunicorn's two seconds of keep-alive are over, so
        # that a post never meets a connection that the other side is just closing.
        connector = TCPConnector(limit=CONNECTIONS, keepalive_timeout=1)
        self._session = ClientSession(
            connector=connector, timeout=ClientTimeout(total=TIMEOUT_SECONDS)
        )

    async def close(self) -> None:
        """Close the pool."""
        await self._session.close()

    async def post(
        self,
        kind: Literal["inbound", "receipt"],
        url: str,
        form: dict[str, str],
        *,
        sid: str,
        label: str,
    ) -> Answer:
        """Post a signed form, again where the URL's retry policy says so; never raise."""
        target, fragment = urldefrag(url)
        policy = RetryPolicy.of(fragment)
        headers = {
            "X-Twilio-Signature": sign(self._config.auth_token, target, form),
            # The same token on every attempt at one event: this is how it is recognized.
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        }
        attempt = 0
        while True:
            started = time.monotonic()
            answer = await self._attempt(target, form, headers)
            elapsed = round((time.monotonic() - started) * 1000, 1)
            self._store.posts.append(
                Post(time.time(), kind, sid, label, attempt, answer.status, elapsed, answer.error)
            )
            attempt += 1
            if attempt > policy.count or not policy.again(answer):
                return answer

    async def _attempt(self, url: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
        try:
            async with self._session.post(
                URL(url, encoded=True), data=form, headers=headers, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
                return Answer(response.status, response.content_type, text)
        except TimeoutError:
            return Answer(0, error="rt")
        except ClientConnectionError:
            return Answer(0, error="ct")
        except (ClientError, ValueError, asyncio.IncompleteReadError):
            return Answer(0, error="invalid")
