"""Twilio's HTTP API: the only import of twilio's client.

Messages leave by a plain POST of the documented form over pyreqwest, because at thousands a second
what the SDK does around a request costs more than the request. Everything else goes through the
SDK, whose pitfalls are met here: no time-out by default, TWILIO_EDGE and TWILIO_REGION in the
environment that would move the API's address, and errors of many kinds.
"""

import asyncio
import base64
import json
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote_plus

import aiohttp
import requests
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import (
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
    RequestTimeoutError,
)
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from messaging.errors import Outcome, outcome_of_answer
from messaging.providers import Accepted, Found, NoPlace, Outgoing, SendError

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
_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    requests.exceptions.ConnectionError,
    requests.exceptions.ConnectTimeout,
)
# What hyper, the library below pyreqwest, calls an error of that phase.
_CONNECTING: Final = "client error (Connect)"
_TIMED_OUT = (RequestTimeoutError, asyncio.TimeoutError, requests.exceptions.Timeout)
# The SDK reads the environment only where it is given none (or an empty one).
_NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
_LONGEST_SID: Final = 64  # delivery.message_sid


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
        log_in = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._messages = (
            f"{api_base_url or _TWILIO}/2010-04-01/Accounts/{account_sid}/Messages.json"
        )
        self._http = (
            ClientBuilder()
            .timeout(timedelta(seconds=timeout))
            .connect_timeout(timedelta(seconds=min(timeout, _CONNECT_SECONDS)))
            .pool_idle_timeout(timedelta(seconds=_IDLE_SECONDS))
            .max_connections(places)
            .pool_timeout(timedelta(seconds=_PLACE_SECONDS))
            .follow_redirects(False)  # a redirected POST could be a second message
            .no_proxy()
            .default_headers(
                {
                    "Authorization": f"Basic {log_in}",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                }
            )
            .build()
        )
        sdk = _BoundedHttpClient(pool_connections=False, timeout=timeout)
        connector = aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector)
        sdk.session = self._session
        self._client = _client(account_sid, auth_token, api_base_url, sdk)

    async def send(self, message: Outgoing) -> Accepted:
        try:
            request = self._http.post(self._messages).body_bytes(_form(message)).build()
            response = await request.send()
            status, content = response.status, bytes(await response.bytes())
        except PoolTimeoutError as error:
            raise NoPlace from error
        except Exception as error:
            raise _decide(error) from error
        answer = _object(content)
        if status not in (200, 201):
            raise _refusal(status, answer.get("code"))
        sid = answer.get("sid")
        if not isinstance(sid, str) or not 0 < len(sid) <= _LONGEST_SID:
            raise SendError(Outcome.unknown, None, "The provider's answer named no message.")
        return Accepted(sid)

    async def find(self, to: str, since: datetime) -> list[Found]:
        try:
            messages = await self._client.messages.list_async(
                to=to, date_sent_after=since, page_size=1000, limit=1000
            )
        except Exception as error:
            raise _decide(error) from error
        return [_found(one) for one in messages if str(one.direction).startswith("outbound")]

    async def fetch(self, sid: str) -> Found | None:
        try:
            return _found(await self._client.messages(sid).fetch_async())
        except TwilioRestException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise _decide(error) from error
        except Exception as error:
            raise _decide(error) from error

    async def close(self) -> None:
        await self._http.close()
        await self._session.close()


def _found(message: MessageInstance) -> Found:
    return Found(
        sid=message.sid or "",
        sender=message.messaging_service_sid or message.from_,
        body=message.body or "",
        status=str(message.status),
        error_code=int(message.error_code) if message.error_code else None,
        created_at=message.date_created,
    )


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


def _object(content: bytes) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(status: int, code: object) -> SendError:
    known = code if isinstance(code, int) and not isinstance(code, bool) else None
    return SendError(outcome_of_answer(status, known), known, "The provider refused it.")


class _BoundedHttpClient(AsyncTwilioHttpClient):
    """The SDK's client with its time-out applied: its own passes None on, which waits for ever."""

    async def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Response:
        return await super().request(*args, timeout=timeout or self.timeout, **kwargs)


def check_log_in(account_sid: str, auth_token: str, api_base_url: str | None) -> None:
    """Ask the provider for the account itself; SendError with a plain reason if it refuses."""
    http = TwilioHttpClient(timeout=_CONNECT_SECONDS)
    client = _client(account_sid, auth_token, api_base_url, http)
    try:
        client.api.accounts(account_sid).fetch()
    except Exception as error:
        raise _decide(error) from error


def _client(
    account_sid: str,
    auth_token: str,
    api_base_url: str | None,
    http: AsyncTwilioHttpClient | TwilioHttpClient,
) -> Client:
    client = Client(account_sid, auth_token, http_client=http, environment=_NO_ENVIRONMENT)
    if api_base_url:
        client.api.base_url = api_base_url
    return client


def _failed_to_connect(error: Exception) -> bool:
    """Whether pyreqwest had no connection to send on. Its class does not tell: ConnectError is also
    a connection that was closed before the answer, ConnectTimeoutError also an answer that did not
    come in time (seen with 0.15.1). What caused it does."""
    if not isinstance(error, DetailedPyreqwestError):
        return False
    causes = (error.details or {}).get("causes") or []
    return any(cause["message"] == _CONNECTING for cause in causes)


def _decide(error: Exception) -> SendError:
    """The decision that an SDK, network or parsing error carries."""
    if isinstance(error, TwilioRestException):
        return _refusal(error.status, int(error.code) if error.code else None)
    if isinstance(error, _NEVER_CONNECTED) or _failed_to_connect(error):
        # The request never left, so sending it again cannot make a second message.
        return SendError(Outcome.retry, None, "The provider cannot be reached.")
    if isinstance(error, _TIMED_OUT):
        return SendError(Outcome.unknown, None, "The provider did not answer in time.")
    if isinstance(error, PyreqwestError | aiohttp.ClientError):
        return SendError(Outcome.unknown, None, "The connection broke before the answer.")
    if isinstance(error, TwilioException):
        return SendError(Outcome.unknown, None, "The provider's answer made no sense.")
    return SendError(
        Outcome.unknown, None, f"The answer could not be read ({type(error).__name__})."
    )
