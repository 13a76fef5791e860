"""``POST Messages``: accepting a message, and the faults that can hide or prevent it."""

import asyncio
import json
import sys
import time
from typing import Any

from aiohttp import web

from simulator.behaviour import FAULTS, draw, pick
from simulator.carrier import CARRIER, Carrier
from simulator.errors import ApiError
from simulator.resources import message_json
from simulator.segments import count_segments
from simulator.store import Message, Submission
from simulator.validation import Draft, read_draft

# When a request began, by the wall clock (Unix seconds): before the API's latency.
ARRIVED = "simulator.arrived"
# These process nothing: trying again is always safe.
REFUSING_FAULTS = {"rate_limited": 20429, "server_error": 20500, "unavailable": 20503}


async def create(request: web.Request) -> web.StreamResponse:
    """POST Messages: accept one message, or refuse it with Twilio's code for the reason."""
    arrived = time.monotonic()
    carrier = request.app[CARRIER]
    form = await request.post()
    fault = _fault_of(carrier, str(form.get("To", "")))
    asked = Submission(
        request[ARRIVED], str(form.get("To", "")), str(form.get("StatusCallback", "")), fault
    )
    carrier.store.submissions.append(asked)
    if fault in REFUSING_FAULTS:
        raise ApiError(REFUSING_FAULTS[fault])
    if fault == "reset_before":
        return _reset(carrier, request, fault)
    if fault == "redirect":
        carrier.store.requests[f"fault {fault}"] += 1
        raise web.HTTPTemporaryRedirect(request.path_qs)
    refused = {
        number: override["refuse"]
        for number, override in carrier.settings.overrides.items()
        if "refuse" in override
    }
    draft = read_draft(
        form,  # type: ignore[arg-type]  # No file is ever uploaded: every value is text.
        carrier.inbound.senders,
        carrier.store.blocked,
        refused,
    )
    message = _accept(carrier, draft, arrived)
    asked.sid = message.sid
    answer = message_json(carrier.config.account_sid, message)
    await carrier.receipts.follow(message, carrier.settings)
    return await _answer_accepted(carrier, request, fault, answer)


def _fault_of(carrier: Carrier, to: str) -> str | None:
    settings = carrier.settings
    if not any(getattr(settings, f"{name}_share") for name in FAULTS):
        return None
    # Counted by attempt, so that trying again is a new draw.
    attempt = carrier.attempts_to[to]
    carrier.attempts_to[to] += 1
    return pick(settings, FAULTS, draw(carrier.config.seed, "fault", to, attempt))


def _accept(carrier: Carrier, draft: Draft, arrived: float) -> Message:
    message = carrier.store.add(
        sender=draft.sender,
        to=draft.to,
        body=sys.intern(draft.body),  # A broadcast keeps one copy of its text, not thousands.
        direction="outbound-api",
        status="accepted" if draft.service_sid else "queued",
        segments=count_segments(draft.body),
        arrived=arrived,
        media=draft.media,
        service_sid=draft.service_sid,
        callback=draft.callback,
    )
    carrier.store.requests["accepted"] += 1
    carrier.store.count_arrival(message.created)
    return message


async def _answer_accepted(
    carrier: Carrier, request: web.Request, fault: str | None, answer: dict[str, Any]
) -> web.StreamResponse:
    """Answer 201, unless a fault hides that the message was accepted."""
    if fault is not None:
        carrier.store.requests[f"fault {fault}"] += 1
    if fault == "reset_after":
        return _reset(carrier, request)
    if fault == "garbage":
        return web.Response(status=201, text="<html>upstream", content_type="application/json")
    if fault == "no_sid":
        return json_response({name: value for name, value in answer.items() if name != "sid"}, 200)
    if fault == "time_out":
        await asyncio.sleep(carrier.settings.time_out_seconds)
    return json_response(answer, 201)


def _reset(carrier: Carrier, request: web.Request, fault: str | None = None) -> web.Response:
    """Cut the connection without an answer."""
    if fault is not None:
        carrier.store.requests[f"fault {fault}"] += 1
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # Nobody reads it; aiohttp wants one.


def json_response(body: dict[str, Any], status: int = 200) -> web.Response:
    """Answer with JSON, as every resource of the API is."""
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
