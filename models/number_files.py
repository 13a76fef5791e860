"""A file of numbers: how every import is taken, whatever the file says about its numbers.

A file is looked at as a whole before any of it counts, and kept. Then it is acted on part by part,
each in a short transaction, so that texts that arrive meanwhile wait for one part at most. How far
it has come is written in the same transaction as what came of the part: each row counts exactly
once, whatever stops or crashes, and whoever comes next (the clock) goes on from there.
"""

import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import IO, BinaryIO, Final, cast

from sqlalchemy import Integer, String, delete, insert, or_
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from models.base import LOCKED
from models.database import Database
from models.importing import age_note, take_consents
from models.inserting import insert_many
from models.known_people import locked_hash_key
from models.leaves import note_act
from models.log import AuditKind
from models.number_reading import FileRow, Served, examine, read_rows
from models.outgoing import FileKind, NumberFile, NumberFilePiece, RefusedRow
from models.postgresql import is_cut
from models.program import List, Program
from models.suppressing import take_away

PART: Final = 4_000  # rows; on SQLite a text waits meanwhile: docs/IMPORT.md has the measure
# So many rows are put in the order of their numbers before they are cut into parts: neighbours lie
# side by side in the index of numbers, of which a part would else write nearly every page anew.
RUN: Final = 100_000
_PIECE: Final = 512 * 1024
_IN_MEMORY: Final = 4 * 1024 * 1024
# KiB: the pages of the index of hashes that a part changes, one for nearly every row. Without them
# in memory SQLite writes some more than once.
_ROOM: Final = 16_384
_LEASE: Final = timedelta(seconds=30)
_A_WHILE: Final = 1.0  # seconds
_MOST_TRIES: Final = 3  # at one part


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of numbers as it was given, and whose word it is.

    What follows `member_id` is of a file of subscribers only (models.importing).
    """

    kind: FileKind
    name: str
    declared_source: str
    member_id: int | None
    list_id: int | None = None
    declared_on: date | None = None
    proof_text: str | None = None
    is_age_checked: bool = False


def keep(
    database: Database, organization_id: int, upload: Upload, content: BinaryIO, now: datetime
) -> NumberFile:
    """Look at a whole file, and keep it to be acted on by `take`; nothing of it counts yet.

    `content` must be seekable. Raises BrokenFile, NoNumbers, and AgeUnknown where the program of a
    file of subscribers needs a declaration. The caller has no transaction open: the look takes
    seconds where there are a million rows.
    """
    note = regions = None
    if upload.list_id is not None:
        with database.read() as session:
            found = session.get_one(List, upload.list_id)
            note = age_note(session, found, upload.is_age_checked)
            regions = session.get_one(Program, found.program_id).regions.strip() or "US"
    examined = examine(content, _served(regions))
    content.seek(0)
    pieces = [zlib.compress(piece, 1) for piece in iter(lambda: content.read(_PIECE), b"")]
    file = NumberFile(
        organization_id=organization_id,
        kind=upload.kind,
        name=upload.name,
        sha256=examined.sha256,
        declared_source=upload.declared_source,
        list_id=upload.list_id,
        regions=regions,
        declared_on=upload.declared_on,
        proof_text=upload.proof_text,
        note=note,
        total=examined.rows,
        member_id=upload.member_id,
        created_at=now,
    )
    with database.write() as session:
        session.add(file)
        session.flush()
        session.execute(
            insert(NumberFilePiece),
            [
                {"number_file_id": file.id, "place": place, "content": piece}
                for place, piece in enumerate(pieces)
            ],
        )
    return file


def take(
    database: Database,
    file_id: int,
    clock: Callable[[], datetime],
    goes_on: Callable[[NumberFile], bool] = lambda _: True,
) -> NumberFile:
    """Act on the rest of a file, part by part, until it is finished or `goes_on` says no.

    The file as it stood after the last part is returned. Two who are at one file do not harm it:
    the second waits for the first one's part, and goes on behind it.
    """
    with database.read() as session:
        file = session.get_one(NumberFile, file_id)
    if file.finished_at is not None:
        return file
    served = _served(file.regions)
    with _content(database, file_id) as content:
        while True:
            # Also where somebody else has taken a part of it meanwhile.
            place, rows = file.rows, _in_order(content, served, file.rows)
            while place == file.rows:
                part = list(islice(rows, PART))
                file = _take_next(database, file_id, place, part, clock, goes_on)
                if file.lease_until is None:
                    return file
                place += len(part)


def unfinished(session: Session, now: datetime) -> list[int]:
    """The files that are not finished and that nobody is at."""
    return list(
        session.exec(
            select(NumberFile.id)
            .where(
                col(NumberFile.finished_at).is_(None),
                or_(col(NumberFile.lease_until).is_(None), col(NumberFile.lease_until) < now),
            )
            .order_by(col(NumberFile.id))
        )
    )


def take_for_a_while(database: Database, file_id: int) -> NumberFile:
    """Begin with a file while somebody waits: a short one is finished, of a long one the clock does
    what is left."""
    end = time.monotonic() + _A_WHILE
    return take(database, file_id, lambda: datetime.now(UTC), lambda _: time.monotonic() < end)


def _in_order(content: BinaryIO, served: Served, skipped: int) -> Iterator[FileRow]:
    """The rows of a file run by run, each by number and row, without the first `skipped`."""
    done, within = divmod(skipped, RUN)
    rows = read_rows(content, served, done * RUN)
    while run := list(islice(rows, RUN)):
        run.sort(key=lambda one: (one.phone_number or "", one.row))
        yield from islice(run, within, None)
        within = 0


def _take_next(
    database: Database,
    file_id: int,
    place: int,
    part: list[FileRow],
    clock: Callable[[], datetime],
    goes_on: Callable[[NumberFile], bool],
) -> NumberFile:
    """Take the part that begins at `place`, if the file has come just so far.

    Without a lease it came back to be left alone: it is finished, or `goes_on` said no. A part that
    PostgreSQL cut off in favor of somebody else left nothing, and is begun again.
    """
    tries = 1
    while True:
        try:
            with database.write_much(refers_to_what_it_reads=True, room=_ROOM) as session:
                file = session.get_one(NumberFile, file_id, with_for_update=LOCKED)
                if file.rows == place and file.finished_at is None:
                    _take_part(session, file, part, clock())
                is_left = file.finished_at is not None or not goes_on(file)
                file.lease_until = None if is_left else clock() + _LEASE
                session.add(file)
        except OperationalError as error:
            if tries == _MOST_TRIES or not is_cut(error):
                raise
            tries += 1
        else:
            return file


def _take_part(session: Session, file: NumberFile, part: list[FileRow], now: datetime) -> None:
    key = locked_hash_key(session, file.organization_id)
    refused = [row for row in part if row.phone_number is None]
    file.rows += len(part)
    file.refused += len(refused)
    if file.kind is FileKind.subscribers:
        refused += take_consents(session, file, key, part, now)
    else:
        take_away(session, file, key, part, now)
    insert_many(
        session,
        RefusedRow,
        {"row": Integer(), "reason": String()},
        [(one.row, one.reason) for one in refused],
        number_file_id=file.id,
        organization_id=file.organization_id,
    )
    if file.rows >= file.total:
        file.finished_at = now
        session.execute(
            delete(NumberFilePiece).where(col(NumberFilePiece.number_file_id) == file.id)
        )
        _note(session, file, now)


def _note(session: Session, file: NumberFile, now: datetime) -> None:
    of_subscribers: dict[str, int | None] = {}
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


def _served(regions: str | None) -> Served:
    """How the numbers of a file are read: for a list as its program said when the file was kept.

    The order of a run depends on it, and whoever goes on with a file must find the same order.
    """
    served = regions.split() if regions else []
    return Served(served[0], served) if served else Served()


@contextmanager
def _content(database: Database, file_id: int) -> Iterator[BinaryIO]:
    """The kept file, on the disk of this host while it is read."""
    pieces = (
        select(NumberFilePiece.content)
        .where(NumberFilePiece.number_file_id == file_id)
        .order_by(col(NumberFilePiece.place))
    )
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
        with database.read() as session:
            for small in session.exec(pieces.execution_options(yield_per=4)):
                content.write(zlib.decompress(small))
        content.seek(0)
        yield cast(BinaryIO, cast(IO[bytes], content))
