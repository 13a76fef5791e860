"""A file of numbers: what every import shares, whatever it says about them.

A whole file is one transaction of the caller's: either all of it counts, or nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlmodel import Session, col, select

from models.base import insert
from models.consent import Suppression
from models.leaves import note_act
from models.log import AuditKind
from models.organization import Organization
from models.outgoing import FileKind, NumberFile, RefusedRow
from models.subscriber import Subscriber

_CHUNK = 1000  # rows at a time, so that memory stays bounded and statements short


class NoNumbers(Exception):
    """No row of the file holds a number: it cannot be what the member meant to give."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file: an E.164 number, or the reason why it was refused."""

    row: int
    phone_number: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of numbers as it was given: whose word it is, and its SHA-256 (hex).

    What follows `member_id` is of a file of subscribers only (models.importing).
    """

    kind: FileKind
    name: str
    sha256: str
    declared_source: str
    member_id: int | None
    list_id: int | None = None
    declared_on: date | None = None
    proof_text: str | None = None


def act_on_rows(
    session: Session,
    organization_id: int,
    upload: Upload,
    rows: Iterable[FileRow],
    now: datetime,
    take: Callable[[NumberFile, str, list[FileRow]], None],
) -> NumberFile:
    """Let `take` act on the rows piece by piece, with the organization's hash key; keep the refused
    ones and record the act. NoNumbers if no row holds a number.
    """
    key = locked_hash_key(session, organization_id)
    file = NumberFile(
        organization_id=organization_id,
        kind=upload.kind,
        name=upload.name,
        sha256=upload.sha256,
        declared_source=upload.declared_source,
        list_id=upload.list_id,
        declared_on=upload.declared_on,
        proof_text=upload.proof_text,
        member_id=upload.member_id,
        created_at=now,
    )
    session.add(file)
    session.flush()
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        refused = [row for row in chunk if row.phone_number is None]
        file.rows += len(chunk)
        file.refused += len(refused)
        keep_rows(session, file, refused)
        take(file, key, chunk)
    if file.rows == file.refused:
        raise NoNumbers
    _note(session, file, now)
    session.flush()
    return file


def _note(session: Session, file: NumberFile, now: datetime) -> None:
    of_subscribers: dict[str, Any] = {}
    if file.kind is FileKind.subscribers:
        of_subscribers = {
            "list": file.list_id,
            "waiting": file.waiting,
            "left_before": file.left_before,
        }
    note_act(
        session,
        file.organization_id,
        AuditKind.imported,
        now,
        member_id=file.member_id,
        file=file.id,
        file_kind=file.kind.value,
        sha256=file.sha256,
        rows=file.rows,
        taken=file.taken,
        known_before=file.known_before,
        refused=file.refused,
        **of_subscribers,
    )


def locked_hash_key(session: Session, organization_id: int) -> str:
    """The organization's hash key; one transaction at a time has it, until it ends."""
    # Two imports at once would lock the same numbers in different orders. This lock lets texts
    # that arrive meanwhile refer to the organization.
    return session.exec(
        select(Organization.hash_key)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
    ).one()


def keep_rows(session: Session, file: NumberFile, rows: Iterable[FileRow]) -> None:
    """Keep, for the member to read, which rows were not taken and why."""
    mine: dict[str, Any] = {"number_file_id": file.id, "organization_id": file.organization_id}
    kept = [mine | {"row": one.row, "reason": one.reason} for one in rows]
    if kept:
        session.connection().execute(insert(session, RefusedRow), kept)


def locked_subscribers(
    session: Session, organization_id: int, hashes: dict[str, str]
) -> dict[str, Subscriber]:
    """The subscribers among these numbers, locked: a text that is being decided comes first."""
    found = session.exec(
        select(Subscriber)
        .where(
            Subscriber.organization_id == organization_id,
            col(Subscriber.phone_number).in_(hashes),
        )
        .order_by(col(Subscriber.id))
        .with_for_update()
    )
    return {one.phone_number: one for one in found}


def suppressed_of(session: Session, organization_id: int, hashes: dict[str, str]) -> set[str]:
    """Those of the hashes (values; the keys are numbers) that are suppressed."""
    return set(
        session.exec(
            select(Suppression.number_hash).where(
                Suppression.organization_id == organization_id,
                col(Suppression.number_hash).in_(hashes.values()),
            )
        )
    )
