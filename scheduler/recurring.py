"""Broadcasts that recur: rows say what comes next, and the clock only counts.

Each occurrence becomes an ordinary broadcast, once: the series' row is locked while the next one is
made, and (series, moment) is unique. It is made a day before it begins anywhere, so that it can be
seen and canceled, and held at once if the linter objects. A clock that was away makes the
occurrences that it missed all the same, so that they are on record: the latest of them is held like
every broadcast whose latest start has passed, and the others are given up (scheduler.missed).
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import or_, select
from sqlmodel import Session, col

from models import (
    Broadcast,
    BroadcastStatus,
    IllegalMove,
    List,
    Pattern,
    QuietHours,
    Recurrence,
)
from models.base import LOCKED, insert
from models.broadcast import NOT_STARTED
from models.database import Database
from scheduler import broadcasts, missed, moves, occurrences
from scheduler.broadcasts import Refused
from scheduler.countries import countries_of
from scheduler.occurrences import NextWall, Occurrence

log = structlog.get_logger()

AHEAD: Final = timedelta(days=1)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH_DAYS: Final = (*(str(day) for day in range(1, 29)), "last")
LONGEST_GAP: Final = 366  # days
_LONGEST_NOTE = 300

# What the linter has against a broadcast, given the warnings that a member has agreed to.
Judge = Callable[[Session, Broadcast, str], str | None]


@dataclass(frozen=True, slots=True)
class Series:
    """What a promoter orders, by the names of Recurrence: `at` is "20:00" on the clock of
    `timezone`, or with `is_local` on everybody's own; of `weekdays`, `month_day` and `every_days`
    the pattern says which counts."""

    list_id: int
    body: str
    answers_to: str
    pattern: Pattern
    first_on: date
    at: str
    timezone: str
    form_token: str
    is_local: bool = False
    weekdays: tuple[str, ...] = ()
    month_day: str = ""
    every_days: int | None = None
    quiet_hours: QuietHours = QuietHours.defer
    latest_start_minutes: int = 60
    useful_hours: int = 24
    overridden: str = ""


def order(
    session: Session, organization_id: int, member_id: int, wanted: Series, now: datetime
) -> Recurrence:
    """Begin a series; the same form submitted again gives the same series back.

    Raises Refused with a reason beside each field that needs mending.
    """
    known = select(Recurrence).where(
        col(Recurrence.organization_id) == organization_id,
        col(Recurrence.form_token) == wanted.form_token,
    )
    found: Recurrence | None = session.execute(known).scalar()
    if found is not None:
        return found
    if reasons := _check(session, organization_id, wanted, now):
        raise Refused(reasons)
    weekdays = ",".join(day for day in WEEKDAYS if day in wanted.weekdays)
    session.execute(
        insert(session, Recurrence)
        .values(
            **asdict(wanted) | {"weekdays": weekdays},
            organization_id=organization_id,
            created_by_id=member_id,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "form_token"])
    )
    made: Recurrence = session.execute(known).scalar_one()
    return made


def stop(
    session: Session, organization_id: int, recurrence_id: int, member_id: int, now: datetime
) -> int:
    """End a series; what of it has not started is canceled. How many broadcasts that was.

    LookupError if the organization has no such series.
    """
    series = session.get(Recurrence, recurrence_id, with_for_update=LOCKED, populate_existing=True)
    if series is None or series.organization_id != organization_id:
        raise LookupError(f"no recurrence {recurrence_id}")
    if series.stopped_at is None:
        series.stopped_at, series.stopped_by_id, series.next_at = now, member_id, None
        session.add(series)
        session.flush()
    canceled = 0
    for broadcast_id in _not_started(session, recurrence_id):
        try:
            moves.cancel(session, organization_id, broadcast_id, now)
        except IllegalMove:
            log.info("recurring.started_meanwhile", broadcast=broadcast_id)
        else:
            canceled += 1
    return canceled


def plan(
    database: Database, next_wall: NextWall, judge: Judge | None, now: datetime
) -> list[Broadcast]:
    """Make the broadcasts that are due within a day; one transaction each."""
    with database.read() as session:
        due = list(
            session.execute(
                select(col(Recurrence.id))
                .where(
                    col(Recurrence.stopped_at).is_(None),
                    or_(col(Recurrence.next_at).is_(None), col(Recurrence.next_at) <= now + AHEAD),
                )
                .order_by(col(Recurrence.id))
            ).scalars()
        )
    made = []
    for recurrence_id in due:
        while True:
            with database.write() as session:
                broadcast = plan_one(session, recurrence_id, next_wall, judge, now)
            if broadcast is None:
                break
            made.append(broadcast)
    return made


def plan_one(
    session: Session, recurrence_id: int, next_wall: NextWall, judge: Judge | None, now: datetime
) -> Broadcast | None:
    """Make the next broadcast of a series, if it is due within a day and nobody else did."""
    series = session.get_one(
        Recurrence, recurrence_id, with_for_update=LOCKED, populate_existing=True
    )
    if series.stopped_at is not None:
        return None
    countries = countries_of(session, session.get_one(List, series.list_id))
    if series.next_wall is None:
        _move_on(series, occurrences.upcoming(series, countries, next_wall, series.created_at))
    session.add(series)
    if series.next_wall is None or series.next_at is None or series.next_at > now + AHEAD:
        return None
    # Told anew: since `next_at` was found the program may serve other countries, and the list have
    # somebody in another territory.
    occurs = occurrences.of(series, countries, series.next_wall)
    broadcast = _make(session, series, occurs, now)
    wall = datetime.fromisoformat(occurs.wall)
    _move_on(series, occurrences.following(series, countries, next_wall, wall))
    session.flush()
    if broadcast and _is_missed(series, broadcast, now):
        missed.give_up(session, broadcast, now)
    elif broadcast and judge and (said := judge(session, broadcast, series.overridden)):
        broadcast.move(BroadcastStatus.held)
        broadcast.attention = f"Held because of what the rules say: {said}"[:_LONGEST_NOTE]
        session.add(broadcast)
        session.flush()
    log.info("recurring.made", recurrence=recurrence_id, at=occurs.due.starts.isoformat())
    return broadcast


def _move_on(series: Recurrence, to: Iterator[Occurrence]) -> None:
    found = next(to, None)
    series.next_wall, series.next_at = (found.wall, found.due.starts) if found else (None, None)


def _is_missed(series: Recurrence, made: Broadcast, now: datetime) -> bool:
    """Whether the one that was just made is too late, and the time of the next one has come."""
    is_followed = series.next_at is not None and series.next_at <= now
    return is_followed and missed.is_too_late(made, now)


def _make(
    session: Session, series: Recurrence, occurs: Occurrence, now: datetime
) -> Broadcast | None:
    made = broadcasts.insert_once(
        session,
        session.get_one(List, series.list_id),
        occurs.order,
        occurs.due,
        occurs_at=occurs.due.starts,
        recurrence_id=series.id,
        created_by_id=series.created_by_id,
        created_at=now,
    )
    return None if made is None else session.get_one(Broadcast, made)


def _check(session: Session, organization_id: int, wanted: Series, now: datetime) -> dict[str, str]:
    reasons = broadcasts.problems(
        session,
        organization_id,
        broadcasts.Order(
            list_id=wanted.list_id,
            body=wanted.body,
            answers_to=wanted.answers_to,
            scheduled_at=None,
            timezone=wanted.timezone,
            latest_start_minutes=wanted.latest_start_minutes,
            form_token=wanted.form_token,
            useful_for=timedelta(hours=wanted.useful_hours),
        ),
        now,
    )
    match wanted.pattern:
        case Pattern.weekly if not set(wanted.weekdays) & set(WEEKDAYS):
            reasons["weekdays"] = "Choose at least one day of the week."
        case Pattern.monthly if wanted.month_day not in MONTH_DAYS:
            reasons["month_day"] = "Choose a day of the month."
        case Pattern.every_days if not 1 <= (wanted.every_days or 0) <= LONGEST_GAP:
            reasons["every_days"] = f"Give between 1 and {LONGEST_GAP} days."
    return reasons


def _not_started(session: Session, recurrence_id: int) -> list[int]:
    return list(
        session.execute(
            select(col(Broadcast.id)).where(
                col(Broadcast.recurrence_id) == recurrence_id,
                col(Broadcast.status).in_(NOT_STARTED),
            )
        ).scalars()
    )
