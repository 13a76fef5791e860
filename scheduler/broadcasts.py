"""A broadcast's life beside the sending: order, pause, resume, cancel it, release a held one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models import (
    Broadcast,
    BroadcastStatus,
    IllegalMove,
    List,
    Program,
)
from models.balance import Balance, balance
from models.base import insert
from models.broadcast import sources_of
from scheduler.gate import Audience, audience
from scheduler.sweep import sweep_part

__all__ = [
    "Audience",
    "Balance",
    "Order",
    "Refused",
    "audience",
    "balance",
    "cancel",
    "order",
    "pause",
    "release",
    "resume",
]

MAX_BODY = 1600  # characters: Twilio refuses more with 21617
_PASSED = "This moment has passed. Choose a later one, or send now."


class Refused(ValueError):
    """An order that cannot be taken. `reasons` maps the form's field to what to do about it."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Order:
    """What a promoter asks for; `scheduled_at` is None for "now", else aware UTC."""

    list_id: int
    body: str
    answers_to: str
    scheduled_at: datetime | None
    timezone: str
    latest_start_minutes: int
    form_token: str


def order(
    session: Session, organization_id: int, member_id: int, wanted: Order, now: datetime
) -> Broadcast:
    """Schedule a broadcast; the same form submitted again gives the same broadcast back.

    Raises Refused with a reason beside each field that needs mending.
    """
    known = select(Broadcast).where(
        Broadcast.organization_id == organization_id, Broadcast.form_token == wanted.form_token
    )
    if ordered := session.exec(known).first():
        return ordered
    chosen = session.exec(
        select(List).where(List.id == wanted.list_id, List.organization_id == organization_id)
    ).first()
    reasons = _check(session, chosen, wanted, now)
    if reasons or chosen is None:
        raise Refused(reasons)
    program = session.get_one(Program, chosen.program_id)
    # Two copies of the form that arrive together: the unique form_token lets one in.
    session.execute(
        insert(session, Broadcast)
        .values(
            organization_id=organization_id,
            program_id=program.id,
            sender_id=program.sender_id,
            list_id=chosen.id,
            body=wanted.body,
            answers_to=wanted.answers_to,
            status=BroadcastStatus.scheduled,
            scheduled_at=wanted.scheduled_at or now,
            timezone=wanted.timezone,
            latest_start_minutes=wanted.latest_start_minutes,
            form_token=wanted.form_token,
            created_by_id=member_id,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "form_token"])
    )
    return session.exec(known).one()


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
        raise Refused({"scheduled_at": _PASSED})
    values: dict[str, Any] = {"scheduled_at": at or now, "attention": None}
    if timezone:
        values["timezone"] = timezone
    _move(
        session,
        organization_id,
        broadcast_id,
        BroadcastStatus.scheduled,
        **values,
    )


def _check(session: Session, chosen: List | None, wanted: Order, now: datetime) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if chosen is None:
        reasons["list_id"] = "Choose one of your lists."
    elif audience(session, chosen.id).will_get == 0:
        reasons["list_id"] = "Nobody on this list can get a message now. Choose another list."
    if not wanted.body.strip():
        reasons["body"] = "Write the message first."
    elif len(wanted.body) > MAX_BODY:
        over = len(wanted.body) - MAX_BODY
        characters = "1 character" if over == 1 else f"{over} characters"
        reasons["body"] = f"Shorten the message by {characters}: {MAX_BODY} is the most."
    if wanted.scheduled_at is not None and wanted.scheduled_at <= now:
        reasons["scheduled_at"] = _PASSED
    if not 1 <= wanted.latest_start_minutes <= 24 * 60:
        reasons["latest_start_minutes"] = "Give between 1 and 1440 minutes."
    return reasons


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
