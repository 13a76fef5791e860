"""What members do with a broadcast they ordered: pause, resume, cancel it, release a held one."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models import Broadcast, BroadcastStatus, IllegalMove
from models.broadcast import sources_of
from scheduler.broadcasts import PASSED, Refused
from scheduler.sweep import sweep_part


def pause(session: Session, organization_id: int, broadcast_id: int, now: datetime) -> None:
    """Stop handing over; what the provider has is not called back."""
    _move(session, organization_id, broadcast_id, BroadcastStatus.paused, attention=None)


def resume(session: Session, organization_id: int, broadcast_id: int, now: datetime) -> None:
    """Go on where it was paused."""
    _move(
        session,
        organization_id,
        broadcast_id,
        BroadcastStatus.sending,
        sources=(BroadcastStatus.paused,),
        attention=None,
    )


def cancel(session: Session, organization_id: int, broadcast_id: int, now: datetime) -> None:
    """End it: whoever has not been messaged will not be. What waits is skipped part by part, the
    first part here and the rest by the clock."""
    _move(
        session,
        organization_id,
        broadcast_id,
        BroadcastStatus.canceled,
        attention=None,
        finished_at=now,
    )
    sweep_part(session, broadcast_id, now)


def release(
    session: Session,
    organization_id: int,
    broadcast_id: int,
    at: datetime | None,
    now: datetime,
    timezone: str | None = None,
) -> None:
    """The promoter's answer for a held broadcast: send it `at` (aware UTC), or now (None).

    `timezone` is the one that the promoter named the new time in.
    """
    if at is not None and at <= now:
        raise Refused({"scheduled_at": PASSED})
    known = session.exec(
        select(Broadcast).where(
            Broadcast.id == broadcast_id, Broadcast.organization_id == organization_id
        )
    ).first()
    values: dict[str, Any] = {"scheduled_at": at or now, "attention": None}
    if known is not None:
        values["useful_until"] = known.last_use_from(values["scheduled_at"])
    if timezone:
        values["timezone"] = timezone
    _move(session, organization_id, broadcast_id, BroadcastStatus.scheduled, **values)


def _move(
    session: Session,
    organization_id: int,
    broadcast_id: int,
    status: BroadcastStatus,
    *,
    sources: tuple[BroadcastStatus, ...] | None = None,
    **values: Any,
) -> None:
    """One conditional UPDATE: what two members or a clock do at once happens once.

    LookupError if the organization has no such broadcast, IllegalMove if its state forbids it.
    """
    found = session.exec(
        select(Broadcast).where(
            Broadcast.id == broadcast_id, Broadcast.organization_id == organization_id
        )
    ).first()
    if found is None:
        raise LookupError(f"no broadcast {broadcast_id}")
    moved = session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.id) == broadcast_id,
            col(Broadcast.status).in_(sources or sources_of(status)),
        )
        .values(status=status, **values)
        .returning(col(Broadcast.id))
    ).scalar()
    if moved is None:
        raise IllegalMove(f"broadcast {broadcast_id}: {found.status} to {status}")
    session.expire(found)
