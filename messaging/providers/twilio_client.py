"""Twilio's HTTP API through its own SDK: the only import of twilio's client.

The SDK's pitfalls are met here: no time-out by default, TWILIO_EDGE and TWILIO_REGION in the
environment that would move the API's address, and errors of many kinds.
"""

import asyncio
from datetime import datetime
from typing import Any

import aiohttp
import requests
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from messaging.errors import Outcome, outcome_of_answer
from messaging.providers import Accepted, Found, Outgoing, SendError

_TIMEOUT_SECONDS = 15.0
_CONNECT_SECONDS = 5.0
_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    requests.exceptions.ConnectionError,
    requests.exceptions.ConnectTimeout,
)
# The SDK reads the environment only where it is given none (or an empty one).
_NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}


class TwilioProvider:
    """Sends through Twilio; make and use it inside one running event loop."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base_url: str | None = None,
        *,
        connections: int = 100,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        http = _BoundedHttpClient(pool_connections=False, timeout=timeout)
        # Idle connections are dropped before the far side does: a request on a connection that
        # is just being closed would count as unknown.
        connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=5)
        self._session = aiohttp.ClientSession(connector=connector)
        http.session = self._session
        self._client = _client(account_sid, auth_token, api_base_url, http)

    async def send(self, message: Outgoing) -> Accepted:
        try:
            taken = await self._client.messages.create_async(
                to=message.to,
                body=message.body,
                **_sender(message.sender),
                status_callback=message.status_callback or values.unset,
                validity_period=message.validity_seconds,
            )
        except Exception as error:
            raise _decide(error) from error
        if not taken.sid:
            raise SendError(Outcome.unknown, None, "The provider's answer named no message.")
        return Accepted(taken.sid)

    async def find(self, to: str, since: datetime) -> list[Found]:
        try:
            messages = await self._client.messages.list_async(
                to=to, date_sent_after=since, page_size=1000, limit=1000
            )
        except Exception as error:
            raise _decide(error) from error
        return [
            Found(
                sid=message.sid or "",
                sender=message.messaging_service_sid or message.from_,
                body=message.body or "",
                status=str(message.status),
                error_code=int(message.error_code) if message.error_code else None,
                created_at=message.date_created,
            )
            for message in messages
            if str(message.direction).startswith("outbound")
        ]

    async def close(self) -> None:
        await self._session.close()


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


def _sender(address: str) -> dict[str, str]:
    return {"messaging_service_sid" if address.startswith("MG") else "from_": address}


def _decide(error: Exception) -> SendError:
    """The decision that an SDK, network or parsing error carries."""
    if isinstance(error, TwilioRestException):
        code = int(error.code) if error.code else None
        return SendError(outcome_of_answer(error.status, code), code, "The provider refused it.")
    if isinstance(error, _NEVER_CONNECTED):
        # The request never left, so sending it again cannot make a second message.
        return SendError(Outcome.retry, None, "The provider cannot be reached.")
    if isinstance(error, asyncio.TimeoutError | requests.exceptions.Timeout):
        return SendError(Outcome.unknown, None, "The provider did not answer in time.")
    if isinstance(error, aiohttp.ClientError):
        return SendError(Outcome.unknown, None, "The connection broke before the answer.")
    if isinstance(error, TwilioException):
        return SendError(Outcome.unknown, None, "The provider's answer made no sense.")
    return SendError(
        Outcome.unknown, None, f"The answer could not be read ({type(error).__name__})."
    )
