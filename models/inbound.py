"""Texts that consumers sent, kept as they came."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from models.base import choice, primary_key, references


class InboundMessage(SQLModel, table=True):
    """One inbound text or picture message, with what was understood and what was answered.

    `message_sid` is unique: a replay of the same webhook finds this row and gets the same
    `reply` (None: an empty TwiML response). `body` is the text as shown; where the text as sent
    cannot stand in a text column (NUL, broken UTF-8), `body_raw` holds its exact bytes.
    `media` lists {"url", "content_type"} of each picture, sound or video. Once `erased_at` is set
    (models.erasing), all that was personal is gone: who sent it, what it said, what was answered.
    `marked_at` is when a text that had first been read as harmless was marked for review; None: on
    receipt.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        Index("ix_inbound_message_inbox", "organization_id", "needs_review", "id"),
        Index(
            "ix_inbound_message_expiry",
            "organization_id",
            "received_at",
            sqlite_where=text("erased_at IS NULL"),
            postgresql_where=text("erased_at IS NULL"),
        ),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id")
    sender_id: int = references("sender.id")
    subscriber_id: int | None = references("subscriber.id", optional=True, index=True)
    message_sid: str = Field(max_length=64, unique=True)
    from_number: str = Field(max_length=64)
    to_number: str = Field(max_length=64)
    body: str = Field(sa_type=Text)
    body_raw: bytes | None = Field(default=None, sa_type=LargeBinary)
    media: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    opt_out_type: str | None = Field(default=None, max_length=10)
    form: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    intent: str = Field(max_length=10)
    keyword: str | None = Field(default=None, max_length=30)
    reply: str | None = Field(default=None, sa_type=Text)
    needs_review: bool = False
    marked_at: datetime | None = None
    reviewed_by_id: int | None = references("member.id", optional=True)
    reviewed_at: datetime | None = None
    received_at: datetime
    erased_at: datetime | None = None


class AnswerStatus(StrEnum):
    """Where a forwarded answer stands."""

    pending = "pending"
    sending = "sending"
    sent = "sent"
    failed = "failed"


class Answer(SQLModel, table=True):
    """A recipient's answer on its way to the address that the broadcast gave.

    `destination` is an e-mail address or an E.164 number. A row left in `sending` by a crash is
    failed, not sent again: a member finds the text in the inbox either way.
    """

    __table_args__ = (Index("ix_answer_organization_id", "organization_id", "inbound_message_id"),)

    id: int = primary_key()
    organization_id: int = references("organization.id")
    inbound_message_id: int = references("inbound_message.id", unique=True)
    broadcast_id: int = references("broadcast.id", index=True)
    destination: str = Field(max_length=254)
    status: AnswerStatus = choice(AnswerStatus, index=True)
    attempts: int = 0
    next_attempt_at: datetime
    error: str | None = Field(default=None, max_length=200)
