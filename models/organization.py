"""The tenant, and the people who log in to it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.base import choice, primary_key, references


class Organization(SQLModel, table=True):
    """A company or promoter using the system. Nothing crosses from one to another."""

    id: int = primary_key()
    name: str = Field(max_length=100)
    created_at: datetime


class Role(StrEnum):
    """What a member may do: an auditor reads, a promoter sends, an owner also sets up."""

    owner = "owner"
    promoter = "promoter"
    auditor = "auditor"


class Member(SQLModel, table=True):
    """A person who logs in to one organization.

    `fs_uniquifier` names the log-in session; a new value ends every open one.
    """

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=100)
    role: Role = choice(Role)
    password: str = Field(max_length=255)
    active: bool = True
    fs_uniquifier: str = Field(max_length=64, unique=True)
    failed_log_ins: int = 0
    locked_until: datetime | None = None
    created_at: datetime
