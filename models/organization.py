"""The tenant, and the people who log in to it."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from models.base import BigId, choice, primary_key, references


class Organization(SQLModel, table=True):
    """A company or promoter using the system. Nothing crosses from one to another.

    `hash_key` (hex) keys the hashes of phone numbers, so that an erased person stays suppressed.
    `halted_at` stops all sending until a member confirms: the database is older than what was
    published of it; `halted_note` is that published checkpoint. `stopped_at` is a member's own
    "stop everything". Nobody gets more than `most_in_24_hours` broadcasts in a day (None: only
    what the law of the region says). Retention is counted in days from a text's receipt or
    sending.
    """

    id: int = primary_key()
    name: str = Field(max_length=100)
    hash_key: str = Field(default_factory=lambda: secrets.token_hex(32), max_length=64)
    halted_at: datetime | None = None
    halted_why: str | None = Field(default=None, max_length=300)
    halted_note: str | None = Field(default=None, sa_type=Text)
    stopped_at: datetime | None = None
    stopped_by_id: int | None = Field(default=None, sa_type=BigId)
    most_in_24_hours: int | None = None
    keep_texts_days: int = 1825
    created_at: datetime


class Role(StrEnum):
    """What a member may do: an auditor reads, a promoter sends, an owner also sets up."""

    owner = "owner"
    promoter = "promoter"
    auditor = "auditor"


class Member(SQLModel, table=True):
    """A person who logs in to one organization.

    `fs_uniquifier` names the log-in session; a new value ends every open one. An auditor may be
    limited to one program (`program_id`) and to a time (`access_until`).
    """

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=100)
    role: Role = choice(Role)
    password: str = Field(max_length=255)
    active: bool = True
    fs_uniquifier: str = Field(max_length=64, unique=True)
    access_until: datetime | None = None
    program_id: int | None = references("program.id", optional=True)
    failed_log_ins: int = 0
    locked_until: datetime | None = None
    created_at: datetime
