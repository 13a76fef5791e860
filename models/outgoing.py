"""Single texts that Marquee sends by itself, outside any broadcast and any webhook's answer."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from models.base import choice, primary_key, references


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    pending = "pending"
    sending = "sending"
    sent = "sent"
    failed = "failed"


class Notice(SQLModel, table=True):
    """One text to one number, e.g. the question for a yes after a sign-up on a page.

    Intent is committed before the provider is called; one that a crash left in `sending` is
    failed, not sent again.
    """

    id: int = primary_key()
    organization_id: int = references("organization.id")
    sender_id: int = references("sender.id")
    subscriber_id: int = references("subscriber.id", index=True)
    body: str = Field(sa_type=Text)
    status: NoticeStatus = choice(NoticeStatus, index=True)
    attempts: int = 0
    next_attempt_at: datetime
    message_sid: str | None = Field(default=None, max_length=64)
    error: str | None = Field(default=None, max_length=200)
    created_at: datetime
    sent_at: datetime | None = None


class FileKind(StrEnum):
    """What a file of numbers says about them."""

    suppression = "suppression"
    deactivated = "deactivated"


class NumberFile(SQLModel, table=True):
    """A file of numbers that a member imported: whose word it is, and what came of it."""

    __tablename__ = "number_file"

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    kind: FileKind = choice(FileKind)
    name: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    declared_source: str = Field(max_length=300)
    rows: int = 0
    taken: int = 0
    known_before: int = 0
    refused: int = 0
    member_id: int | None = references("member.id", optional=True)
    created_at: datetime
