"""Ends what nobody may hand over any more: of canceled broadcasts, and past the last use.

What never went is skipped; what waited to go again ends as its earlier try did.

A cancel counts at once, because every claim asks for the state; writing ten million reasons takes
longer, and is done here, part by part.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from models import Broadcast, BroadcastStatus, Delivery, DeliveryCount, DeliveryStatus, SkipReason
from models.balance import balance, shift
from models.broadcast import UNDER_WAY
from models.database import Database
from models.delivery import keys_of
from models.settling import not_again

PART = 1_000


def to_sweep(session: Session, now: datetime) -> list[int]:
    """The broadcasts of which deliveries wait that will never go."""
    rows = session.execute(
        select(Broadcast)
        .where(
            col(Broadcast.status).in_((*UNDER_WAY, BroadcastStatus.canceled)),
            select(col(DeliveryCount.broadcast_id))
            .where(
                col(DeliveryCount.broadcast_id) == Broadcast.id,
                col(DeliveryCount.status) == DeliveryStatus.pending.value,
                col(DeliveryCount.value) > 0,
            )
            .exists(),
        )
        .order_by(col(Broadcast.id))
    ).scalars()
    return [one.id for one in rows if _reason(one, now) and _waiting(session, one.id)]


def sweep(database: Database, broadcast_id: int, now: datetime) -> int:
    """End all that waits of one broadcast, one transaction a part; how many."""
    swept, after = 0, 0
    while True:
        with database.write() as session:
            part, after = sweep_part(session, broadcast_id, now, after)
        if not part:
            return swept
        swept += part


def sweep_part(
    session: Session, broadcast_id: int, now: datetime, after: int = 0
) -> tuple[int, int]:
    """End at most PART waiting deliveries with keys above `after`: how many, and the last key.

    None are ended of a broadcast that is neither canceled nor past its last use.
    """
    broadcast = session.get_one(Broadcast, broadcast_id, populate_existing=True)
    reason = _reason(broadcast, now)
    if reason is None or not _waiting(session, broadcast_id):
        return 0, after
    low, high = keys_of(session, broadcast_id)
    rows = list(
        session.execute(
            select(col(Delivery.id), col(Delivery.attempts), col(Delivery.error_code))
            .where(
                col(Delivery.id) >= max(low, after + 1),
                col(Delivery.id) <= high,
                col(Delivery.broadcast_id) == broadcast_id,
                col(Delivery.status) == DeliveryStatus.pending,
            )
            .order_by(col(Delivery.id))
            .limit(PART)
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    if not rows:
        return 0, after
    ends: dict[DeliveryStatus, list[int]] = {}
    for key, attempts, error_code in rows:
        ends.setdefault(not_again(attempts, error_code), []).append(key)
    for status, keys in ends.items():
        why = reason if status is DeliveryStatus.skipped else None
        session.execute(
            update(Delivery)
            .where(col(Delivery.id).in_(keys))
            .values(status=status, skip_reason=why, settled_at=now)
            .execution_options(synchronize_session=False)
        )
        shift(session, broadcast_id, DeliveryStatus.pending, status, len(keys), why)
    return len(rows), rows[-1].id


def _reason(broadcast: Broadcast, now: datetime) -> SkipReason | None:
    if broadcast.status is BroadcastStatus.canceled:
        return SkipReason.canceled
    is_over = broadcast.status in UNDER_WAY and now > broadcast.last_use
    return SkipReason.too_late if is_over else None


def _waiting(session: Session, broadcast_id: int) -> int:
    return balance(session, broadcast_id).count(DeliveryStatus.pending)
