"""Consent as facts: what was agreed to or revoked, how, when, with the evidence."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    FetchedValue,
    Index,
    UniqueConstraint,
    select,
    text,
)
from sqlmodel import Field, Session, SQLModel, col

from models.base import choice, primary_key, references


class ConsentKind(StrEnum):
    """What an event says."""

    requested = "requested"  # a wish to join that waits for a yes
    opted_in = "opted_in"
    joined_list = "joined_list"
    left_list = "left_list"
    opted_out = "opted_out"
    lapsed = "lapsed"  # the yes did not come in time
    deactivated = "deactivated"  # the carrier says that the number is nobody's any more


class ConsentSource(StrEnum):
    """How it reached us."""

    text = "text"
    page = "page"  # the program's public page, or the consumer's own
    imported = "imported"  # a promoter's file
    receipt = "receipt"  # the provider's error 21610
    member = "member"  # somebody of the organization noted it
    system = "system"  # Marquee itself: a lapse, an inbox scan


# What ends consent to a program, or to all of them. (compliance.why says the same of the log, and
# an audit package's own verify.py, which import nothing from here.)
REVOCATIONS: Final = (ConsentKind.opted_out, ConsentKind.deactivated)
_AMONG_THEM = "kind IN ({})".format(", ".join(f"'{kind.value}'" for kind in REVOCATIONS))
_REVOKES = text(_AMONG_THEM)
# The same for the WHERE of a query, written out so that the index of revocations is found.
IS_REVOCATION = text(f"consent_event.{_AMONG_THEM}")
# What takes anything away from somebody, which is more: a list, or a wish that waited. It is in the
# words of the index of transactions, and in their order: no others find it. (OR, because SQLite
# builds a table for each IN, at every row that is written.)
REVOKES_ANYTHING: Final = " OR ".join(
    f"kind = '{kind.value}'"
    for kind in (
        ConsentKind.opted_out,
        ConsentKind.left_list,
        ConsentKind.deactivated,
        ConsentKind.lapsed,
    )
)
_IN_A_TRANSACTION = text(f"transaction_id IS NOT NULL AND ({REVOKES_ANYTHING})")


class ConsentEvent(SQLModel, table=True):
    """One immutable fact. Triggers on both databases refuse UPDATE and DELETE.

    It holds nothing that a person could ask to have erased: number, texts and addresses are in
    the ConsentEvidence, to which `commitment` binds it (models.leaves). `disclosure_sha256` binds
    it to what the person saw. An `opted_out` event
    without a program revokes everything that the organization sends (47 CFR 64.1200(a)(12): the
    safest reading of a STOP).

    `transaction_id` is PostgreSQL's number of the transaction that wrote the row, set by its
    default; on SQLite, where one writes at a time, it stays empty. A sender finds by it what was
    committed since a moment (scheduler.freshness). It is no part of the fact: it says nothing of
    what happened, and means nothing once the rows were copied into another server. So leaves,
    packages and verification leave it out.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        Index(
            "ix_consent_event_revocations",
            "organization_id",
            "id",
            sqlite_where=_REVOKES,
            postgresql_where=_REVOKES,
        ),
        Index(
            "ix_consent_event_transactions",
            "transaction_id",
            sqlite_where=_IN_A_TRANSACTION,
            postgresql_where=_IN_A_TRANSACTION,
        ),
    )

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
    disclosure_id: int | None = references("disclosure.id", optional=True)
    disclosure_sha256: str | None = Field(default=None, max_length=64)
    member_id: int | None = references("member.id", optional=True)
    commitment: str = Field(max_length=64)
    occurred_at: datetime
    transaction_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, FetchedValue(), nullable=True)
    )


class ConsentEvidence(SQLModel, table=True):
    """What a consent event was made of: number, verbatim text, page, address, file, note.

    Erasing takes `content` and `salt` away and leaves the event, whose `commitment` then
    commits to what nobody can guess any more.
    """

    __tablename__ = "consent_evidence"

    id: int = primary_key()
    organization_id: int = references("organization.id")
    consent_event_id: int = references("consent_event.id", unique=True)
    salt: str | None = Field(default=None, max_length=64)
    content: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    erased_at: datetime | None = None


class Disclosure(SQLModel, table=True):
    """The exact call-to-action that a person saw when consenting, in one of its versions.

    Append-only, as the events that point to it are.
    """

    __table_args__ = (UniqueConstraint("program_id", "version"),)

    id: int = primary_key()
    organization_id: int = references("organization.id")
    program_id: int = references("program.id")
    version: int
    text: str
    terms_url: str = Field(max_length=300)
    privacy_url: str = Field(max_length=300)
    created_at: datetime


class SuppressionReason(StrEnum):
    """Why a number must not be messaged."""

    opted_out = "opted_out"  # the consumer said so to us
    provider_opt_out = "provider_opt_out"  # error 21610: the consumer said so to the provider
    member = "member"  # a member recorded it
    imported = "imported"  # in a suppression list that was imported
    deactivated = "deactivated"  # the carrier says that the number is nobody's any more


class Suppression(SQLModel, table=True):
    """A number that must not be messaged, whatever a list says.

    Only the person lifts it, by START or by joining again. Of an erased person only the keyed
    hash is left, which the send gate and imports compare.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "number_hash"),
        Index("ix_suppression_organization_id_id", "organization_id", "id"),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id")
    number_hash: str = Field(max_length=64)
    phone_number: str | None = Field(default=None, max_length=20)
    reason: SuppressionReason = choice(SuppressionReason)
    created_at: datetime


def is_suppressed(session: Session, organization_id: int, number_hash: str) -> bool:
    """Whether a number must not be messaged, by the hash that is left even of an erased person
    (models.consenting.hash_of)."""
    query = select(col(Suppression.id)).where(
        col(Suppression.organization_id) == organization_id,
        col(Suppression.number_hash) == number_hash,
    )
    return session.execute(query).first() is not None
