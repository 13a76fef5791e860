"""The card "May this number be messaged?" of a subscriber's page, as of the moment in ?at=."""

from datetime import UTC, datetime
from typing import Any

from flask import request

from admin.queries.why import explain, explain_broadcasts
from admin.session import db
from models import Subscriber


def why_card(subscriber: Subscriber) -> dict[str, Any]:
    """What the card shows. A moment that is none is said at the field, and now is taken."""
    typed, now = request.args.get("at", ""), datetime.now(UTC)
    try:
        at = moment_of(typed) if typed else now
        error = None
    except ValueError:
        at, error = now, "Write a day and a time, e.g. 2026-11-27T19:00 (UTC)."
    return {
        "why": explain(db(), subscriber, at),
        "why_at": f"{at:%Y-%m-%dT%H:%M}" if typed else "",
        "why_error": error,
        "broadcast_whys": explain_broadcasts(db(), subscriber),
    }


def moment_of(text: str) -> datetime:
    """An ISO 8601 moment; one without a zone is UTC. ValueError if it is none."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
