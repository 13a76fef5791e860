"""A due broadcast starts, exactly once: claimed by its row, its audience frozen from then on."""

from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlmodel import Session, col

from models import Broadcast, BroadcastStatus
from scheduler import freeze
from scheduler.gate import is_halted

log = structlog.get_logger()


def due_times(session: Session, until: datetime) -> dict[int, datetime]:
    """The broadcasts scheduled up to `until` (aware UTC), with their times."""
    rows = session.execute(
        select(col(Broadcast.id), col(Broadcast.scheduled_at)).where(
            col(Broadcast.status) == BroadcastStatus.scheduled,
            col(Broadcast.scheduled_at) <= until,
        )
    )
    return dict(rows.all())


def fire(session: Session, broadcast_id: int, now: datetime) -> BroadcastStatus | None:
    """Start a due broadcast, or hold it if its latest start or its use is over.

    The row claim lets one of any number of clocks through; None for the others, and for a
    broadcast that was canceled or moved to a later time meanwhile, or whose organization is
    halted or stopped (it stays scheduled). The first part of the audience is frozen in the same
    transaction; the rest is `freeze.freeze_rest`.
    """
    claimed = session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.id) == broadcast_id,
            col(Broadcast.status) == BroadcastStatus.scheduled,
            col(Broadcast.scheduled_at) <= now,
            ~is_halted(Broadcast.organization_id),
        )
        .values(status=BroadcastStatus.sending, started_at=now)
        .returning(col(Broadcast.id))
    ).scalar()
    if claimed is None:
        return None
    broadcast = session.get_one(Broadcast, broadcast_id, populate_existing=True)
    if now > broadcast.latest_start:
        broadcast.status, broadcast.started_at = BroadcastStatus.held, None
        broadcast.attention = _why_held(broadcast, now)
    else:
        freeze.begin(session, broadcast)
    session.add(broadcast)
    session.flush()
    log.info("broadcast.fired", broadcast=broadcast_id, status=broadcast.status.value)
    return broadcast.status


def _why_held(broadcast: Broadcast, now: datetime) -> str:
    late = (
        "the time for which it is of use is over"
        if now > broadcast.last_use
        else f"is later than the {broadcast.latest_start_minutes} minutes that it may start late"
    )
    return (
        f"It was due while Marquee was not running or was stopped, and {late}. Nothing was sent. "
        "Send it now, choose another time, or cancel it."
    )
