"""Single texts that Marquee sends by itself, outside any broadcast and any webhook's answer."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from models.base import BigId, choice, primary_key, references


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    pending = "pending"
    sending = "sending"
    sent = "sent"
    failed = "failed"


class Notice(SQLModel, table=True):
    """One text to one number, e.g. the question for a yes after a sign-up on a page.

    Intent is committed before the provider is called; one that a crash left in `sending` is
    failed, not sent again. Once `erased_at` is set (models.erasing), `body` is empty.

    It is about the program of `program_id`, under the consent event `consent_event_id` (the wish
    to join). `submitted_at` is when it was last handed to the provider; from `in_hand_until` on
    the provider will not deliver it any more: it was refused, or its validity is over.
    """

    id: int = primary_key()
    organization_id: int = references("organization.id")
    sender_id: int = references("sender.id")
    subscriber_id: int = references("subscriber.id", index=True)
    program_id: int | None = references("program.id", optional=True)
    consent_event_id: int | None = references("consent_event.id", optional=True)
    body: str = Field(sa_type=Text)
    status: NoticeStatus = choice(NoticeStatus, index=True)
    attempts: int = 0
    next_attempt_at: datetime
    message_sid: str | None = Field(default=None, max_length=64)
    error: str | None = Field(default=None, max_length=200)
    created_at: datetime
    submitted_at: datetime | None = None
    in_hand_until: datetime | None = None
    sent_at: datetime | None = None
    erased_at: datetime | None = None


class FileKind(StrEnum):
    """What a file of numbers says about them."""

    suppression = "suppression"
    deactivated = "deactivated"
    subscribers = "subscribers"


class NumberFile(SQLModel, table=True):
    """A file of numbers that a member imported: whose word it is, and what came of it.

    `list_id`, `regions`, `declared_on`, `proof_text` and `note` are of a file of subscribers only,
    as are the counts of those who `left_before` and of those who are `waiting` for a yes since
    before. `regions` are those that the program served when the file was kept: its numbers are
    read by them to the end.

    It is acted on part by part (models.number_files): of its `total` rows `rows` are done, and
    `finished_at` is None until all are. Whoever is at it says so by `lease_until`; when that is
    over or None, the clock goes on.
    """

    __tablename__ = "number_file"

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    kind: FileKind = choice(FileKind)
    name: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    declared_source: str = Field(max_length=300)
    list_id: int | None = references("list.id", optional=True)
    regions: str | None = Field(default=None, max_length=200)
    declared_on: date | None = None
    proof_text: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, max_length=200)
    total: int = 0
    rows: int = 0
    taken: int = 0
    known_before: int = 0
    waiting: int = 0
    left_before: int = 0
    refused: int = 0
    member_id: int | None = references("member.id", optional=True)
    created_at: datetime
    lease_until: datetime | None = None
    finished_at: datetime | None = None

    @property
    def unknown(self) -> int:
        """Numbers of a deactivated-number file that are nobody's here: counted, never stored."""
        return self.rows - self.taken - self.known_before - self.refused


class NumberFilePiece(SQLModel, table=True):
    """A piece of a file that is not finished: bytes of it, made smaller by zlib.

    Gone in the transaction that finishes the file.
    """

    __tablename__ = "number_file_piece"

    number_file_id: int = Field(foreign_key="number_file.id", primary_key=True, sa_type=BigId)
    place: int = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class RefusedRow(SQLModel, table=True):
    """A row of an imported file that was not taken, and why; what it held is not kept.

    `row` counts as a spreadsheet does: from 1, with header and blank lines.
    """

    __tablename__ = "refused_row"

    number_file_id: int = Field(foreign_key="number_file.id", primary_key=True, sa_type=BigId)
    row: int = Field(primary_key=True)
    organization_id: int = references("organization.id")
    reason: str = Field(max_length=200)
