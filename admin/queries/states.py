"""The state that an address filters by."""

from flask import request

from models import SubscriptionState


def state_asked() -> SubscriptionState | None:
    """The subscription state in ?state=; None for all of them, and for what is none."""
    asked = request.args.get("state", "")
    return SubscriptionState(asked) if asked in set(SubscriptionState) else None
