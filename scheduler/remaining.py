"""How long the rest of a broadcast takes, with all that is known to be in its way: other broadcasts
on its senders, the day's caps, people who wait for a moment of their own, quiet hours to come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from compliance.quiet_hours import is_open
from messaging.areas import area_of
from messaging.segments import measure
from models import (
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryStatus,
    Lane,
    QuietHours,
    Sender,
    Subscriber,
)
from models.balance import Balance, balances
from scheduler import local_time
from scheduler.outlook import MOST_COUNTED, Duration, expected, in_words
from scheduler.pools import senders_of, waiting_until
from scheduler.work import keys_after

_SAMPLE = 100  # of those who come next
_HOUR = timedelta(hours=1)
_LOOKED_AHEAD = 24  # hours


@dataclass(frozen=True, slots=True)
class Left:
    """The rest of a broadcast. `ends` is when the last message leaves, as far as anybody knows;
    `later` of the messages wait for a moment of their own."""

    alone: Duration
    now: datetime
    ends: datetime
    others: int = 0
    later: int = 0
    is_held_up: bool = False
    useless_after: str = ""

    @property
    def words(self) -> str:
        """E.g. "10,000 messages at 100 segments a second, shared with another broadcast: about 3
        minutes"."""
        parts = [self.alone.what]
        if self.others:
            named = "another broadcast" if self.others == 1 else f"{self.others} other broadcasts"
            parts.append(f"shared with {named}")
        if self.later:
            most = self.later > MOST_COUNTED
            count = f"more than {MOST_COUNTED:,}" if most else f"{self.later:,}"
            parts.append(f"{count} of them later")
        said = f"{', '.join(parts)}: {in_words(self.ends - self.now)}"
        if self.is_held_up:
            said += ", and longer for people whose quiet hours begin before that"
        if self.useless_after:
            said += f". What has not gone by {self.useless_after} is skipped"
        return said


def left(session: Session, broadcast: Broadcast, standing: Balance, now: datetime) -> Left | None:
    """How long the rest of a broadcast takes; None if nothing waits."""
    waiting = standing.count(DeliveryStatus.pending)
    if not waiting:
        return None
    senders = senders_of(session, broadcast)
    alone = expected(senders, waiting, broadcast.body)
    others = _others(session, broadcast)
    # Shared fairly: until this one is done, each other one sends as much as it, or all that it has.
    before = alone.total_segments + sum(min(one, alone.total_segments) for one in others)
    rests = max((one.rests_until for one in senders if one.rests_until), default=now)
    ends = max(now, rests) + _takes(senders, before, now)
    later, latest = _later(session, broadcast, now)
    found = Left(alone, now, max(ends, latest or ends), others=len(others), later=later)
    if broadcast.quiet_hours is QuietHours.defer and ends > now + _HOUR:
        found = replace(found, is_held_up=_closes(session, broadcast, now, ends))
    if found.ends > broadcast.last_use or found.is_held_up:
        until = local_time.written(broadcast.last_use, broadcast.timezone)
        found = replace(found, useless_after=until)
    return found


def _takes(senders: Sequence[Sender], segments: int, now: datetime) -> timedelta:
    """How long so many segments take, today's part of the daily caps being used as it is."""
    rate = sum(sender.segments_per_second for sender in senders)
    caps = [sender.daily_cap for sender in senders if sender.daily_cap is not None]
    today = sum(max(0, (one.daily_cap or 0) - one.used(now)) for one in senders)
    if len(caps) < len(senders) or segments <= today:
        return timedelta(seconds=segments / rate)
    rest, each = segments - today, max(1, sum(caps))
    days = -(-rest // each) - 1
    last = timedelta(seconds=(rest - days * each) / rate)
    return Sender.cap_ends(now) - now + timedelta(days=days) + last


def _others(session: Session, broadcast: Broadcast) -> list[int]:
    """The segments that wait in each of the other broadcasts on its senders."""
    mine = select(col(Lane.sender_id)).where(col(Lane.broadcast_id) == broadcast.id)
    bodies = dict(
        session.execute(
            select(col(Broadcast.id), col(Broadcast.body))
            .join(Lane, col(Lane.broadcast_id) == Broadcast.id)
            .where(
                col(Lane.sender_id).in_(mine),
                col(Broadcast.status) == BroadcastStatus.sending,
                col(Broadcast.id) != broadcast.id,
            )
        ).all()
    )
    waiting = {
        key: standing.count(DeliveryStatus.pending)
        for key, standing in balances(session, list(bodies)).items()
    }
    return [number * measure(bodies[key]).segments for key, number in waiting.items() if number]


def _later(session: Session, broadcast: Broadcast, now: datetime) -> tuple[int, datetime | None]:
    """How many wait for a moment of their own, and the last such moment."""
    most = MOST_COUNTED + 1
    later = waiting_until(session, broadcast, now, most, is_last=True)
    number, last = session.execute(select(func.count(), func.max(later.c.waits_until))).one()
    return min(number, most), last


def _closes(session: Session, broadcast: Broadcast, now: datetime, ends: datetime) -> bool:
    """Whether quiet hours begin before the end for some of those who come next."""
    through = session.execute(
        select(func.min(Lane.claimed_through)).where(col(Lane.broadcast_id) == broadcast.id)
    ).scalar()
    coming = keys_after(session, broadcast.id, through or 0)
    if coming is None:
        return False
    numbers = session.execute(
        select(col(Subscriber.phone_number))
        .join(Delivery, col(Delivery.subscriber_id) == Subscriber.id)
        .where(
            col(Delivery.id) > coming[0],
            col(Delivery.id) <= coming[1],
            col(Delivery.broadcast_id) == broadcast.id,
        )
        .order_by(col(Delivery.id))
        .limit(_SAMPLE)
    ).scalars()
    hours = min(_LOOKED_AHEAD, int((ends - now) / _HOUR))
    return any(
        not is_open(area, now + hour * _HOUR)
        for area in {area_of(number) for number in numbers}
        for hour in range(1, hours + 1)
    )
