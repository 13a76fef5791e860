"""Deliveries that were to be tried again soon, when the clock was ahead: after it was set back,
their moment would be as far away as it had been ahead."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlmodel import Session, col

from models import Broadcast, Delivery, DeliveryStatus, Lane
from models.broadcast import UNDER_WAY
from models.database import Database
from models.settling import LONGEST_WAIT
from models.shared_clock import SET_BACK

_TOO_LONG: Final = 2 * LONGEST_WAIT  # surely not for another try
_AT_ONCE: Final = 1_000


class SetBack:
    """Notices that a process's clock was set back; before its first look it may have been, too."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def mend(self, database: Database, now: datetime) -> None:
        """If the clock was set back since the last time, let those wait no longer."""
        if self._latest is None or now < self._latest - SET_BACK:
            while _wake(database, now) == _AT_ONCE:
                pass
        self._latest = now


def _wake(database: Database, now: datetime) -> int:
    """Wake some who wait for longer than for another try. Who waits for the end of their quiet
    hours, and had been claimed before, is among them: the next claim holds them back again. So is
    who waits for their sender's next day: it rests until then."""
    with database.read() as session:
        keys = _waiting(session, now)
    if keys:
        with database.write() as session:
            waiting = (
                select(col(Delivery.id))
                .where(col(Delivery.id).in_(keys), col(Delivery.status) == DeliveryStatus.pending)
                .order_by(col(Delivery.id))
                .with_for_update(key_share=True)
            )
            session.execute(
                update(Delivery)
                .where(col(Delivery.id).in_(session.execute(waiting).scalars().all()))
                .values(next_attempt_at=now)
                .execution_options(synchronize_session=False)
            )
    return len(keys)


def _waiting(session: Session, now: datetime) -> list[int]:
    query = (
        select(col(Delivery.id))
        .join(Broadcast, col(Broadcast.id) == Delivery.broadcast_id)
        .join(Lane, col(Lane.broadcast_id) == Broadcast.id)
        .where(
            col(Broadcast.status).in_(UNDER_WAY),
            col(Delivery.sender_id) == col(Lane.sender_id),
            col(Delivery.waits_until) > now + _TOO_LONG,
            # It was claimed before; most who wait for their own moment never were.
            col(Delivery.consent_event_id).is_not(None),
        )
        .order_by(col(Delivery.id))
        .limit(_AT_ONCE)
    )
    return list(session.execute(query).scalars())
