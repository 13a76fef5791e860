"""How often something may be tried: counted in rows, so that every process shares one count."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, case, delete, or_
from sqlmodel import Session, col

from models.base import insert
from models.operations import Throttle


def throttle_key(secret: str, kind: str, value: str) -> str:
    """The key of a throttle for something personal, e.g. ("sign-up by address", "203.0.113.7").

    Hashed with the installation's secret: numbers and addresses are few enough to try them all.
    `kind` takes at most 50 characters.
    """
    digest = hmac.new(secret.encode(), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
    return f"{kind}:{digest}"


def allow(session: Session, key: str, limit: int, window: timedelta, now: datetime) -> bool:
    """Count one try, unless `limit` tries were counted since the window began; whether it was.

    One statement, so that requests that meet never exceed the limit. A window begins with its
    first try and is `window` long; the first try at or after its end begins the next.
    """
    is_over = col(Throttle.window_start) <= now - window
    counted = session.execute(
        insert(session, Throttle)
        .values(key=key, window_start=now, tries=1)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "tries": case((is_over, 1), else_=Throttle.tries + 1),
                "window_start": case((is_over, now), else_=Throttle.window_start),
            },
            where=or_(is_over, col(Throttle.tries) < limit),
        )
        .returning(col(Throttle.key))
    )
    return counted.first() is not None


def forget_throttles(session: Session, before: datetime) -> int:
    """Delete the counts whose window began before a moment; how many."""
    gone = session.execute(delete(Throttle).where(col(Throttle.window_start) < before))
    return cast(CursorResult[tuple[()]], gone).rowcount
