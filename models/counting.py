"""Counters that operators read: how often something happened on a day."""

from datetime import datetime

from sqlmodel import Session

from models.base import insert
from models.operations import Counter


def count(session: Session, name: str, now: datetime) -> None:
    """Add one to today's (UTC) counter of this name."""
    session.execute(
        insert(session, Counter)
        .values(name=name, day=now.date(), value=1)
        .on_conflict_do_update(index_elements=["name", "day"], set_={"value": Counter.value + 1})
    )
