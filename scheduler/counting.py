"""Counts what is too large for a page to count, and keeps it (models.sizes).

Counting only reads, and takes no more than a twentieth of the time: a large list is counted seldom,
and slowly while messages go out.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import (
    Broadcast,
    BroadcastStatus,
    List,
    ListSubscription,
    Program,
    Size,
    Subscription,
    SubscriptionState,
)
from models.database import Database
from models.sizes import Counted, count_to, keep
from scheduler import gate

# Lists and programs below this are counted where they are shown.
SMALL: Final = 2_000
PART: Final = 20_000
_OLD: Final = timedelta(minutes=5)
_REST: Final = 20  # times as long as counting took


def count_what_is_large(
    database: Database,
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
    rest: Callable[[float], object] = time.sleep,
) -> int:
    """Count anew what is large and was counted long ago, while `goes_on`; how many counts that
    made. `rest` waits for so many seconds at most."""
    with database.read() as session:
        due = [one for one in _large(session) if _is_old(session, *one, clock())]
    made = 0
    for what, key in due:
        parts, seconds = Counter[str](), 0.0
        after: int | None = 0
        while after is not None and goes_on():
            took, found, after, is_sending = _look(database, what, key, after)
            parts.update(found)
            seconds += took
            if after is not None and is_sending:
                rest(_REST * took)
        if after is None:
            made += 1
            with database.write() as session:
                keep(session, what, key, parts, seconds, clock())
    return made


def _look(
    database: Database, what: Counted, key: int, after: int
) -> tuple[float, dict[str, int], int | None, bool]:
    """Count one part: the seconds that it took, what it found, where the next part begins, and
    whether messages go out meanwhile. A part is a transaction of its own, because SQLite cannot
    begin its log anew while somebody reads an older state."""
    began = time.monotonic()
    with database.read() as session:
        found, last = _COUNTS[what](session, key, after)
        is_sending = session.exec(
            select(Broadcast.id).where(Broadcast.status == BroadcastStatus.sending).limit(1)
        ).first()
    return time.monotonic() - began, found, last, is_sending is not None


def _large(session: Session) -> list[tuple[Counted, int]]:
    found: list[tuple[Counted, int]] = []
    for key in session.exec(select(List.id).order_by(col(List.id))):
        on_list = select(ListSubscription.subscription_id).where(ListSubscription.list_id == key)
        if not count_to(session, on_list, SMALL).is_exact:
            found.append((Counted.audience, key))
    for key in session.exec(select(Program.id).order_by(col(Program.id))):
        if not count_to(session, subscribed(key), SMALL).is_exact:
            found.append((Counted.subscribed, key))
    return found


def subscribed(program_id: int) -> Any:
    """Who is subscribed to a program."""
    return select(Subscription.id).where(
        Subscription.program_id == program_id,
        Subscription.state == SubscriptionState.subscribed,
    )


def _is_old(session: Session, what: Counted, key: int, now: datetime) -> bool:
    last = session.exec(select(Size).where(Size.what == what, Size.key == key)).first()
    return last is None or now >= last.counted_at + max(
        _OLD, _REST * timedelta(seconds=last.seconds)
    )


def _audience(session: Session, list_id: int, after: int) -> tuple[dict[str, int], int | None]:
    counted, last = gate.count_part(session, list_id, after, PART)
    reasons = {reason.value: number for reason, number in counted.skipped.items()}
    return {"": counted.will_get} | reasons, last


def _subscribed(session: Session, program_id: int, _: int) -> tuple[dict[str, int], int | None]:
    everybody = select(func.count()).select_from(subscribed(program_id).subquery())
    return {"": session.exec(everybody).one()}, None


_COUNTS: Final = {Counted.audience: _audience, Counted.subscribed: _subscribed}
