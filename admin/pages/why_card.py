"""The card "May this number be messaged?" of a subscriber's page, as of the moment in ?at=."""

from datetime import UTC, datetime
from typing import Any

from flask import request
from sqlmodel import select

from admin.queries.why import explain, explain_broadcast, explain_broadcasts
from admin.session import db
from models import Broadcast, Subscriber


def why_card(subscriber: Subscriber) -> dict[str, Any]:
    """What the card shows. A moment that is none is said at the field, and now is taken; so is a
    broadcast that there is none of."""
    typed, asked = request.args.get("at", ""), request.args.get("broadcast", "").strip()
    at, now = None, datetime.now(UTC)
    errors = {}
    try:
        at = moment_of(typed) if typed else now
    except ValueError:
        errors["at"] = "Write a day and a time, e.g. 2026-11-27T19:00 (UTC)."
    at = at or now
    whys = explain_broadcasts(db(), subscriber, at)
    if asked:
        if broadcast := _broadcast(subscriber, asked):
            whys = [explain_broadcast(db(), subscriber, broadcast, at)]
        else:
            errors["broadcast"] = "There is no broadcast of this number here."
    return {
        "why": explain(db(), subscriber, at),
        "why_at": f"{at:%Y-%m-%dT%H:%M:%S}" if typed and "at" not in errors else "",
        "why_broadcast": asked,
        "why_errors": errors,
        "broadcast_whys": whys,
    }


def _broadcast(subscriber: Subscriber, asked: str) -> Broadcast | None:
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 18):
        return None
    query = select(Broadcast).where(
        Broadcast.id == int(asked), Broadcast.organization_id == subscriber.organization_id
    )
    return db().exec(query).first()


def moment_of(text: str) -> datetime:
    """An ISO 8601 moment; one without a zone is UTC. ValueError if it is none of our times."""
    at = datetime.fromisoformat(text)
    if not 2000 < at.year < 2100:
        raise ValueError("no year of ours")
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
