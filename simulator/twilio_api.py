"""Twilio's API, 2010-04-01: Messages, the Account, the numbers it owns."""

import asyncio
import base64
import hmac
import time
from typing import Any

from aiohttp import web

from simulator.behaviour import draw
from simulator.carrier import CARRIER, Carrier
from simulator.errors import ApiError, error_response
from simulator.paging import page_json
from simulator.resources import API, account_json, message_json, numbers_json
from simulator.sending import ARRIVED, create, json_response
from simulator.store import Message


def add_routes(app: web.Application) -> None:
    """Mount the API. Anything else below /2010-04-01 answers 20404."""
    account = API + "/Accounts/{account}"
    for method, path, handler in (
        ("POST", account + "/Messages.json", create),
        ("GET", account + "/Messages.json", read_page),
        ("GET", account + "/Messages/{sid}.json", fetch),
        ("POST", account + "/Messages/{sid}.json", update),
        ("DELETE", account + "/Messages/{sid}.json", delete),
        ("GET", account + "/IncomingPhoneNumbers.json", list_numbers),
        ("GET", API + "/Accounts/{account}.json", fetch_account),
        ("*", API + "/{rest:.*}", unknown),
    ):
        app.router.add_route(method, path, handler)


@web.middleware
async def authenticate(request: web.Request, handler: Any) -> web.StreamResponse:
    """Check the log-in of every API request, and turn ApiErrors into Twilio's answers."""
    if not request.path.startswith(API + "/"):
        return await handler(request)  # type: ignore[no-any-return]
    request[ARRIVED] = time.time()
    carrier = request.app[CARRIER]
    try:
        _check_login(carrier, request)
        await _wait_half(carrier, request)
        response: web.StreamResponse = await handler(request)
        await _wait_half(carrier, request)
    except ApiError as error:
        carrier.store.requests[f"refused {error.code}"] += 1
        return error_response(error)
    return response


def _check_login(carrier: Carrier, request: web.Request) -> None:
    config = carrier.config
    pair = f"{config.account_sid}:{config.auth_token}".encode()
    expected = f"Basic {base64.b64encode(pair).decode()}"
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise ApiError(20003)
    account = request.match_info.get("account", config.account_sid)
    if account != config.account_sid:
        raise ApiError(20404, f"{API}/Accounts/{account}")


async def _wait_half(carrier: Carrier, request: web.Request) -> None:
    """Wait half of the configured latency: once on the way in, once on the way out."""
    settings = carrier.settings
    if not settings.latency_ms and not settings.latency_jitter_ms:
        return
    jitter = draw(carrier.config.seed, "latency", request.path, next(carrier.attempts))
    await asyncio.sleep((settings.latency_ms + settings.latency_jitter_ms * jitter) / 2000)


async def read_page(request: web.Request) -> web.Response:
    """GET Messages: one page, newest first."""
    carrier = request.app[CARRIER]
    carrier.store.requests["listed"] += 1
    return json_response(page_json(carrier.config.account_sid, carrier.store, request.query))


async def fetch(request: web.Request) -> web.Response:
    """GET one message."""
    carrier = request.app[CARRIER]
    return json_response(message_json(carrier.config.account_sid, _find(carrier, request)))


async def update(request: web.Request) -> web.Response:
    """POST one message: an empty Body redacts it; nothing here can be canceled."""
    carrier = request.app[CARRIER]
    message = _find(carrier, request)
    form = await request.post()
    if "Status" in form:
        raise ApiError(30409)
    if form.get("Body") != "":
        raise ApiError(20001, "Body can only be updated to an empty string")
    message.body = ""
    carrier.store.touch(carrier.store.handset_of(message))
    return json_response(message_json(carrier.config.account_sid, message))


async def delete(request: web.Request) -> web.Response:
    """DELETE one message: it leaves the API; the phone that got it keeps it."""
    carrier = request.app[CARRIER]
    message = _find(carrier, request)
    if message.status in ("accepted", "queued", "sending"):
        raise ApiError(20009, message.sid)
    message.deleted = True
    return web.Response(status=204)


def _find(carrier: Carrier, request: web.Request) -> Message:
    message = carrier.store.by_sid.get(request.match_info["sid"])
    if message is None or message.deleted:
        raise ApiError(20404, request.path)
    return message


async def fetch_account(request: web.Request) -> web.Response:
    """GET the account."""
    carrier = request.app[CARRIER]
    return json_response(account_json(carrier.config.account_sid, carrier.started))


async def list_numbers(request: web.Request) -> web.Response:
    """GET the numbers that the account owns, all on one page."""
    carrier = request.app[CARRIER]
    wanted = request.query.get("PhoneNumber")
    numbers = [number for number in carrier.inbound.senders if wanted in (None, number)]
    url = carrier.settings.inbound_url
    return json_response(numbers_json(carrier.config.account_sid, numbers, url, carrier.started))


async def unknown(request: web.Request) -> web.Response:
    """Anything else that Twilio may have and the simulator has not."""
    raise ApiError(20404, request.path)
