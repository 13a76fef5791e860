"""Twilio's HTTP API.

Messages leave by a plain POST of the documented form over pyreqwest, because at thousands a second
what the SDK does around a request costs more than the request. Everything else goes through the
SDK (messaging.providers.twilio_sdk).
"""

import base64
import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from pydantic_core import from_json
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
)
from pyreqwest.response import Response

from messaging.errors import code_of
from messaging.providers import Accepted, Found, NoPlace, Outgoing, SendError
from messaging.providers.twilio_answers import (
    broken_off,
    failed,
    late,
    never_left,
    refused,
    sid_of,
    unnamed,
    unreadable,
)

if TYPE_CHECKING:
    from messaging.providers.twilio_sdk import Messages

_TWILIO: Final = "https://api.twilio.com"
# Shorter than half a lease (scheduler.claim): whoever waits for an answer still holds its delivery.
_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5.0
# A request that found no place in this time is not sent: whoever it goes to may have revoked since
# (scheduler.dispatch looks at that right before).
_PLACE_SECONDS: Final = 0.02
# Idle connections are dropped before the far side does: a request on a connection that is just
# being closed would count as unknown.
_IDLE_SECONDS: Final = 5.0
# What hyper, the library below pyreqwest, calls an error of that phase.
_CONNECTING: Final = "client error (Connect)"
# Twilio's answers have less than 2 kB. Of a longer one, which must be something else, the rest is
# not read: a hundred answers are under way at a time, and each could be of any length.
_LONGEST_ANSWER: Final = 65_536
_FAILED: Final = ("failed", "undelivered", "canceled")


class TwilioProvider:
    """Sends through Twilio; make and use it inside one running event loop. No more than `places`
    requests to send are under way at a time; None stands for as many as are asked for."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base_url: str | None = None,
        *,
        timeout: float = _TIMEOUT_SECONDS,
        places: int | None = None,
    ) -> None:
        self._messages = (
            f"{api_base_url or _TWILIO}/2010-04-01/Accounts/{account_sid}/Messages.json"
        )
        self._log_in = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._places = places
        self._sending: Client | None = None
        self._account = account_sid, auth_token, api_base_url
        self._timeout = timeout
        self._held: Messages | None = None

    async def send(self, message: Outgoing) -> Accepted:
        status, answer = await self._post(_form(message))
        if status not in (200, 201):
            raise refused(status, answer.get("code"))
        if (sid := sid_of(answer.get("sid"))) is None:
            raise unnamed()
        code = code_of(answer.get("error_code"))
        if code and answer.get("status") in _FAILED:
            raise failed(code, sid)
        return Accepted(sid)

    async def _post(self, form: bytes) -> tuple[int, dict[str, Any]]:
        """The answer's status, and the JSON object in it."""
        request = self._http().post(self._messages).body_bytes(form)
        # No part of the body is read before the status is known: that says much on its own.
        request.streamed_read_buffer_limit(0)
        try:
            async with request.build_streamed() as response:
                return response.status, await _object(response)
        except PoolTimeoutError as error:
            raise NoPlace from error
        except Exception as error:
            raise _decide(error) from error

    def _http(self) -> Client:
        """What sends, made where something is sent: it takes milliseconds and, in each thread that
        ever made one, megabytes; the clock asks about messages every few seconds."""
        if self._sending is None:
            self._sending = (
                ClientBuilder()
                .timeout(timedelta(seconds=self._timeout))
                .connect_timeout(timedelta(seconds=min(self._timeout, _CONNECT_SECONDS)))
                .pool_idle_timeout(timedelta(seconds=_IDLE_SECONDS))
                .max_connections(self._places)
                .pool_timeout(timedelta(seconds=_PLACE_SECONDS))
                .follow_redirects(False)  # a redirected POST could be a second message
                .no_proxy()
                .default_headers(
                    {
                        "Authorization": f"Basic {self._log_in}",
                        "Content-Type": "application/x-www-form-urlencoded",
                        "Accept": "application/json",
                    }
                )
                .build()
            )
        return self._sending

    async def find(self, to: str, since: datetime) -> list[Found]:
        return await self._messages_held().find(to, since)

    async def fetch(self, sid: str) -> Found | None:
        return await self._messages_held().fetch(sid)

    def _messages_held(self) -> "Messages":
        if self._held is None:
            from messaging.providers.twilio_sdk import Messages

            self._held = Messages(*self._account, timeout=self._timeout, idle_timeout=_IDLE_SECONDS)
        return self._held

    async def close(self) -> None:
        if self._sending is not None:
            await self._sending.close()
        if self._held is not None:
            await self._held.close()


def _form(message: Outgoing) -> bytes:
    """The form of a message (https://www.twilio.com/docs/messaging/api/message-resource). `to` is
    an E.164 number, so that its plus sign is all there is to quote."""
    kind = "MessagingServiceSid" if message.sender.startswith("MG") else "From"
    number, sender = message.to.replace("+", "%2B"), _quoted(message.sender)
    form = (
        f"To={number}&{kind}={sender}&Body={_quoted(message.body)}"
        f"&ValidityPeriod={message.validity_seconds}"
    )
    if message.status_callback:
        # Only its token is new each time, and it has nothing to quote.
        address, equals, rest = message.status_callback.partition("=")
        token, mark, overrides = rest.partition("#")
        form += f"&StatusCallback={_quoted(address + equals)}{quote_plus(token)}"
        form += _quoted(mark + overrides)
    return form.encode()


# A broadcast sends the same text from the same sender thousands of times.
_quoted = lru_cache(maxsize=256)(quote_plus)


async def _object(response: Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none. Of an answer that broke off, or that
    nobody could read, the status still says what became of the message."""
    try:
        body = bytes(await response.body_reader.read(_LONGEST_ANSWER) or b"")
        answer = _parsed(body)
    except (ValueError, RecursionError, PyreqwestError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _parsed(body: bytes) -> Any:
    """In a third of json's time, which is asked where there is half a character: that is JSON."""
    try:
        return from_json(body, cache_strings="keys")
    except ValueError:
        return json.loads(body)


def _failed_to_connect(error: Exception) -> bool:
    """Whether pyreqwest had no connection to send on. Its class does not tell: ConnectError is also
    a connection that was closed before the answer, ConnectTimeoutError also an answer that did not
    come in time (seen with 0.15.1). What caused it does."""
    if not isinstance(error, DetailedPyreqwestError):
        return False
    causes = (error.details or {}).get("causes") or []
    return any(cause["message"] == _CONNECTING for cause in causes)


def _decide(error: Exception) -> SendError:
    """The decision that a network error carries."""
    if _failed_to_connect(error):
        return never_left()
    if isinstance(error, TimeoutError):
        return late()
    if isinstance(error, PyreqwestError):
        return broken_off()
    return unreadable(error)
