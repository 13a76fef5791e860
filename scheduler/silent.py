"""Messages that the provider took and of which nothing more was heard: it is asked, by their sids.

A receipt that could not be kept is lost, because the provider repeats it for some seconds at most.
So whatever is still accepted or sent an hour after it was handed over is asked about. What the
answer says settles it as a receipt would.

Some messages stay "sent" for ever, since not every carrier reports. That is why each is asked about
a few times only: a broadcast's rounds begin one hour after it was due, then two, four, eight and so
on. While it hands over, the next one comes an hour after its last use at the latest; the following
ones count from the moment at which it was done, until three days after its last use. So what leaves
on the last day of a week is asked about as what leaves in the first hour.

A round walks along the keys of its own broadcast's deliveries, a bounded part at a time, and only
where the counters say that there is something to find. No index has to follow the messages.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Select, func, or_, select, update
from sqlmodel import Session, col

from messaging.providers import Found, Provider, SendError
from models import (
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryCount,
    DeliveryStatus,
    Inquiry,
)
from models.base import LOCKED, insert
from models.broadcast import UNDER_WAY, USEFUL_FOR
from models.database import Database
from scheduler.rescue import lock_opted_out, locked, settle_as_found
from scheduler.work import keys_after

log = structlog.get_logger()

SILENT_FOR: Final = timedelta(hours=1)
_FOLLOWED: Final = timedelta(days=3)  # after the last use
_LONGEST_USE: Final = timedelta(days=30)  # what was due before is not looked at at all
_SILENT: Final = (DeliveryStatus.accepted, DeliveryStatus.sent)
_HANDED_OUT: Final = (*UNDER_WAY, BroadcastStatus.sent, BroadcastStatus.canceled)
# Of one turn, which the clock takes every few seconds: some twenty questions a second at most.
_QUESTIONS: Final = 100
_TOGETHER: Final = 10
_BROADCASTS: Final = 10
_KEYS: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Part:
    """What is asked next about a broadcast: keys with sids, among the keys after `after`."""

    broadcast_id: int
    after: int
    through: int
    silent: list[tuple[int, str]]


def due(session: Session, now: datetime) -> list[int]:
    """The broadcasts of which a round begins or goes on, the longest waiting ones first."""
    silent = (
        select(func.sum(DeliveryCount.value))
        .where(
            col(DeliveryCount.broadcast_id) == Broadcast.id,
            col(DeliveryCount.status).in_([status.value for status in _SILENT]),
        )
        .scalar_subquery()
    )
    query = (
        select(col(Broadcast.id))
        .outerjoin(Inquiry, col(Inquiry.broadcast_id) == Broadcast.id)
        .where(
            col(Broadcast.status).in_(_HANDED_OUT),
            col(Broadcast.scheduled_at) <= now - SILENT_FOR,
            col(Broadcast.scheduled_at) > now - _LONGEST_USE,
            or_(
                col(Broadcast.scheduled_at) > now - _FOLLOWED - USEFUL_FOR,
                col(Broadcast.useful_until) > now - _FOLLOWED,
            ),
            or_(col(Inquiry.broadcast_id).is_(None), col(Inquiry.due_at) <= now),
            silent > 0,
        )
        .order_by(func.coalesce(col(Inquiry.due_at), col(Broadcast.scheduled_at)))
        .limit(_BROADCASTS)
    )
    return list(session.execute(query).scalars())


def begin_anew(session: Session, broadcast_id: int, now: datetime) -> None:
    """Messages of a broadcast leave again: its next round begins in an hour at the latest."""
    soon = now + SILENT_FOR
    session.execute(
        update(Inquiry)
        .where(col(Inquiry.broadcast_id) == broadcast_id, col(Inquiry.due_at) > soon)
        .values(due_at=soon)
    )


async def ask(
    database: Database, provider: Provider, now: datetime, *, most: int = _QUESTIONS
) -> int:
    """Ask about up to `most` silent messages; how many were settled."""
    with database.read() as session:
        broadcasts = due(session, now)
    settled = 0
    for broadcast_id in broadcasts:
        with database.write() as session:
            part = _take(session, broadcast_id, most, now)
        for at in range(0, len(part.silent), _TOGETHER):
            some = part.silent[at : at + _TOGETHER]
            answers = await asyncio.gather(*(_ask(provider, sid) for _, sid in some))
            # Of one alone it is asked in the next round, so that it stops nobody else.
            is_away = not any(answers)
            with database.write() as session:
                settled += _settle(session, some, answers, now)
                if is_away:
                    _give_back(session, part, some[0][0] - 1)
            if is_away:
                return settled
        most -= len(part.silent)
        if most <= 0:
            break
    return settled


def _take(session: Session, broadcast_id: int, most: int, now: datetime) -> _Part:
    """Take the next part out of the round. Another clock then takes the one after it."""
    new = insert(session, Inquiry).values(broadcast_id=broadcast_id, through=0, due_at=now)
    session.execute(new.on_conflict_do_nothing(index_elements=["broadcast_id"]))
    inquiry = session.get_one(Inquiry, broadcast_id, with_for_update=LOCKED)
    after = inquiry.through
    keys = keys_after(session, broadcast_id, after)
    if keys is None:
        inquiry.through = 0
        inquiry.due_at = _next_round(session.get_one(Broadcast, broadcast_id), now)
        return _Part(broadcast_id, after, after, [])
    low, high = keys[0], min(keys[1], keys[0] + _KEYS)
    found = session.execute(silent_between(broadcast_id, low, high, most, now))
    silent = [(key, sid) for key, sid in found if sid]
    inquiry.through = silent[-1][0] if len(silent) == most else high
    inquiry.due_at = now
    return _Part(broadcast_id, after, inquiry.through, silent)


def silent_between(
    broadcast_id: int, after: int, through: int, most: int, now: datetime
) -> Select[int, str | None]:
    """The statement that finds the silent ones among the keys after `after` up to `through`."""
    return (
        select(col(Delivery.id), col(Delivery.message_sid))
        .where(
            col(Delivery.id) > after,
            col(Delivery.id) <= through,
            col(Delivery.broadcast_id) == broadcast_id,
            col(Delivery.status).in_(_SILENT),
            col(Delivery.message_sid).is_not(None),
            col(Delivery.submitted_at) <= now - SILENT_FOR,
        )
        .order_by(col(Delivery.id))
        .limit(most)
    )


def _next_round(broadcast: Broadcast, now: datetime) -> datetime:
    """Twice as late after the broadcast was due, or done, as this one ended.

    When all that it may ever hand over has been silent for an hour, a round comes in any case: one
    that is done may have to try again until its last use.
    """
    complete = broadcast.last_use + SILENT_FOR
    still = broadcast.scheduled_at if now < complete else broadcast.last_use
    doubled = now + max(now - (broadcast.finished_at or still), SILENT_FOR)
    would_miss = broadcast.finished_at is None or doubled > broadcast.last_use + _FOLLOWED
    return min(doubled, complete) if now < complete and would_miss else doubled


async def _ask(provider: Provider, sid: str) -> Found | str | None:
    """What the provider says: the message, in words that it has none, or None for no answer."""
    try:
        return await provider.fetch(sid) or "gone"
    except SendError as error:
        log.warning("silent.unanswered", reason=error.reason)
        return None


def _settle(
    session: Session,
    some: list[tuple[int, str]],
    answers: list[Found | str | None],
    now: datetime,
) -> int:
    """Settle by what was said; a receipt that came meanwhile, or another try, goes before."""
    said = {key: found for (key, _), found in zip(some, answers, strict=True)}
    settled = 0
    deliveries = locked(session, said)
    lock_opted_out(session, said.items())
    for delivery in deliveries:
        found, before = said[delivery.id], delivery.status
        if not isinstance(found, Found) or before not in _SILENT:
            continue
        if delivery.message_sid != found.sid:
            continue
        settle_as_found(session, delivery, found, now)
        session.add(delivery)
        session.flush()
        if delivery.status is not before:
            settled += 1
            log.info("silent.settled", delivery=delivery.id, status=found.status)
    return settled


def _give_back(session: Session, part: _Part, after: int) -> None:
    """Let the round go on where the questions ended, unless another clock has come further."""
    session.execute(
        update(Inquiry)
        .where(col(Inquiry.broadcast_id) == part.broadcast_id, col(Inquiry.through) == part.through)
        .values(through=after)
    )
