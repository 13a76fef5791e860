"""Which senders a broadcast goes out on: the pool of its program, as it was when it started."""

from datetime import datetime

from sqlalchemy import Subquery, select, union_all, update
from sqlmodel import Session, col

from models import Broadcast, Delivery, Lane, PoolSender, Program, Sender, SentFrom
from models.base import insert
from models.broadcast import NOT_STARTED


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


def ever_of(session: Session, program: Program) -> list[Sender]:
    """The senders at which people text a program, or did: those of its pool, and those from which
    it has ever sent; its own first."""
    pool = select(col(PoolSender.sender_id)).where(col(PoolSender.program_id) == program.id)
    left = select(col(SentFrom.sender_id)).where(col(SentFrom.program_id) == program.id)
    is_own, key = col(Sender.id) == program.sender_id, col(Sender.id)
    rows = session.execute(
        select(Sender)
        .where(is_own | key.in_(pool) | key.in_(left))
        .order_by(key != program.sender_id, key)
    )
    return list(rows.scalars())


def answer_on(session: Session, program_id: int, sender_id: int, now: datetime) -> None:
    """From now on count anew for how long people may still answer a program at this sender: it
    sends from there at this moment, or leaves it."""
    sent = insert(session, SentFrom).values(
        program_id=program_id, sender_id=sender_id, latest_at=now
    )
    session.execute(
        sent.on_conflict_do_update(
            index_elements=["program_id", "sender_id"],
            set_={"latest_at": sent.excluded.latest_at},
            where=col(SentFrom.latest_at) < sent.excluded.latest_at,
        )
    )


def senders_of(session: Session, broadcast: Broadcast) -> list[Sender]:
    """The senders that a broadcast which has started has lanes on, its own first."""
    rows = session.execute(
        select(Sender)
        .join(Lane, col(Lane.sender_id) == Sender.id)
        .where(col(Lane.broadcast_id) == broadcast.id)
        .order_by(col(Sender.id) != broadcast.sender_id, col(Sender.id))
    )
    return list(rows.scalars())


def waiting_until(
    session: Session, broadcast: Broadcast, now: datetime, most: int, *, is_last: bool = False
) -> Subquery:
    """The moments of those who wait for one of their own, and whether it is for another try: of
    each sender, by whose index they are found, at most so many, the first or the last."""
    moment = col(Delivery.waits_until)
    # What the provider asked to slow down for is tried again, too, and counts as no try.
    is_again = (col(Delivery.attempts) > 0) | col(Delivery.error_code).is_not(None)
    waiting = select(is_again.label("is_again"), moment)
    of_each = [
        waiting.where(
            col(Delivery.broadcast_id) == broadcast.id,
            col(Delivery.sender_id) == sender.id,
            moment > now,
        )
        .order_by(moment.desc() if is_last else moment)
        .limit(most)
        .subquery()
        for sender in senders_of(session, broadcast)
    ]
    if not of_each:
        return waiting.where(col(Delivery.id) == 0).subquery()
    return union_all(*(select(one) for one in of_each)).subquery()


def take_along(session: Session, program: Program) -> int:
    """A program has another sender: what of it has not started goes out there as well. How many
    broadcasts were on another one."""
    session.flush()
    moved = session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.program_id) == program.id,
            col(Broadcast.status).in_(NOT_STARTED),
            col(Broadcast.sender_id) != program.sender_id,
        )
        .values(sender_id=program.sender_id)
        .returning(col(Broadcast.id))
    )
    return len(moved.all())
