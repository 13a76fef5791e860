"""What the running system notes about itself."""

from datetime import date, datetime

from sqlmodel import Field, Session, SQLModel

from models.base import insert


class Heartbeat(SQLModel, table=True):
    """The last sign of life of a process that must not fall silent, e.g. "clock"."""

    name: str = Field(max_length=40, primary_key=True)
    beat_at: datetime


def beat(session: Session, name: str, now: datetime) -> None:
    """A sign of life."""
    session.execute(
        insert(session, Heartbeat)
        .values(name=name, beat_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"beat_at": now})
    )


class Throttle(SQLModel, table=True):
    """How often something was tried in a window of time; `key` is hashed where it is personal."""

    key: str = Field(max_length=120, primary_key=True)
    window_start: datetime
    tries: int = 0


class Counter(SQLModel, table=True):
    """How often something happened on a (UTC) day, e.g. "forged_webhook"."""

    name: str = Field(max_length=40, primary_key=True)
    day: date = Field(primary_key=True)
    value: int = 0
