"""When a broadcast is done: nothing of it is left to hand over."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlmodel import Session, col

from models import Broadcast, BroadcastStatus, DeliveryStatus
from models.balance import balance
from scheduler.work import Work

_IN_OUR_HANDS: Final = (DeliveryStatus.pending, DeliveryStatus.sending)


def finish(session: Session, work: Work, now: datetime) -> bool:
    """Mark a broadcast sent when nothing of it is left to hand over; True if this did it.

    Whoever lets a delivery go again has the broadcast locked, so that it is read again under that
    lock. One that is somebody else's comes in the next round: who waited for it, with a sender
    locked, could do so in a ring.
    """
    if not work.is_frozen or _is_any_left(session, work):
        return False
    key = col(Broadcast.id)
    is_sending = (key == work.broadcast_id) & (col(Broadcast.status) == BroadcastStatus.sending)
    mine = select(key).where(is_sending).with_for_update(skip_locked=True, key_share=True)
    if session.execute(mine).scalar() is None or _is_any_left(session, work):
        return False
    session.execute(
        update(Broadcast)
        .where(key == work.broadcast_id)
        .values(status=BroadcastStatus.sent, finished_at=now)
    )
    return True


def _is_any_left(session: Session, work: Work) -> bool:
    return balance(session, work.broadcast_id).count(*_IN_OUR_HANDS) > 0
