"""The log: leaves of one RFC 6962 Merkle tree an organization, and what was signed of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import BigId, choice, looked_up_on_sqlite, primary_key, references

# Between two leaves of a row.
LINE: Final = b"\n"


class Unsealed(SQLModel, table=True):
    """Leaves that wait for their places in the tree: their `number`, one a line, since a leaf is
    JSON of one line. What is made by the thousand shares rows (models.leaves.keep_leaves).

    Webhooks and senders only insert here, in the transaction of the fact itself, and so never
    wait for the tree's head; the sealing job gives the places.
    """

    __table_args__ = (looked_up_on_sqlite("organization_id", "organization.id"),)

    id: int = primary_key()
    organization_id: int = Field(sa_type=BigId, index=True)
    leaves: bytes = Field(sa_type=LargeBinary)
    number: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class LogLeaf(SQLModel, table=True):
    """One leaf at its place: canonical JSON (RFC 8785), and SHA-256(0x00 || leaf) (RFC 6962)."""

    __tablename__ = "log_leaf"
    __table_args__ = (looked_up_on_sqlite("organization_id", "organization.id"),)

    organization_id: int = Field(primary_key=True, sa_type=BigId, nullable=False)
    leaf_index: int = Field(primary_key=True, sa_type=BigId)
    leaf: bytes = Field(sa_type=LargeBinary)
    leaf_hash: bytes = Field(sa_type=LargeBinary)


class TreeHead(SQLModel, table=True):
    """The right edge of an organization's tree, so that appending costs O(log n).

    `peaks` is what compliance.merkle.Frontier dumps. Whoever seals locks this row, and nothing
    else does.
    """

    __tablename__ = "tree_head"

    organization_id: int = Field(
        foreign_key="organization.id", primary_key=True, sa_type=BigId, nullable=False
    )
    size: int = Field(default=0, sa_type=BigId)
    peaks: bytes = Field(default=b"", sa_type=LargeBinary)


class Checkpoint(SQLModel, table=True):
    """A signed statement about the tree: a C2SP signed note (https://c2sp.org/tlog-checkpoint)."""

    __table_args__ = (UniqueConstraint("organization_id", "tree_size"),)

    id: int = primary_key()
    organization_id: int = references("organization.id")
    tree_size: int = Field(sa_type=BigId)
    root_hash: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    created_at: datetime


class SigningKey(SQLModel, table=True):
    """An Ed25519 key of an organization's log; the newest that is not retired signs.

    The private key is sealed with a key made from SECRET_KEY. Retired and lost keys keep their
    public half, so that old checkpoints still verify.
    """

    __tablename__ = "signing_key"

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    name: str = Field(max_length=100)
    public_key: bytes = Field(sa_type=LargeBinary)
    private_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime
    retired_at: datetime | None = None


class AuditKind(StrEnum):
    """What a member or Marquee itself did that an auditor must be able to see."""

    erased = "erased"  # a person's data, on request
    expired = "expired"  # texts whose retention was over
    unmasked = "unmasked"  # an auditor saw whole numbers
    overridden = "overridden"  # a warning before a send
    judged = "judged"  # an unclear text, by a member or by the inbox scan
    imported = "imported"  # a file of numbers
    restored = "restored"  # a restored database was confirmed
    exported = "exported"  # an audit package or a file of numbers
    stopped = "stopped"  # everything that the organization sends
    resumed = "resumed"  # the same, when it went on
    decided = "decided"  # what becomes of deliveries that stayed unknown


class AuditEvent(SQLModel, table=True):
    """One immutable act, without personal data of consumers. A leaf of the log as well."""

    __tablename__ = "audit_event"

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    kind: AuditKind = choice(AuditKind)
    member_id: int | None = references("member.id", optional=True)
    subject: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    occurred_at: datetime
