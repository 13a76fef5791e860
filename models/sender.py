"""What messages leave from."""

import math
import sys
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Field, SQLModel

from models.base import BigId, choice, primary_key, references
from models.shared_clock import SET_BACK


class SenderKind(StrEnum):
    """The four kinds of sender that a carrier knows."""

    short_code = "short_code"
    long_code = "long_code"
    toll_free = "toll_free"
    messaging_service = "messaging_service"


class RepliesBy(StrEnum):
    """Who answers STOP, START and HELP on a sender; Marquee's state changes in every case.

    `application`: Marquee. `provider`: the provider's fixed words (long code, toll-free).
    `advanced_opt_out`: the provider, telling so with OptOutType (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
    """

    application = "application"
    provider = "provider"
    advanced_opt_out = "advanced_opt_out"


# Segments per second that carriers let each kind send (Twilio's published defaults).
DEFAULT_RATES = {
    SenderKind.short_code: 100.0,
    SenderKind.long_code: 1.0,
    SenderKind.toll_free: 3.0,
    SenderKind.messaging_service: 1.0,
}


# How far ahead of its rate a sender may be claimed. Carriers hold up to two seconds of traffic, and
# what they hold a STOP does not reach.
WINDOW = timedelta(milliseconds=250)
_REST = timedelta(seconds=1)  # after the provider asked to slow down
_FIRST_REST, _LONGEST_REST = timedelta(seconds=10), timedelta(minutes=5)
_GROWTH = 0.05  # of the full rate, for each second after the provider asked to slow down
_SLOWEST = 0.01  # of the full rate
# 10DLC's daily limits begin anew at midnight Pacific time
# (https://www.twilio.com/docs/messaging/compliance/a2p-10dlc).
_CAP_ZONE = ZoneInfo("America/Los_Angeles")


