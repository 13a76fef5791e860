"""What a carrier registers, and the words that lead to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import BigId, choice, primary_key, references


class OptIn(StrEnum):
    """Whether a keyword alone subscribes, or waits for a yes."""

    single = "single"
    double = "double"


class Program(SQLModel, table=True):
    """A brand's registered messaging program on one sender.

    `message_frequency` completes a sentence to the consumer, e.g. "Up to 4 msgs/month".
    `regions` are the ISO 3166 codes, divided by spaces, whose numbers it serves. `pending_hours`
    is how long a double opt-in waits for its yes. `minimum_age` in years asks for an age first.
    A reply text that is None is generated from this record (bot.replies).
    """

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    sender_id: int = references("sender.id", index=True)
    name: str = Field(max_length=60)
    slug: str = Field(max_length=60, unique=True)
    description: str = Field(max_length=200)
    message_frequency: str = Field(max_length=60)
    support_contact: str = Field(max_length=120)
    terms_url: str = Field(max_length=300)
    privacy_url: str = Field(max_length=300)
    opt_in: OptIn = choice(OptIn)
    pending_hours: int = 24
    minimum_age: int | None = None
    regions: str = Field(default="US CA", max_length=200)
    confirmation_text: str | None = Field(default=None, max_length=480)
    help_text: str | None = Field(default=None, max_length=480)
    stop_text: str | None = Field(default=None, max_length=480)
    created_at: datetime


class List(SQLModel, table=True):
    """A named, saved group of subscriptions in a program."""

    __table_args__ = (UniqueConstraint("program_id", "name"),)

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    program_id: int = references("program.id", index=True)
    name: str = Field(max_length=60)
    created_at: datetime


class Keyword(SQLModel, table=True):
    """A word that consumers text to a sender; it binds to a program and a list in it.

    `word` is as the program shows it, e.g. "JOIN"; bot.keywords compares canonical forms.
    """

    __table_args__ = (UniqueConstraint("sender_id", "word"),)

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    sender_id: int = references("sender.id")
    program_id: int = references("program.id", index=True)
    list_id: int = references("list.id", index=True)
    word: str = Field(max_length=30)
    created_at: datetime


class PoolSender(SQLModel, table=True):
    """A further sender of a program, beside its own: broadcasts are spread over the pool, and each
    subscriber goes on hearing from the same one."""

    __tablename__ = "pool_sender"

    program_id: int = Field(foreign_key="program.id", primary_key=True, sa_type=BigId)
    sender_id: int = Field(foreign_key="sender.id", primary_key=True, sa_type=BigId, index=True)
    added_at: datetime


class SentFrom(SQLModel, table=True):
    """A sender from which a program has sent, and when its latest broadcast there began, or when it
    left: people answer a message where it came from, also afterwards (models.lines)."""

    __tablename__ = "sent_from"

    program_id: int = Field(foreign_key="program.id", primary_key=True, sa_type=BigId)
    sender_id: int = Field(foreign_key="sender.id", primary_key=True, sa_type=BigId, index=True)
    latest_at: datetime
