"""Decides on the candidates of a claim, and writes down what becomes of those that do not go."""

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import String, Update, bindparam, update
from sqlmodel import Session

from compliance.quiet_hours import next_open, open_for
from messaging.areas import area_of
from models import Delivery, DeliveryStatus, QuietHours, SkipReason
from models.balance import shift
from models.base import BigId, table_of
from models.bulk import Given, is_postgresql
from models.settling import not_again
from models.submitting import VALIDITY
from scheduler.candidates import Candidate
from scheduler.limits import Limits
from scheduler.local_time import own_moment
from scheduler.work import Work

# A carrier holds up to two seconds of our traffic, and a claim waits here for up to half a second:
# whoever goes must have so long before their quiet hours begin.
_LEAST_OPEN: Final = timedelta(seconds=5)
# For a promise to leave room for another message: longer than one time takes more than another, or
# is paused, and not so long that a second message of the same day comes on the next.
_LONGEST_WAIT: Final = timedelta(hours=6)
_LOOK_AGAIN: Final = timedelta(seconds=1)

_ENDED = Given(id=BigId, status=String(), reason=String())
_DEFERRED = Given(id=BigId)


class Verdicts:
    """The verdicts of one claim of a lane."""

    def __init__(self, work: Work, limits: Limits, now: datetime) -> None:
        self._work, self._limits, self._now = work, limits, now
        self._ended: list[tuple[int, DeliveryStatus, SkipReason | None]] = []
        self._deferred: dict[datetime, list[tuple[int]]] = {}
        self._opens: dict[str, datetime | None] = {}
        self._until: dict[str, datetime] = {}

    def goes_until(self, candidate: Candidate) -> datetime | None:
        """Until when the delivery may arrive if it goes now; None if it may not go."""
        phone_number, reason, got = candidate[3], candidate[4], candidate[8:]
        area = area_of(phone_number)
        if reason is not None:
            self._end(candidate, SkipReason(reason))
            return None
        if area not in self._opens:
            self._opens[area] = self._first_moment(area)
        opens = self._opens[area]
        if opens is None or opens > self._now:
            self._hold_back(candidate, opens, SkipReason.quiet_hours)
            return None
        # Asked only of who would go now: when the others' moment has come, they may have had less.
        if (may := self._limits.holds_until(area, got)) is not None:
            waits = may <= self._now + _LONGEST_WAIT
            # Where a clock goes back it may be over by one reading of the hour only.
            later = max(may, self._now + _LOOK_AGAIN)
            self._hold_back(candidate, later if waits else None, SkipReason.frequency)
            return None
        return self._until[area]

    def _first_moment(self, area: str) -> datetime | None:
        """The first moment from now on at which people of an area may get it; None if that is
        never, or if they would be in quiet hours and the broadcast does not wait for their end."""
        from_then = own_moment(area, self._now, self._work.local_at)
        opens = next_open(area, from_then)
        if opens is not None and opens <= self._now:
            stays = open_for(area, self._now, VALIDITY)
            self._until[area] = min(self._now + stays, self._work.last_use)
            if stays < _LEAST_OPEN:
                opens = next_open(area, self._now + _LEAST_OPEN)
        does_not_wait = self._work.quiet_hours is QuietHours.skip
        return None if does_not_wait and opens != from_then else opens

    def _hold_back(self, candidate: Candidate, until: datetime | None, reason: SkipReason) -> None:
        """It would come too early, in quiet hours or too often: it waits for the first moment that
        is right, unless there is none, or none in time."""
        if until is not None and until <= self._work.last_use:
            self._deferred.setdefault(until, []).append((candidate[0],))
        else:
            self._end(candidate, reason)

    def _end(self, candidate: Candidate, reason: SkipReason) -> None:
        """It does not go. What went before ends as that did, and is not skipped."""
        key, attempts, *_, error_code = candidate[:8]
        status = not_again(attempts, error_code)
        is_skipped = status is DeliveryStatus.skipped
        self._ended.append((key, status, reason if is_skipped else None))

    def write(self, session: Session) -> None:
        """Write the verdicts of those that do not go."""
        kind = is_postgresql(session)
        if self._ended:
            session.connection().execute(
                _end(kind), {"now": self._now, **_ENDED.values(kind, self._ended)}
            )
        for (status, reason), number in Counter(one[1:] for one in self._ended).items():
            before = DeliveryStatus.pending
            shift(session, self._work.broadcast_id, before, status, number, reason)
        for moment, keys in self._deferred.items():
            session.connection().execute(
                _defer(kind), {"moment": moment, **_DEFERRED.values(kind, keys)}
            )


@cache
def _end(on_postgresql: bool) -> Update:
    table, rows = table_of(Delivery), _ENDED.table(on_postgresql)
    return (
        update(table)
        .where(table.c.id == rows.c.id)
        .values(status=rows.c.status, skip_reason=rows.c.reason, settled_at=bindparam("now"))
    )


@cache
def _defer(on_postgresql: bool) -> Update:
    table, rows = table_of(Delivery), _DEFERRED.table(on_postgresql)
    return update(table).where(table.c.id == rows.c.id).values(next_attempt_at=bindparam("moment"))
