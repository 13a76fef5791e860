"""The small files of a package: the program's record, the STOP report, and what to do with it."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from admin.audit_package.templates import render
from admin.display import iso
from admin.queries.reports import Pairing, pairings, totals
from admin.queries.stop_rows import Scope
from admin.spreadsheet import harmless
from models import Checkpoint, Disclosure, Keyword, List, Organization, Program
from models.keys import Signer
from models.leaves import instant
from scheduler.pools import ever_of

STOP_COLUMNS = (
    "event",
    "number",
    "kind",
    "source",
    "message_sid",
    "revoked_at",
    "last_message_before",
    "first_message_after",
    "next_opt_in",
    "in_provider_hands",
    "verdict",
)
# Where everything that happened is in the log; verify.py compares times as texts.
FOR_EVER = "9999-12-31T23:59:59.999999Z"
# What changes with every message says nothing about the program.
_NOT_ON_RECORD = {
    "organization_id",
    "busy_until",
    "reserved_at",
    "share",
    "cap_day",
    "used_today",
}


def manifest_text(
    format_name: str, signer: Signer, manifest: str, around: str, until: datetime | None
) -> str:
    """What the log's key signs for a package: the manifest's hash, that of the zip `around` the
    files, and until when all that happened is in the log. Its second line is no number, so that it
    can never pass for a checkpoint."""
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    complete = FOR_EVER if until is None else instant(until)
    return f"{signer.name}\n{format_name}\nsha256 {digest}\n{around}\nuntil {complete}\n"


def program_record(session: Session, program: Program) -> str:
    """The program as it stands now, with every version of its disclosure."""
    of_program: dict[str, list[SQLModel]] = {"sender": [*ever_of(session, program)]}
    kinds: tuple[tuple[str, Any], ...] = (
        ("lists", List),
        ("keywords", Keyword),
        ("disclosures", Disclosure),
    )
    for name, model in kinds:
        query = select(model).where(model.program_id == program.id).order_by(col(model.id))
        of_program[name] = list(session.exec(query))
    record = _plain(program, without={"organization_id"})
    for name, rows in of_program.items():
        record[name] = [_plain(row, without=_NOT_ON_RECORD) for row in rows]
    return pretty(record)


def stop_report(
    session: Session, scope: Scope, written: Callable[[str], str] = str
) -> Iterator[bytes]:
    """The STOP report as CSV: the sum, an empty line, then a line for each revocation.

    `written` says how numbers are written (whole, or masked).
    """
    yield _csv([*_sums(session, scope), ()])
    buffer: list[tuple[str, ...]] = [STOP_COLUMNS]
    for pairing in pairings(session, scope):
        buffer.append(_cells(pairing, written))
        if len(buffer) >= 500:
            yield _csv(buffer)
            buffer.clear()
    yield _csv(buffer)


def readme(
    organization: Organization,
    program: Program,
    checkpoint: Checkpoint,
    signer: Signer,
    now: datetime,
) -> str:
    """What is in the package and how it is checked, for somebody who never saw one."""
    return render(
        "README.txt",
        organization=organization,
        program=program,
        checkpoint=checkpoint,
        signer=signer,
        now=now,
    )


def pretty(value: Any) -> str:
    """JSON to be read by people too."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def duration(length: timedelta | None) -> str:
    """A length of time for a reader; "none" where there was nothing."""
    return "none" if length is None else str(length)


def _sums(session: Session, scope: Scope) -> Iterable[tuple[str, str]]:
    total = totals(session, scope)
    return (
        ("revocations", str(total.revocations)),
        ("followed by a message without a new opt-in (should be 0)", str(total.wrong)),
        ("longest time until such a message", duration(total.longest)),
        ("with messages in the provider's hands at that moment", str(total.in_hand)),
        ("messaged again after a new opt-in", str(total.messaged_again)),
        *([("of what happened before", instant(scope.before))] if scope.before else ()),
    )


def _cells(one: Pairing, written: Callable[[str], str]) -> tuple[str, ...]:
    moments = (one.revoked_at, one.last_before, one.first_after, one.rejoined_at)
    return (
        str(one.event_id),
        written(one.number),
        one.kind.value,
        str(one.source),
        one.message_sid or "",
        *(instant(moment) if moment else "" for moment in moments),
        str(one.in_hand),
        one.verdict,
    )


def _csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _plain(row: SQLModel, without: set[str]) -> dict[str, Any]:
    return {name: _json_value(value) for name, value in row.model_dump(exclude=without).items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return value.value if isinstance(value, Enum) else value
