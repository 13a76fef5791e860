"""Which senders a broadcast goes out on: the pool of its program, as it was when it started."""

from sqlalchemy import select
from sqlmodel import Session, col

from models import Broadcast, Lane, PoolSender, Sender


def pool_of(session: Session, program_id: int, sender_id: int) -> list[Sender]:
    """The senders that a program's broadcast from this sender would be spread over, its own
    first."""
    pool = select(col(PoolSender.sender_id)).where(col(PoolSender.program_id) == program_id)
    rows = session.execute(
        select(Sender)
        .where((col(Sender.id) == sender_id) | col(Sender.id).in_(pool))
        .order_by(col(Sender.id) != sender_id, col(Sender.id))
    )
    return list(rows.scalars())


def senders_of(session: Session, broadcast: Broadcast) -> list[Sender]:
    """The senders that a broadcast which has started has lanes on, its own first."""
    rows = session.execute(
        select(Sender)
        .join(Lane, col(Lane.sender_id) == Sender.id)
        .where(col(Lane.broadcast_id) == broadcast.id)
        .order_by(col(Sender.id) != broadcast.sender_id, col(Sender.id))
    )
    return list(rows.scalars())