class Sender(SQLModel, table=True):
    """A short code, long code, toll-free number or messaging service, with its rate.

    `address` is what the provider calls it: "24680", "+12025550100" or "MG…". It is unique in the
    whole installation, because an inbound text is routed by it alone.

    The row holds what all processes on all hosts share, and whoever claims holds it locked.
    `busy_until` is the moment at which all segments handed out so far have left at the rate, as the
    clock stood at `reserved_at`. `share` is where the lane stood that was served last: one that has
    waited goes on from there (models.broadcast.Lane).
    `throttled_to` is the rate to which the provider's "too many requests" brought it at
    `throttled_at`; from there it grows back. `daily_cap` is in segments, `used_today` those of
    `cap_day`, which are counted without a cap as well. While the provider fails, nothing leaves
    until `rests_until`, then one message at a time until one is taken (`rest_seconds` is None
    again). A rest without `rest_seconds` is that of a day that carriers have ended.
    """

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    kind: SenderKind = choice(SenderKind)
    address: str = Field(max_length=40, unique=True)
    replies_by: RepliesBy = choice(RepliesBy)
    segments_per_second: float
    busy_until: datetime | None = None
    reserved_at: datetime | None = None
    share: int = Field(default=0, sa_type=BigId)
    throttled_to: float | None = None
    throttled_at: datetime | None = None
    daily_cap: int | None = None
    cap_day: date | None = None
    used_today: int = 0
    rests_until: datetime | None = None
    rest_seconds: int | None = None
    created_at: datetime

    def rate(self, now: datetime) -> float:
        """Segments per second at this moment."""
        full = self.segments_per_second
        if self.throttled_to is None or self.throttled_at is None:
            return full
        grown = max(0.0, (now - self.throttled_at).total_seconds()) * full * _GROWTH
        return min(full, self.throttled_to + grown)

    def room(self, segments: int, now: datetime) -> int:
        """How many messages of so many segments may be claimed now. One that is longer than the
        window's share goes as soon as the window has room at all."""
        ahead = self.ahead(now)
        if self.rests_until is not None and now < self.rests_until:
            return 0
        left = self._left_today(now) // segments
        if ahead >= WINDOW or left == 0:
            return 0
        if self.rest_seconds is not None:
            return 0 if ahead else 1
        share = (WINDOW - ahead).total_seconds() * self.rate(now) / segments
        return min(left, max(1, int(share)))

    def reserve(self, segments: int, now: datetime) -> None:
        """Take so many segments out of the shared rate."""
        self.busy_until = now + self.ahead(now) + self._length(segments, now)
        if self.rest_seconds is not None:  # a probe: the next waits for its answer
            self.busy_until = max(self.busy_until, now + timedelta(seconds=1))
        self.reserved_at = now
        self._use(segments, now)

    def owe(self, segments: int, at: datetime, now: datetime) -> None:
        """Segments left `at` some moment before, without having been reserved: what left long ago
        holds nothing up, and what left today counts for the daily cap all the same."""
        self._follow(now)
        begun = min(at, now)
        self.busy_until = max(self.busy_until or begun, begun) + self._length(segments, now)
        self.reserved_at = now
        if _day(at) == _day(now):
            self._use(segments, now)

    def release(self, segments: int, now: datetime, taken_at: datetime | None = None) -> None:
        """Give segments back that were taken (at a moment before, or just now) and not used: no
        more time than was taken for them, and none of the rest that the provider asked for."""
        taken_at = taken_at or now
        if self.busy_until is not None:
            length = self._length(segments, now)
            if self.throttled_at is not None:
                if self.throttled_at > taken_at:  # they were taken at a higher rate
                    length = timedelta(seconds=segments / self.segments_per_second)
                length = min(length, max(self.busy_until - self.throttled_at - _REST, timedelta(0)))
            self.busy_until -= length
        self.uncount(segments, taken_at)

    def uncount(self, segments: int, taken_at: datetime) -> None:
        """Segments that were taken did not leave after all: the provider was asked, which takes its
        time of the rate, and refused them. They do not count against the cap of their day."""
        if self.cap_day == _day(taken_at):
            self.used_today = max(0, self.used_today - segments)

    def ahead(self, now: datetime) -> timedelta:
        """For how long the sender is taken."""
        self._follow(now)
        return max(self.busy_until or now, now) - now

    def slow_down(self, measured: float, now: datetime) -> None:
        """The provider had too many requests: go on at half of what was `measured` (segments per
        second) or set. Said again within a second it is the same news."""
        if self.throttled_at is not None and timedelta(0) <= now - self.throttled_at < _REST:
            return
        full, at_present = self.segments_per_second, self.rate(now)
        rate = min(measured or at_present, at_present) / 2
        self.throttled_to = max(rate, min(full, full * _SLOWEST, 1.0))
        # What is on its way takes its time all the same, a long message say, or many replies.
        self.busy_until = now + max(self.ahead(now), _REST)
        self.throttled_at = self.reserved_at = now

    def rest(self, now: datetime) -> None:
        """Most of what was sent lately failed: send nothing for a while, longer each time."""
        if self.rests_until is not None and now < self.rests_until:
            return
        before = timedelta(seconds=self.rest_seconds or 0)
        length = min(max(before * 2, _FIRST_REST), _LONGEST_REST)
        self.rest_seconds, self.rests_until = int(length.total_seconds()), now + length

    def recover(self, now: datetime) -> None:
        """The provider works again: it answered a probe, which may have said that carriers have
        ended the sender's day."""
        if self.rest_seconds is not None:
            self.rest_seconds = None
            if self.rests_until != self.cap_ends(now):
                self.rests_until = None

    def end_day(self, now: datetime) -> None:
        """Carriers take no more from it today, whatever its cap says: send nothing until the next
        day begins."""
        self.rests_until = max(self.rests_until or now, self.cap_ends(now))

    def is_day_over(self, now: datetime) -> bool:
        """Whether carriers have ended the sender's day."""
        is_resting = self.rests_until is not None and now < self.rests_until
        return is_resting and self.rest_seconds is None

    def used(self, now: datetime) -> int:
        """The segments of today that count against the daily cap."""
        return self.used_today if self.cap_day == _day(now) else 0

    def waits_for_day(self, segments: int, now: datetime) -> datetime | None:
        """When (UTC) so many segments may leave, if this day has no room for them any more."""
        has_room = self._left_today(now) >= segments and not self.is_day_over(now)
        return None if has_room else self.cap_ends(now)

    @staticmethod
    def cap_ends(now: datetime) -> datetime:
        """When (UTC) the daily cap begins anew."""
        midnight = datetime.combine(_day(now) + timedelta(days=1), time.min, _CAP_ZONE)
        return midnight.astimezone(UTC)

    def _length(self, segments: int, now: datetime) -> timedelta:
        """How long so many segments take from now on, at a rate that may be growing meanwhile."""
        rate, full = self.rate(now), self.segments_per_second
        growth = full * _GROWTH
        seconds = (full - rate) / growth
        until_full = (rate + full) / 2 * seconds
        if segments >= until_full:
            return timedelta(seconds=seconds + (segments - until_full) / full)
        return timedelta(seconds=(math.sqrt(rate**2 + 2 * growth * segments) - rate) / growth)

    def _follow(self, now: datetime) -> None:
        """When the clock was set back, move the row's times with it: they mean as long as before.
        Of a row that does not say what its clock showed, that it is long taken says so."""
        behind = (self.reserved_at or self.busy_until or now) - now
        if behind <= SET_BACK:
            return
        self.reserved_at = now
        for name in ("busy_until", "throttled_at", "rests_until"):
            at: datetime | None = getattr(self, name)
            setattr(self, name, at and at - behind)

    def _left_today(self, now: datetime) -> int:
        """The segments that the daily cap leaves."""
        self._begin_day(now)
        return sys.maxsize if self.daily_cap is None else max(0, self.daily_cap - self.used_today)

    def _begin_day(self, now: datetime) -> None:
        """A new day is counted anew, also without a cap: one may be set in the middle of it."""
        today = _day(now)
        passed = (today - self.cap_day).days if self.cap_day else 1
        # A clock that is a little behind at midnight is still in the day before: that is none.
        if passed > 0 or passed < -1:
            self.cap_day, self.used_today = today, 0

    def _use(self, segments: int, now: datetime) -> None:
        self._begin_day(now)
        self.used_today += segments


def _day(now: datetime) -> date:
    return now.astimezone(_CAP_ZONE).date()


class SenderDebit(SQLModel, table=True):
    """Segments that consumers' replies took from a sender at `created_at`, outside any claim.

    A reply goes first and waits for nothing, so that whoever answers only inserts here; the next
    claim takes it off the shared rate.
    """

    __tablename__ = "sender_debit"

    id: int = primary_key()
    sender_id: int = references("sender.id", index=True)
    segments: int
    created_at: datetime
