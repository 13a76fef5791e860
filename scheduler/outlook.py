"""How long a broadcast will take, and why it goes slowly or not at all at the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from messaging.numbers import display
from messaging.segments import measure
from models import (
    Broadcast,
    BroadcastStatus,
    Lane,
    Organization,
    Sender,
)
from scheduler.limits import has_used_up
from scheduler.pools import senders_of, waiting_until

# More waiting deliveries than this are not counted: the page asks every second.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A reason, in words for a promoter; `until` is when it ends by itself (UTC), if that is
    known."""

    text: str
    until: datetime | None = None


def hindrances(session: Session, broadcast: Broadcast, now: datetime) -> list[Hindrance]:
    """Why a broadcast that should be going out does not, or goes slowly; the gravest first.

    A pause says why by itself (`Broadcast.attention`).
    """
    waits = broadcast.status in (BroadcastStatus.scheduled, BroadcastStatus.sending)
    if not waits:
        return []
    organization = session.get_one(Organization, broadcast.organization_id)
    if organization.stopped_at is not None:
        return [Hindrance("Everything is stopped: an owner has to let sending go on.")]
    if organization.halted_at is not None:
        return [Hindrance("Sending is halted until an owner confirms the restored database.")]
    if broadcast.status is BroadcastStatus.scheduled:
        return []
    segments = measure(broadcast.body).segments
    senders = senders_of(session, broadcast)
    found = [one for sender in senders for one in states(sender, now, segments)]
    return [*found, *_waiting(session, broadcast, now), *_shared(session, broadcast)]


def states(sender: Sender, now: datetime, segments: int = 1) -> list[Hindrance]:
    """What slows a sender down at present, with messages of so many segments."""
    name, found = display(sender.address), []
    if sender.is_day_over(now):
        found.append(
            Hindrance(
                f"{name} has reached the carriers' daily limit; it goes on", sender.rests_until
            )
        )
    elif sender.rests_until is not None and now < sender.rests_until:
        found.append(
            Hindrance(
                f"{name} rests because the provider fails; it is tried again", sender.rests_until
            )
        )
    elif sender.rest_seconds is not None:
        found.append(Hindrance(f"{name} tries whether the provider works again."))
    rate, full = sender.rate(now), sender.segments_per_second
    if rate < full:
        found.append(
            Hindrance(
                f"The provider asked {name} to slow down: {_number(rate)} of {_number(full)} "
                "segments a second at present, growing back."
            )
        )
    if sender.daily_cap is not None:
        found += _capped(name, sender.daily_cap, sender.used(now), segments, sender.cap_ends(now))
    return found


def _capped(name: str, cap: int, used: int, segments: int, ends: datetime) -> list[Hindrance]:
    """What a daily cap has against messages of so many segments."""
    if segments > cap:
        each = f"A message of {segments} segments"
        return [Hindrance(f"{each} is more than the {cap:,} that {name} may send a day.")]
    if used + segments <= cap:
        return []
    part = "the" if used >= cap else f"{used:,} of the"
    return [Hindrance(f"{name} has used {part} {cap:,} segments of its day; it goes on", ends)]


def _waiting(session: Session, broadcast: Broadcast, now: datetime) -> list[Hindrance]:
    """Those who wait for a moment of their own: quiet hours, their local time, another try, or the
    end of a week for which one message was promised."""
    most = MOST_COUNTED + 1
    of_all = waiting_until(session, broadcast, now, most)
    later = select(of_all).order_by(of_all.c.waits_until).limit(most).subquery()
    is_again = later.c.is_again
    rows = session.execute(
        select(is_again, func.count(), func.min(later.c.waits_until)).group_by(is_again)
    )
    found = []
    for again, number, first in rows:
        people = _people(number)
        if again:
            found.append(Hindrance(f"{people} for another try, the first", first))
        elif broadcast.local_at is not None:
            found.append(Hindrance(f"{people} for their own local time, the first", first))
        else:
            rests = "their quiet hours to end"
            if has_used_up(session, broadcast, now):
                rests = "quiet hours to end, or for the time that the promised frequency asks for"
            found.append(Hindrance(f"{people} for {rests}, the first", first))
    return found


def _shared(session: Session, broadcast: Broadcast) -> list[Hindrance]:
    mine = select(col(Lane.sender_id)).where(col(Lane.broadcast_id) == broadcast.id)
    others = session.execute(
        select(func.count(func.distinct(Lane.broadcast_id)))
        .join(Broadcast, col(Broadcast.id) == Lane.broadcast_id)
        .where(
            col(Lane.sender_id).in_(mine),
            col(Broadcast.status) == BroadcastStatus.sending,
            col(Broadcast.id) != broadcast.id,
        )
    ).scalar_one()
    if not others:
        return []
    named = "another broadcast" if others == 1 else f"{others} other broadcasts"
    return [Hindrance(f"It shares its sender fairly with {named}.")]


def _people(number: int) -> str:
    if number > MOST_COUNTED:
        return f"More than {MOST_COUNTED:,} people wait"
    return "1 person waits" if number == 1 else f"{number:,} people wait"


# -- how long ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duration:
    """How long so many messages take from these senders together."""

    messages: int
    segments: int
    rate: float
    daily_cap: int | None

    @property
    def total_segments(self) -> int:
        return self.messages * self.segments

    @property
    def time(self) -> timedelta:
        """At the full rate, with nothing else in the way; whole days more where a cap ends them."""
        days = 0 if not self.daily_cap else max(0, -(-self.total_segments // self.daily_cap) - 1)
        return timedelta(days=days, seconds=self.total_segments / self.rate)

    @property
    def what(self) -> str:
        """E.g. "10,000 messages at 100 segments a second"."""
        what = "1 message" if self.messages == 1 else f"{self.messages:,} messages"
        each = "" if self.segments == 1 else f" of {self.segments} segments"
        speed = "1 segment" if self.rate == 1 else f"{_number(self.rate)} segments"
        cap = (
            f", at most {self.daily_cap:,} a day"
            if self.time >= timedelta(days=1) and (self.daily_cap)
            else ""
        )
        return f"{what}{each} at {speed} a second{cap}"

    @property
    def words(self) -> str:
        """E.g. "10,000 messages at 100 segments a second: about 2 minutes"."""
        return f"{self.what}: {in_words(self.time)}"


def expected(senders: Sequence[Sender], messages: int, body: str) -> Duration:
    """How long `messages` with this text take from the senders, if nothing else is in the way."""
    caps = [sender.daily_cap for sender in senders]
    return Duration(
        messages=messages,
        segments=measure(body).segments,
        rate=sum(sender.segments_per_second for sender in senders),
        daily_cap=None if None in caps else sum(cap for cap in caps if cap is not None),
    )


def in_words(time: timedelta) -> str:
    """E.g. "about 2 minutes", "less than a minute"."""
    seconds = time.total_seconds()
    if seconds < 50:
        return "less than a minute"
    for unit, length, most in (("minute", 60, 90), ("hour", 3600, 36)):
        number = max(1, round(seconds / length))
        if number <= most:
            return f"about {number:,} {unit}" + ("" if number == 1 else "s")
    return f"about {max(2, round(seconds / 86400)):,} days"


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.3g}"
