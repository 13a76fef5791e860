"""How far the provider was asked about messages of which nothing more was heard."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.base import BigId


class Inquiry(SQLModel, table=True):
    """One broadcast's round of questions (scheduler.silent).

    `through` is the delivery's key that the round has come to. It goes on, or begins, at `due_at`.
    """

    broadcast_id: int = Field(foreign_key="broadcast.id", primary_key=True, sa_type=BigId)
    through: int = Field(default=0, sa_type=BigId)
    due_at: datetime
