"""The control API under /control/: JSON for the page, the tests and the benchmarks.

Documented route by route in ``simulator/README.md``. A mistake is answered with 400 and
``{"error": "what to do"}``.
"""

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from simulator import views
from simulator.behaviour import Settings
from simulator.carrier import CARRIER
from simulator.config import ConfigError, Sender
from simulator.numbers import fresh_numbers, normalize_to
from simulator.parameters import Parameters

MOST_LISTED = 10_000
WHOLE_LOG = 1_000_000
PICTURE = "/static/picture.png"


def add_routes(app: web.Application) -> None:
    """Mount the control API."""
    for method, path, handler in (
        ("POST", "/texts", send_text),
        ("GET", "/phones", list_phones),
        ("POST", "/phones", new_phone),
        ("GET", "/phones/{number}", read_phone),
        ("GET", "/senders", list_senders),
        ("POST", "/senders", add_sender),
        ("GET", "/crowds", list_crowds),
        ("POST", "/crowds", start_crowd),
        ("GET", "/crowds/{id}", read_crowd),
        ("GET", "/settings", read_settings),
        ("PATCH", "/settings", change_settings),
        ("DELETE", "/settings", reset_settings),
        ("GET", "/messages", list_messages),
        ("GET", "/requests", read_counters),
        ("GET", "/submissions", list_submissions),
        ("GET", "/webhooks", list_webhooks),
        ("GET", "/mailbox", read_mailbox),
        ("GET", "/idle", wait_until_idle),
    ):
        app.router.add_route(method, f"/control{path}", handler)


