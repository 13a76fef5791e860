"""Every happy path has a rescuer: lapsed leases become unknown, unknowns are settled by evidence.

A delivery whose outcome is unknown is never sent again. Its receipt settles it (bot.receipts), or
the provider's own list of messages does, here.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, or_, select
from sqlmodel import Session, col

from messaging.errors import OPTED_OUT, outcome_of_receipt
from messaging.providers import Found, Provider, SendError
from models import Delivery, DeliveryStatus, Subscriber
from models.database import Database
from models.delivery import GOOD_NEWS, REPORTED
from models.settling import lock_recipients, never_seen, not_delivered, progress
from models.shared_clock import SET_BACK
from models.submitting import note_submission
from scheduler import leases
from scheduler.evidence import Evidence, earliest

log = structlog.get_logger()

# In one turn of the clock, which takes some seconds for so many.
_AT_ONCE = 1_000
_TOGETHER = 50  # questions at a time: the provider counts them with what is sent meanwhile
_LAPSED_AT_ONCE = 2_000
_ASK_AGAIN = timedelta(seconds=8)
# Longer than a lease and every time-out of ours: what the provider does not list so long after the
# request began, it never got.
_NEVER_CAME = timedelta(seconds=45)
# After a day the provider's list will not change its mind; the promoter sees what stays unknown.
GIVE_UP = timedelta(days=1)


def lapse(session: Session, now: datetime) -> int:
    """Mark deliveries unknown whose lease ran out: their process died or froze. How many.

    They may have been handed over from the moment of their claim on, so that is what the log says.
    The token stays: an answer that comes late still knows its delivery.
    """
    over = leases.lapsed(session, now, _LAPSED_AT_ONCE)
    if not over:
        return 0
    left = select(Delivery).where(leases.under_way(over)).order_by(col(Delivery.id))
    found = list(session.execute(left.with_for_update(skip_locked=True, key_share=True)).scalars())
    for delivery in found:
        note_submission(session, delivery)
        delivery.status, delivery.next_attempt_at = DeliveryStatus.unknown, now
    session.flush()
    # Somebody else may have had one locked, who settles it or dies before that.
    held = select(col(Delivery.lease_token)).where(leases.under_way(over)).distinct()
    leases.end(session, {one.token for one in over} - {*session.execute(held).scalars()})
    return len(found)


def is_in_doubt(session: Session, now: datetime) -> bool:
    """Whether there is anything that the provider should be asked about now."""
    return session.execute(_in_doubt(now, col(Delivery.id)).limit(1)).first() is not None


def _in_doubt(now: datetime, *columns: Any) -> Select[Any]:
    """Unknown deliveries whose turn it is to be asked about. Of somebody who was erased there is
    no number to ask for: no list without them says that they got nothing."""
    return (
        select(*columns)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .where(
            col(Subscriber.erased_at).is_(None),
            col(Delivery.in_doubt_since) > now - GIVE_UP,
            or_(
                col(Delivery.next_attempt_at).is_(None),
                col(Delivery.next_attempt_at) <= now,
                # Its turn is never so far ahead: the clock was set back since.
                col(Delivery.next_attempt_at) > now + _ASK_AGAIN + SET_BACK,
            ),
        )
        .order_by(col(Delivery.in_doubt_since), col(Delivery.id))
    )


async def reconcile(database: Database, provider: Provider, now: datetime) -> int:
    """Ask the provider about each delivery in doubt, several at a time; how many were settled."""
    with database.read() as session:
        doubtful = _doubts(session, now)
    settled = 0
    for part in (doubtful[at : at + _TOGETHER] for at in range(0, len(doubtful), _TOGETHER)):
        answers = await asyncio.gather(*(_ask(provider, one) for one in part))
        said = {
            doubt.delivery_id: found
            for doubt, found in zip(part, answers, strict=True)
            if found is not None
        }
        if not said:
            break  # the provider cannot tell at present; of one alone that stops nobody else
        with database.write() as session:
            settled += _settle_all(session, said, now)
    return settled


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What the provider is asked about."""

    delivery_id: int
    phone_number: str
    since: datetime


def _doubts(session: Session, now: datetime) -> list[_Doubt]:
    """As many as one turn asks about; their columns alone, which take little memory."""
    columns = col(Delivery.id), col(Subscriber.phone_number), col(Delivery.submitted_at)
    rows = session.execute(_in_doubt(now, *columns).limit(_AT_ONCE))
    return [_Doubt(key, number, earliest(at, now)) for key, number, at in rows]


async def _ask(provider: Provider, doubt: _Doubt) -> list[Found] | None:
    try:
        return await provider.find(doubt.phone_number, doubt.since)
    except SendError as error:
        log.warning("reconcile.unanswered", reason=error.reason)
        return None


def locked(session: Session, keys: Iterable[int]) -> list[Delivery]:
    """The deliveries with these keys, locked in their order, as whoever merges receipts does."""
    query = select(Delivery).where(col(Delivery.id).in_(list(keys))).order_by(col(Delivery.id))
    return list(session.execute(query.with_for_update(key_share=True)).scalars())


def lock_opted_out(session: Session, said: Iterable[tuple[int, Found | str | None]]) -> None:
    """Lock who opted out at the provider, of these locked deliveries, before any is settled."""
    if said_no := [
        key for key, found in said if isinstance(found, Found) and found.error_code == OPTED_OUT
    ]:
        lock_recipients(session, said_no)


def _settle_all(session: Session, said: dict[int, list[Found]], now: datetime) -> int:
    """Settle the deliveries with these keys by what the provider said of each; how many were."""
    unknown = [one for one in locked(session, said) if one.status is DeliveryStatus.unknown]
    evidence = Evidence(session, unknown, said, now)
    matches = [(one, evidence.of(one)) for one in unknown]
    lock_opted_out(session, ((one.id, match) for one, match in matches))
    return sum(_settle(session, one, match, now) for one, match in matches)


def _settle(session: Session, delivery: Delivery, match: Found | None, now: datetime) -> bool:
    if match is None:
        if now - (delivery.submitted_at or now) >= _NEVER_CAME:
            never_seen(delivery, now)
            log.warning("reconcile.never_seen", delivery=delivery.id)
            return True
        delivery.next_attempt_at = now + _ASK_AGAIN
        return False
    delivery.message_sid = match.sid
    settle_as_found(session, delivery, match, now)
    log.info("reconcile.settled", delivery=delivery.id, status=match.status)
    return True


def settle_as_found(session: Session, delivery: Delivery, found: Found, now: datetime) -> None:
    """Move a delivery, which is locked, to where the provider says that its message stands. A word
    that is new to us says at least that it has the message."""
    status = REPORTED.get(found.status, DeliveryStatus.accepted)
    if status in GOOD_NEWS:
        progress(delivery, status, found.sid, now)
    else:
        outcome = outcome_of_receipt(found.error_code)
        not_delivered(session, delivery, status, outcome, found.error_code, now)
