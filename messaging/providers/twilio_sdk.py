"""Twilio's SDK: everything but sending. Its only import, and made only where it is asked for: it is
a sixth of a sender's memory.

The SDK's pitfalls are met here: no time-out by default, TWILIO_EDGE and TWILIO_REGION in the
environment that would move the API's address, and errors of many kinds.
"""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from messaging.errors import Outcome, code_of
from messaging.providers import Found, SendError
from messaging.providers.twilio_answers import (
    broken_off,
    late,
    never_left,
    refused,
    sid_of,
    unreadable,
)

_LOG_IN_SECONDS: Final = 5.0
_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    requests.exceptions.ConnectionError,
    requests.exceptions.ConnectTimeout,
)
_TIMED_OUT = (asyncio.TimeoutError, requests.exceptions.Timeout)
# The SDK reads the environment only where it is given none (or an empty one).
_NO_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}


class Messages:
    """The messages that Twilio holds; make and use it inside one running event loop."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base_url: str | None,
        *,
        timeout: float,
        idle_timeout: float,
    ) -> None:
        sdk = _BoundedHttpClient(pool_connections=False, timeout=timeout)
        connector = aiohttp.TCPConnector(keepalive_timeout=idle_timeout)
        self._session = aiohttp.ClientSession(connector=connector)
        sdk.session = self._session
        self._client = _client(account_sid, auth_token, api_base_url, sdk)

    async def find(self, to: str, since: datetime) -> list[Found]:
        """Those to a number from `since` (aware UTC) on; SendError when it cannot tell."""
        try:
            messages = await self._client.messages.list_async(
                to=to, date_sent_after=since, page_size=1000, limit=1000
            )
            return [_found(one) for one in messages if str(one.direction).startswith("outbound")]
        except Exception as error:
            raise _decide(error) from error

    async def fetch(self, sid: str) -> Found | None:
        """One of them, None if there is none; SendError when it cannot tell."""
        try:
            return _found(await self._client.messages(sid).fetch_async())
        except TwilioRestException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise _decide(error) from error
        except Exception as error:
            raise _decide(error) from error

    async def close(self) -> None:
        await self._session.close()


def _found(message: MessageInstance) -> Found:
    if (sid := sid_of(message.sid)) is None:
        raise TwilioException("A message without a name.")
    return Found(
        sid=sid,
        sender=message.messaging_service_sid or message.from_,
        body=message.body or "",
        status=str(message.status),
        error_code=code_of(message.error_code),
        created_at=message.date_created,
    )


class _BoundedHttpClient(AsyncTwilioHttpClient):
    """The SDK's client with its time-out applied: its own passes None on, which waits for ever."""

    async def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Response:
        return await super().request(*args, timeout=timeout or self.timeout, **kwargs)


def check_log_in(account_sid: str, auth_token: str, api_base_url: str | None) -> None:
    """Ask the provider for the account itself; SendError with a plain reason if it refuses."""
    http = TwilioHttpClient(timeout=_LOG_IN_SECONDS)
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


def _decide(error: Exception) -> SendError:
    """The decision that an SDK, network or parsing error carries."""
    if isinstance(error, TwilioRestException):
        return refused(error.status, error.code)
    if isinstance(error, _NEVER_CONNECTED):
        return never_left()
    if isinstance(error, _TIMED_OUT):
        return late()
    if isinstance(error, aiohttp.ClientError):
        return broken_off()
    if isinstance(error, TwilioException):
        return SendError(Outcome.unknown, None, "The provider's answer made no sense.")
    return unreadable(error)