@web.middleware
async def explain(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer a ConfigError of the control API with 400 and its words."""
    try:
        response: web.StreamResponse = await handler(request)
    except ConfigError as error:
        return web.json_response({"error": str(error)}, status=400)
    return response


async def _body(request: web.Request) -> Parameters:
    try:
        return Parameters(await request.json())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ConfigError("the body is not JSON") from None


async def send_text(request: web.Request) -> web.Response:
    """Text a sender as a phone; answered when the webhook has answered."""
    carrier = request.app[CARRIER]
    body = await _body(request)
    media = tuple(body.texts("media"))
    if body.yes("picture"):
        media += (f"http://{request.host}{PICTURE}",)
    exchange = await carrier.inbound.text(
        carrier.settings,
        body.text("from"),
        body.text("to", next(iter(carrier.inbound.senders))),
        body.text("body", ""),
        media,
    )
    return web.json_response(exchange.asdict())


async def list_phones(request: web.Request) -> web.Response:
    """List the phones, the one with the newest line first; ``q`` searches numbers."""
    store = request.app[CARRIER].store
    wanted = request.query.get("q", "")
    found = (phone for phone in store.latest_phones() if wanted in phone.number)
    listed = views.page_of(found, Parameters(request.query).number("limit", 100, MOST_LISTED))
    return web.json_response(
        {"total": len(store.phones), "phones": [views.phone_json(phone) for phone in listed]}
    )


async def new_phone(request: web.Request) -> web.Response:
    """Switch on a phone: the given number, or a fresh one."""
    carrier = request.app[CARRIER]
    wanted = (await _body(request)).text("number", "")
    if wanted:
        number = normalize_to(wanted)
        if number is None:
            raise ConfigError(f"{wanted} is not a phone number: write +12025550123")
    else:
        number = next(fresh_numbers(carrier.store.phones, carrier.config.seed))
    phone = carrier.store.phone(number)
    carrier.store.phones.move_to_end(number)
    carrier.store.touch(number)
    return web.json_response(views.phone_json(phone), status=201)


async def read_phone(request: web.Request) -> web.Response:
    """Read a phone's screen: the newest ``limit`` lines, oldest first."""
    store = request.app[CARRIER].store
    phone = store.phones.get(request.match_info["number"])
    if phone is None:
        return web.json_response({"error": "there is no such phone"}, status=404)
    limit = Parameters(request.query).number("limit", 200, MOST_LISTED)
    entries = [views.entry_json(entry) for entry in phone.entries[-limit:]]
    blocked = [sender for sender, number in store.blocked if number == phone.number]
    shown = {"screen": entries, "blocked_senders": blocked}
    return web.json_response(views.phone_json(phone) | shown)


async def list_senders(request: web.Request) -> web.Response:
    """List the numbers that can be texted, and who replies on each."""
    senders = request.app[CARRIER].inbound.senders.values()
    return web.json_response(
        {"senders": [{"number": each.number, "replies": each.replies} for each in senders]}
    )


async def add_sender(request: web.Request) -> web.Response:
    """Add a sender, or change who replies on it."""
    body = await _body(request)
    sender = Sender.parse("=".join(filter(None, (body.text("number"), body.text("replies", "")))))
    request.app[CARRIER].inbound.senders[sender.number] = sender
    return web.json_response({"number": sender.number, "replies": sender.replies}, status=201)


async def list_crowds(request: web.Request) -> web.Response:
    """List every crowd's progress."""
    crowds = request.app[CARRIER].crowds.all.values()
    return web.json_response({"crowds": [crowd.asdict() for crowd in crowds]})


async def start_crowd(request: web.Request) -> web.Response:
    """Let many phones text at once; answered at once, with the crowd's id."""
    carrier = request.app[CARRIER]
    body = await _body(request)
    numbers = body.texts("numbers") or None
    crowd = carrier.crowds.start(
        carrier.settings,
        to=body.text("to", next(iter(carrier.inbound.senders))),
        body=body.text("body", "JOIN"),
        count=len(numbers) if numbers else body.number("count", 500),
        concurrency=body.number("concurrency", 12),
        areas=tuple(body.texts("area_codes")),
        numbers=numbers,
    )
    return web.json_response(crowd.asdict(), status=202)


async def read_crowd(request: web.Request) -> web.Response:
    """Read a crowd's progress; ``wait`` holds the answer until it is through, in seconds."""
    wanted = request.match_info["id"]
    crowds = request.app[CARRIER].crowds.all
    crowd = crowds.get(int(wanted)) if wanted.isdecimal() else None
    if crowd is None:
        return web.json_response({"error": "there is no such crowd"}, status=404)
    await _wait(crowd.finished, request)
    with_numbers = "numbers" in request.query
    return web.json_response(crowd.asdict(with_numbers=with_numbers))


async def read_settings(request: web.Request) -> web.Response:
    """Show how the carrier behaves."""
    return web.json_response(request.app[CARRIER].settings.asdict())


async def change_settings(request: web.Request) -> web.Response:
    """Change some settings; messages under way keep the old ones."""
    carrier = request.app[CARRIER]
    carrier.settings = carrier.settings.changed((await _body(request)).everything)
    return web.json_response(carrier.settings.asdict())


async def reset_settings(request: web.Request) -> web.Response:
    """Return to the settings that the simulator was started with."""
    carrier = request.app[CARRIER]
    carrier.settings = Settings(inbound_url=carrier.config.inbound_url)
    return web.json_response(carrier.settings.asdict())


async def list_messages(request: web.Request) -> web.Response:
    """List messages in the order of arrival, filtered by to, from, direction and status."""
    messages = request.app[CARRIER].store.messages
    query = Parameters(request.query)
    wanted = {
        name: request.query[key]
        for key, name in (
            ("to", "to"),
            ("from", "sender"),
            ("direction", "direction"),
            ("status", "status"),
        )
        if key in request.query
    }
    found = [
        message
        for message in messages[query.number("since", 0) :]
        if all(getattr(message, name) == value for name, value in wanted.items())
    ]
    listed = found[: query.number("limit", 1000, WHOLE_LOG)]
    return web.json_response(
        {"count": len(found), "messages": [views.message_log_json(each) for each in listed]}
    )


async def read_counters(request: web.Request) -> web.Response:
    """Show the counters, and the clocks that the log's times are by."""
    counters = views.counters_json(request.app[CARRIER])
    return web.json_response(counters | {"now": time.time(), "monotonic": time.monotonic()})


async def list_submissions(request: web.Request) -> web.Response:
    """List every request to send, accepted or not, in the order of arrival, from ``since`` on."""
    log = request.app[CARRIER].store.submissions
    listed = log[Parameters(request.query).number("since", 0) :]
    return web.json_response({"submissions": [views.submission_json(each) for each in listed]})


async def list_webhooks(request: web.Request) -> web.Response:
    """List the posts to webhooks, newest first; filtered by sid, kind and failed."""
    posts = request.app[CARRIER].store.posts
    sid, kind = request.query.get("sid"), request.query.get("kind")
    found = (
        views.post_json(post)
        for post in reversed(posts)
        if sid in (None, post.sid)
        and kind in (None, post.kind)
        and ("failed" not in request.query or not 200 <= post.status < 300)
    )
    limit = Parameters(request.query).number("limit", 200, WHOLE_LOG)
    return web.json_response({"total": len(posts), "posts": views.page_of(found, limit)})


async def read_mailbox(request: web.Request) -> web.Response:
    """List the e-mails that arrived, newest first, and the port that takes them."""
    mailbox = request.app[CARRIER].mailbox
    letters = [letter.asdict() for letter in reversed(mailbox.letters[-500:])]
    return web.json_response({"smtp_port": mailbox.port, "letters": letters})


async def wait_until_idle(request: web.Request) -> web.Response:
    """Answer when every receipt has been posted, or when ``wait`` seconds have passed."""
    idle = request.app[CARRIER].receipts.idle
    await _wait(idle, request)
    return web.json_response({"idle": idle.is_set()})


async def _wait(event: asyncio.Event, request: web.Request) -> None:
    seconds = Parameters(request.query).number("wait", 0, 60)
    if seconds and not event.is_set():
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
