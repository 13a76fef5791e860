"""What the control API shows: phones, messages, webhook posts and counters as plain JSON."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from simulator.carrier import Carrier
from simulator.errors import message_of
from simulator.store import Message, Note, Phone, Post, Submission


def entry_json(entry: Message | Note) -> dict[str, Any]:
    """Return a line of a phone's screen. ``from_phone`` tells whose bubble it is."""
    if isinstance(entry, Note):
        return {"kind": "note", "text": entry.text, "at": entry.created}
    return {
        "kind": "message",
        "sid": entry.sid,
        "from_phone": entry.direction == "inbound",
        "from": entry.sender,
        "to": entry.to,
        "body": entry.body,
        "media": list(entry.media),
        "status": entry.status,
        "error_code": entry.error_code,
        "error_message": message_of(entry.error_code),
        "from_carrier": entry.from_carrier,
        "at": entry.created,
    }


def phone_json(phone: Phone) -> dict[str, Any]:
    """Return a phone for the list: its number, its newest line, and how many it received."""
    last = phone.entries[-1] if phone.entries else None
    return {
        "number": phone.number,
        "revision": phone.revision,
        "entries": len(phone.entries),
        "last": entry_json(last) if last is not None else None,
    }


def message_log_json(message: Message) -> dict[str, Any]:
    """Return a message for the log, with the times that benchmarks measure by."""
    return {
        "index": message.index,
        "sid": message.sid,
        "from": message.sender,
        "to": message.to,
        "body": message.body,
        "direction": message.direction,
        "status": message.status,
        "error_code": message.error_code,
        "num_segments": message.segments,
        "media": list(message.media),
        "messaging_service_sid": message.service_sid,
        "status_callback": message.callback,
        "received_at": message.created,
        "received_at_monotonic": message.arrived,
        "date_sent": message.sent,
    }


def post_json(post: Post) -> dict[str, Any]:
    """Return one webhook post for the log."""
    return {name: getattr(post, name) for name in Post.__slots__}


def submission_json(asked: Submission) -> dict[str, Any]:
    """Return one request to send for the log."""
    return {name: getattr(asked, name) for name in Submission.__slots__}


def page_of(items: Iterable[Any], limit: int) -> list[Any]:
    """Return the first ``limit`` items."""
    return list(islice(items, limit))


def counters_json(carrier: Carrier) -> dict[str, Any]:
    """Return the counters: what the API was asked, what became of it, how fast it came."""
    store = carrier.store
    return {
        "revision": store.revision,
        "accepted": store.requests["accepted"],
        "delivered": store.outcomes["delivered"],
        "undelivered": store.outcomes["undelivered"],
        "failed": store.outcomes["failed"],
        "requests": dict(store.requests),
        "messages": len(store.messages),
        "phones": len(store.phones),
        "webhook_posts": len(store.posts),
        "letters": len(carrier.mailbox.letters),
        "arrivals": [[second, number] for second, number in store.arrivals.items()],
    }
