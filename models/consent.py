"""Consent as facts: what was agreed to or revoked, how, when, with the evidence."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import choice, primary_key, references


class ConsentKind(StrEnum):
    """What an event says."""

    requested = "requested"  # a keyword in a double opt-in program, which waits for a yes
    opted_in = "opted_in"
    joined_list = "joined_list"
    left_list = "left_list"
    opted_out = "opted_out"


class ConsentSource(StrEnum):
    """How it reached us."""

    text = "text"
    receipt = "receipt"
    member = "member"


class ConsentEvent(SQLModel, table=True):
    """One immutable fact. Triggers on both databases refuse UPDATE and DELETE.

    The verbatim text lives in the inbound message that the event points to. An `opted_out` event
    without a program revokes everything that the organization sends (47 CFR 64.1200(a)(12): the
    safest reading of a STOP).
    """

    __tablename__ = "consent_event"

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    subscriber_id: int = references("subscriber.id", index=True)
    program_id: int | None = references("program.id", optional=True)
    list_id: int | None = references("list.id", optional=True)
    sender_id: int | None = references("sender.id", optional=True)
    kind: ConsentKind = choice(ConsentKind)
    source: ConsentSource = choice(ConsentSource)
    keyword: str | None = Field(default=None, max_length=30)
    message_sid: str | None = Field(default=None, max_length=64)
    inbound_message_id: int | None = references("inbound_message.id", optional=True)
    member_id: int | None = references("member.id", optional=True)
    note: str | None = Field(default=None, sa_type=Text)
    occurred_at: datetime


class SuppressionReason(StrEnum):
    """Why a number must not be messaged."""

    opted_out = "opted_out"  # the consumer said so to us
    provider_opt_out = "provider_opt_out"  # error 21610: the consumer said so to the provider
    member = "member"  # a member recorded it


class Suppression(SQLModel, table=True):
    """A number that must not be messaged, whatever a list says.

    Only the person lifts it, by START or by joining again.
    """

    __table_args__ = (UniqueConstraint("organization_id", "phone_number"),)

    id: int = primary_key()
    organization_id: int = references("organization.id")
    phone_number: str = Field(max_length=20)
    reason: SuppressionReason = choice(SuppressionReason)
    created_at: datetime
