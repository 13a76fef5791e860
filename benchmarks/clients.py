"""Bare clients that do nothing but post messages: what the wire allows without any bookkeeping.

usage: python -m benchmarks.clients aiohttp|pyreqwest|sdk URL COUNT IN_FLIGHT

The SDK's loop has one in flight, whatever IN_FLIGHT says. Prints the messages a second.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from benchmarks.place import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, SECRET_KEY
from benchmarks.world import BODY, number
from messaging.receipt_address import ReceiptAddresses
from models.submitting import VALIDITY

_SHORT_CODE = "24680"
_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
_VALIDITY_SECONDS = int(VALIDITY.total_seconds())
# What stands around a delivery's key in its address. One signature does for all messages: it is as
# long as any other, and who keeps no record has nothing to sign.
_BEFORE, _AFTER = ReceiptAddresses(BASE_URL, SECRET_KEY).of(0, 1).split("=0-1.")
Send = Callable[[int], Awaitable[None]]


def form(index: int) -> dict[str, str]:
    """What the product posts for one message."""
    return {
        "To": number(index),
        "From": _SHORT_CODE,
        "Body": BODY,
        "StatusCallback": f"{_BEFORE}={index}-1.{_AFTER}",
        "ValidityPeriod": str(_VALIDITY_SECONDS),
    }


async def flood(send: Send, count: int, in_flight: int) -> float:
    """Send `count` messages, `in_flight` at a time; messages a second."""
    indices = iter(range(count))

    async def work() -> None:
        for index in indices:
            await send(index)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return count / (time.perf_counter() - start)


async def with_aiohttp(url: str, count: int, in_flight: int) -> float:
    """A bare aiohttp client that reads the answer's sid."""
    connector = aiohttp.TCPConnector(limit=in_flight)
    auth = aiohttp.BasicAuth(ACCOUNT_SID, AUTH_TOKEN)
    async with aiohttp.ClientSession(connector=connector, auth=auth) as session:

        async def send(index: int) -> None:
            async with session.post(url + _PATH, data=form(index)) as answer:
                taken = await answer.json()
                assert answer.status == 201
                assert taken["sid"]

        return await flood(send, count, in_flight)


async def with_pyreqwest(url: str, count: int, in_flight: int) -> float:
    """A bare pyreqwest client that reads the answer's sid."""
    from pyreqwest.client import ClientBuilder

    builder = ClientBuilder().max_connections(in_flight).pool_max_idle_per_host(in_flight)
    async with builder.build() as client:

        async def send(index: int) -> None:
            request = client.post(url + _PATH).basic_auth(ACCOUNT_SID, AUTH_TOKEN)
            answer = await request.form(form(index)).build().send()
            taken = await answer.json()
            assert answer.status == 201
            assert taken["sid"]

        return await flood(send, count, in_flight)


def with_sdk(url: str, count: int) -> float:
    """What a short script does: one message after the other through the provider's SDK."""
    client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=TwilioHttpClient(timeout=15))
    client.api.base_url = url
    start = time.perf_counter()
    for index in range(count):
        one = form(index)
        client.messages.create(
            to=one["To"],
            from_=one["From"],
            body=one["Body"],
            status_callback=one["StatusCallback"],
            validity_period=_VALIDITY_SECONDS,
        )
    return count / (time.perf_counter() - start)


def main(kind: str, url: str, count: int, in_flight: int) -> float:
    """Messages a second of the client of this kind."""
    if kind == "sdk":
        return with_sdk(url, count)
    run = {"aiohttp": with_aiohttp, "pyreqwest": with_pyreqwest}[kind]
    return asyncio.run(run(url, count, in_flight))


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])), flush=True)
    # pyreqwest 0.15.1 aborts about every fourth orderly end of the interpreter.
    os._exit(0)
