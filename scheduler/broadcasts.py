"""Ordering a broadcast: what a promoter may ask for, and when it then is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models import (
    Broadcast,
    BroadcastStatus,
    List,
    Program,
    QuietHours,
)
from models.base import insert
from models.broadcast import LONGEST_USE, USEFUL_FOR
from scheduler import local_time
from scheduler.countries import countries_of
from scheduler.gate import audience

MAX_BODY = 1600  # characters: Twilio refuses more with 21617
SHORTEST_HOURS, LONGEST_HOURS = 1, LONGEST_USE // timedelta(hours=1)  # of use
SHORTEST_USE = timedelta(hours=SHORTEST_HOURS)
GIVE_HOURS = f"Give between {SHORTEST_HOURS} and {LONGEST_HOURS} hours (a week)."
LEAST_MINUTES, MOST_MINUTES = 1, 24 * 60  # that it may start late
GIVE_MINUTES = f"Give between {LEAST_MINUTES} and {MOST_MINUTES} minutes."
PASSED = "This moment has passed. Choose a later one, or send now."


class Refused(ValueError):
    """An order that cannot be taken. `reasons` maps the form's field to what to do about it."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Order:
    """What a promoter asks for; `scheduled_at` is None for "now", else aware UTC.

    With `local_at`, e.g. "2026-11-27T20:00", it comes at that time on everybody's own clock:
    `scheduled_at` is then found by itself. It is of use for `useful_for` after it is due, or after
    the last place has reached its local time.
    """

    list_id: int
    body: str
    answers_to: str
    scheduled_at: datetime | None
    timezone: str
    latest_start_minutes: int
    form_token: str
    quiet_hours: QuietHours = QuietHours.defer
    local_at: str | None = None
    useful_for: timedelta = USEFUL_FOR


@dataclass(frozen=True, slots=True)
class Due:
    """When a broadcast starts, and until when anything of it is handed over (UTC)."""

    starts: datetime
    useful_until: datetime
    spread: local_time.Spread | None = None


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
    reasons = problems(session, organization_id, wanted, now)
    chosen = _list(session, organization_id, wanted.list_id)
    if chosen is not None and "list_id" not in reasons and not _reaches_anybody(session, chosen):
        reasons["list_id"] = "Nobody on this list can get a message now. Choose another list."
    if reasons or chosen is None:
        raise Refused(reasons)
    due = due_on_list(session, wanted, chosen, now)
    insert_once(session, chosen, wanted, due, created_by_id=member_id, created_at=now)
    return session.exec(known).one()


def insert_once(
    session: Session, chosen: List, wanted: Order, due: Due, **values: Any
) -> int | None:
    """Schedule a broadcast to a list, from its program's sender; its id, or None if it was there.

    Of two copies that arrive together, of a form or of one of a series, what is unique of them
    lets one in.
    """
    program = session.get_one(Program, chosen.program_id)
    made: int | None = session.execute(
        insert(session, Broadcast)
        .values(
            organization_id=chosen.organization_id,
            program_id=program.id,
            sender_id=program.sender_id,
            list_id=chosen.id,
            status=BroadcastStatus.scheduled,
            body=wanted.body,
            answers_to=wanted.answers_to,
            scheduled_at=due.starts,
            useful_until=due.useful_until,
            local_at=wanted.local_at,
            quiet_hours=wanted.quiet_hours,
            timezone=wanted.timezone,
            latest_start_minutes=wanted.latest_start_minutes,
            form_token=wanted.form_token,
            **values,
        )
        .on_conflict_do_nothing()
        .returning(col(Broadcast.id))
    ).scalar()
    return made


def due_of(wanted: Order, countries: str, now: datetime) -> Due:
    """When an order is due; `countries` are those of its list (scheduler.countries), "US CA"."""
    if wanted.local_at is None:
        starts = wanted.scheduled_at or now
        return Due(starts, starts + wanted.useful_for)
    spread = local_time.spread(countries, wanted.local_at)
    return Due(spread.first, spread.last + wanted.useful_for, spread)


def due_on_list(session: Session, wanted: Order, chosen: List, now: datetime) -> Due:
    """The same of an order to this list. Where its people are is looked up only if it goes by their
    own clocks: that is a question for each territory, and pages ask at every change."""
    countries = "" if wanted.local_at is None else countries_of(session, chosen)
    return due_of(wanted, countries, now)


def problems(
    session: Session, organization_id: int, wanted: Order, now: datetime
) -> dict[str, str]:
    """What stands against an order, by field, whoever is on its list."""
    reasons: dict[str, str] = {}
    chosen = _list(session, organization_id, wanted.list_id)
    if chosen is None:
        reasons["list_id"] = "Choose one of your lists."
    if not wanted.body.strip():
        reasons["body"] = "Write the message first."
    elif len(wanted.body) > MAX_BODY:
        over = len(wanted.body) - MAX_BODY
        characters = "1 character" if over == 1 else f"{over} characters"
        reasons["body"] = f"Shorten the message by {characters}: {MAX_BODY} is the most."
    if wanted.local_at is not None and chosen is not None:
        spread = local_time.spread(countries_of(session, chosen), wanted.local_at)
        if passed := _passed_somewhere(spread, now):
            reasons["scheduled_at"] = passed
    elif wanted.scheduled_at is not None and wanted.scheduled_at <= now:
        reasons["scheduled_at"] = PASSED
    if not SHORTEST_USE <= wanted.useful_for <= LONGEST_USE:
        reasons["useful_hours"] = GIVE_HOURS
    if not LEAST_MINUTES <= wanted.latest_start_minutes <= MOST_MINUTES:
        reasons["latest_start_minutes"] = GIVE_MINUTES
    return reasons


def _list(session: Session, organization_id: int, list_id: int) -> List | None:
    return session.exec(
        select(List).where(List.id == list_id, List.organization_id == organization_id)
    ).first()


def _reaches_anybody(session: Session, chosen: List) -> bool:
    counted = audience(session, chosen.id)
    # Of a list that nobody has counted yet only the beginning was looked at.
    return counted.will_get > 0 or bool(counted.before)


def _passed_somewhere(spread: local_time.Spread, now: datetime) -> str | None:
    """Why a local time cannot be kept everywhere any more, or None if it can."""
    if spread.first > now:
        return None
    there = now.astimezone(ZoneInfo(spread.first_zone))
    return (
        f"It is {there:%H:%M} on {there:%A} {there.day} {there:%B} already in {spread.first_zone}, "
        "where some of these numbers may be. Choose a later time."
    )
