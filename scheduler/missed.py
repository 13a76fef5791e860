"""Occurrences of a series that did not start in time: only the latest one is anybody's business.

After an outage of a month a promoter must not find thirty broadcasts that wait for a decision, and
must not send them all by mistake. When the time of a later one of the series has come, whatever of
the earlier ones has not started is canceled, with the reason on its page. What a member has moved
to another time is theirs.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models import Broadcast, BroadcastStatus
from models.base import LOCKED
from models.broadcast import NOT_STARTED
from models.database import Database

log = structlog.get_logger()

_WHY = (
    "Missed: it did not start in time, and the next one of its series has come since. "
    "Nothing was sent."
)


def give_up(session: Session, broadcast: Broadcast, now: datetime) -> None:
    """Cancel one of which the caller knows that a later one has come."""
    broadcast.move(BroadcastStatus.canceled)
    broadcast.attention, broadcast.finished_at = _WHY, now
    session.add(broadcast)
    session.flush()
    log.info("recurring.missed", broadcast=broadcast.id)


def is_too_late(broadcast: Broadcast, now: datetime) -> bool:
    """Whether it will not start by itself any more, and no member wanted it at another time."""
    if broadcast.scheduled_at != broadcast.occurs_at:
        return False
    if broadcast.status is BroadcastStatus.held:
        return True
    return broadcast.status is BroadcastStatus.scheduled and now > broadcast.latest_start


def give_up_missed(database: Database, now: datetime) -> int:
    """Cancel what was missed and is followed by a later one; how many."""
    with database.read() as session:
        # One that is not too late may stay for weeks, and must not cost a writer each second.
        followed = [one.id for one in _followed(session, now) if is_too_late(one, now)]
    given_up = 0
    for broadcast_id in followed:
        with database.write() as session:
            broadcast = session.get_one(
                Broadcast, broadcast_id, with_for_update=LOCKED, populate_existing=True
            )
            if is_too_late(broadcast, now):
                give_up(session, broadcast, now)
                given_up += 1
    return given_up


def _followed(session: Session, now: datetime) -> list[Broadcast]:
    """The occurrences that have not started although the time of a later one has come."""
    later = aliased(Broadcast)
    query = (
        select(Broadcast)
        .where(
            col(Broadcast.status).in_(NOT_STARTED),
            col(Broadcast.recurrence_id).is_not(None),
            select(col(later.id))
            .where(
                col(later.recurrence_id) == Broadcast.recurrence_id,
                col(later.occurs_at) > col(Broadcast.occurs_at),
                col(later.occurs_at) <= now,
            )
            .exists(),
        )
        .order_by(col(Broadcast.id))
    )
    return list(session.execute(query).scalars())
