"""The files of numbers that are handed out, line by line: any number of them in constant memory.

Who hands one out records it first, with `note_export`: the lines leave after the transaction.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from admin.display import iso
from admin.spreadsheet import harmless
from models import AuditKind, Suppression
from models.leaves import note_act
from models.suppressing import consent_dates, every_suppression

_PIECE: Final = 32_000
_COLUMNS: Final = ("number", "number_hash", "reason", "since")
_NORTH_AMERICA: Final = "+1"
# Where the day begins last in the United States' zones with people: consent that was given on two
# dates, depending on where one stands, counts from the earlier. The database is asked whether a
# number was disconnected since, so that the earlier date never misses anything.
_LATEST_ZONE: Final = ZoneInfo("Pacific/Honolulu")


class Export(StrEnum):
    """What is handed out."""

    suppressions = "suppressions"
    consent_dates = "consent_dates"


def note_export(
    session: Session, organization_id: int, what: Export, member_id: int | None
) -> None:
    """Record for the auditor that numbers were handed out, and to which member (None: a shell)."""
    now = datetime.now(UTC)
    note_act(
        session, organization_id, AuditKind.exported, now, member_id=member_id, what=what.value
    )


def lines_of(what: Export) -> Callable[[Session, int], Iterator[str]]:
    """The function that gives a file's text in pieces, from a session and an organization's id."""
    return {Export.suppressions: suppressions, Export.consent_dates: reassigned_query}[what]


def suppressions(session: Session, organization_id: int) -> Iterator[str]:
    """The suppression list as CSV with a header, oldest first.

    Of an erased person there is only the keyed hash, which another organization cannot compare.
    """
    rows = (_cells(one) for one in every_suppression(session, organization_id))
    return in_pieces(rows, header=_COLUMNS)


def reassigned_query(session: Session, organization_id: int) -> Iterator[str]:
    """A query of the FCC's Reassigned Numbers Database: ten digits and the date of consent.

    One line a number, without a header, dates as YYYY-MM-DD (https://www.reassigned.us). The
    database answers whether the number was disconnected on that date or later (FCC DA 21-1649). It
    knows North American numbers only, so others are left out.
    """
    return in_pieces(
        (number.removeprefix(_NORTH_AMERICA), _day(at).isoformat())
        for number, at in consent_dates(session, organization_id)
        if number.startswith(_NORTH_AMERICA)
    )


def _day(at: datetime | date) -> date:
    """The earliest day that the moment has anywhere; a day that was declared is one."""
    return at.astimezone(_LATEST_ZONE).date() if isinstance(at, datetime) else at


def in_pieces(
    rows: Iterable[tuple[str, ...]], header: tuple[str, ...] | None = None
) -> Iterator[str]:
    """Rows as CSV, some kilobytes at a time, whose cells no spreadsheet runs as formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if header:
        writer.writerow(header)
    for row in rows:
        writer.writerow(map(harmless, row))
        if buffer.tell() > _PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cells(one: Suppression) -> tuple[str, ...]:
    return (
        one.phone_number or "",
        "" if one.phone_number else one.number_hash,
        one.reason.value,
        iso(one.created_at),
    )
