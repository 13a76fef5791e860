"""The STOP report: each revocation beside the messages handed over just before and after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Subquery,
    and_,
    case,
    func,
)
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from admin.queries.searching import first_of
from admin.queries.stop_rows import Scope, are_revocations, stop_report
from models import (
    ConsentEvent,
    ConsentKind,
)
from models.consent import IS_REVOCATION
from models.sizes import count_to

# A page sums up so many of the latest revocations; files hold the sum of all.
SUMMED = 500
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Pairing:
    """A revocation and the messages around it.

    `rejoined_at` is the first new opt-in after it. `in_hand` counts the messages that the
    provider had taken before it and not yet reported as settled. `wrong_at` is the last message
    that was handed over after it without a new opt-in to its program: there should be none.
    """

    event_id: int
    subscriber_id: int
    number: str
    kind: ConsentKind
    source: str
    message_sid: str | None
    revoked_at: datetime
    last_before: datetime | None
    first_after: datetime | None
    rejoined_at: datetime | None
    in_hand: int
    wrong_at: datetime | None

    @property
    def verdict(self) -> str:
        """What the pairing shows, in one phrase."""
        if self.wrong_at is not None:
            return "messaged after the revocation"
        if self.first_after is not None:
            return "messaged again after a new opt-in"
        if self.in_hand:
            return "nothing after it; in the provider's hands at that moment"
        return "nothing after it"


@dataclass(frozen=True, slots=True)
class Totals:
    """The sum of a STOP report. `longest` is the longest time after a revocation at which a
    message was still handed over without a new opt-in; None where there was none. With `is_part`
    it is the sum of the latest revocations only."""

    revocations: int
    wrong: int
    in_hand: int
    messaged_again: int
    longest: timedelta | None
    is_part: bool = False


def pairings(session: Session, scope: Scope) -> Iterator[Pairing]:
    """Every revocation in order of its id, never more than a batch in memory."""
    last, statement = 0, stop_report(scope)
    rows = statement.subquery()
    page = core_select(rows).order_by(rows.c.event_id).limit(_BATCH)
    while found := session.execute(page.where(rows.c.event_id > last)).all():
        last = found[-1].event_id
        yield from map(as_pairing, found)


def totals(session: Session, scope: Scope, latest: int | None = None) -> Totals:
    """The sum, counted by the database: of all, or of so many of the latest."""
    report, is_part = stop_report(scope), False
    if latest is not None:
        first = first_revocation(session, scope)
        events = revocations(scope).where(col(ConsentEvent.id) >= first)
        is_part = bool(first) or not count_to(session, events, latest).is_exact
        report = report.where(col(ConsentEvent.id).in_(events.limit(latest)))
    rows = report.subquery()
    number, wrong, in_hand, messaged_again = session.execute(
        core_select(
            func.count(),
            _count_if(rows.c.wrong_at.is_not(None)),
            _count_if(rows.c.in_hand > 0),
            _count_if(and_(rows.c.first_after.is_not(None), rows.c.wrong_at.is_(None))),
        ).select_from(rows)
    ).one()
    longest = _longest(session, rows) if wrong else None
    return Totals(number, wrong, in_hand, messaged_again, longest, is_part)


def some_pairings(session: Session, scope: Scope, events: Sequence[int]) -> list[Pairing]:
    """Those of these revocations, the latest first."""
    rows = stop_report(scope).where(col(ConsentEvent.id).in_(events)).subquery()
    found = session.execute(core_select(rows).order_by(rows.c.event_id.desc()))
    return [as_pairing(row) for row in found]


def revocations(scope: Scope) -> Any:
    """The keys of the revocations, the latest first."""
    statement = select(ConsentEvent.id).where(*are_revocations(scope))
    return statement.order_by(col(ConsentEvent.id).desc())


def first_revocation(session: Session, scope: Scope, before: int = 0) -> int:
    """The first revocation that a page looks at to find those of one program; 0 if it looks at
    all."""
    if scope.program_id is None:
        return 0
    return first_of(session, col(ConsentEvent.id), scope.organization_id, before, IS_REVOCATION)


def as_pairing(row: Row[Any]) -> Pairing:
    """A row of the STOP report under its names."""
    return Pairing(**row._mapping)


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _longest(session: Session, rows: Subquery) -> timedelta | None:
    """Databases subtract times differently, so the few wrong ones are subtracted here."""
    wrong = session.execute(
        core_select(rows.c.revoked_at, rows.c.wrong_at).where(rows.c.wrong_at.is_not(None))
    )
    return max((at - revoked for revoked, at in wrong), default=None)
