"""Claims a micro-batch of deliveries: the gate, the rate and the lease in one transaction.

The gate is read just before the submission, in small batches: consent, suppression and list as they
stand at that moment, quiet hours and frequency by the recipient's own place. What it lets through
is leased to one process, and the intent is committed before the provider is called.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Update, bindparam, update
from sqlmodel import Session

from models import Delivery, DeliveryStatus, Sender
from models.balance import noted, shift
from models.base import BigId, table_of
from models.bulk import Given, Writing, is_postgresql, write_together
from models.submitting import LEASE
from scheduler.candidates import Candidate, fresh, waiting
from scheduler.lanes import (
    MOST_DEBITS,
    as_it_is,
    is_any_open,
    locked_senders,
    moved_on,
    settle_debits,
    state_of,
)
from scheduler.leases import granted
from scheduler.limits import Limits, Recent, limits_of, take_turn
from scheduler.verdicts import Verdicts
from scheduler.work import Work, open_lanes

# How many keys a claim looks through for each delivery that it may take, and how many more if too
# few of them were its own: in between can be keys of other broadcasts, and of other senders of the
# pool. However large a part of an audience is, a claim costs the same. PostgreSQL may read all the
# keys that it may look through, however few are wanted.
_LOOKS_AHEAD: Final = (1, 8)
# About as long as another process takes to claim from a sender, which is locked meanwhile.
_LOOKS, _LOOK_AGAIN_SECONDS = 20, 0.001
_PENDING, _SENDING = DeliveryStatus.pending, DeliveryStatus.sending


@dataclass(frozen=True, slots=True)
class Batch:
    """What the deliveries of one claim share; `claimed_at` is time.monotonic's. A probe is what a
    sender that rested tries (scheduler.circuit)."""

    work: Work
    token: str
    lease_until: datetime
    claimed_at: float
    is_probe: bool = False

    @property
    def taken_at(self) -> datetime:
        """When its segments were taken from the sender."""
        return self.lease_until - LEASE


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that this process may hand over until its batch's `lease_until`, and that must
    not arrive after `until`: then quiet hours begin where it goes, or it is of no use any more.

    Its row says now that it goes under `consent_event_id`, where it said `consent_before`."""

    batch: Batch
    delivery_id: int
    attempt: int
    subscriber_id: int
    consent_event_id: int | None
    consent_before: int | None
    phone_number: str
    until: datetime


@dataclass(slots=True)
class Claims:
    """What a round of claims gave: what to hand over, how many rows it moved, which lanes had
    nothing left, and whether it passed by some because another process was at them.

    `writings` are what is not written yet: the last lane's, its sender's and the counters are one
    statement, as a rule the only one."""

    deliveries: list[Claimed] = field(default_factory=list)
    moved: int = 0
    dry: list[Work] = field(default_factory=list)
    has_passed_by: bool = False
    writings: list[Writing] = field(default_factory=list)

    def write(self, session: Session) -> None:
        write_together(session, *self.writings)
        self.writings.clear()


def claim(
    session: Session,
    limit: int,
    now: datetime,
    counting: set[int] | None = None,
) -> Claims:
    """Claim up to `limit` deliveries, from every sender as many as its rate allows; the caller
    commits before it calls the provider. `counting` goes from one claim to the next (take_turn).
    """
    claims, counting = Claims(), set() if counting is None else counting
    senders = _senders_to_itself(session)
    if senders is None:
        senders, claims.has_passed_by = {}, True
    by_sender = open_lanes(session, now, counting) if senders else {}
    recent = _take_turns(session, by_sender, now, counting)
    for place, (sender_id, lanes) in enumerate(by_sender.items()):
        left = limit - len(claims.deliveries)
        share = -(-left // (len(by_sender) - place))
        sender, others = senders.get(sender_id), recent.get(lanes[0].organization_id)
        if sender is None or others is None:
            claims.has_passed_by = True
        elif share > 0:
            claims.write(session)
            before = state_of(sender)
            _claim_of_sender(session, sender, lanes, others, share, now, claims)
            if state_of(sender) != before:
                claims.writings.append(as_it_is(sender))
    claims.writings += noted(session)
    claims.write(session)
    return claims


def _senders_to_itself(session: Session) -> dict[int, Sender] | None:
    """The senders that this claim has to itself; None if there are only others'.

    Then it looks again for a moment: another process's claim is over soon, and this one may have
    nothing left to start. It does not wait in line, in which it would have to stay if the other
    process was frozen, and with rows locked that somebody else wants.
    """
    if (senders := locked_senders(session)) or not is_any_open(session):
        return senders
    for _ in range(_LOOKS):
        time.sleep(_LOOK_AGAIN_SECONDS)
        if senders := locked_senders(session):
            return senders
    return None


def _take_turns(
    session: Session, by_sender: dict[int, list[Work]], now: datetime, counting: set[int]
) -> dict[int, list[Recent]]:
    """What the limits of each organization are about (scheduler.limits); one that is another
    process's at this moment is missing, and comes in the next round."""
    of_organization: dict[int, list[Work]] = {}
    for lanes in by_sender.values():  # a sender is one organization's
        of_organization.setdefault(lanes[0].organization_id, []).extend(lanes)
    found = {
        key: take_turn(session, key, works, now, counting) for key, works in of_organization.items()
    }
    return {key: recent for key, recent in found.items() if recent is not None}


def _claim_of_sender(
    session: Session,
    sender: Sender,
    lanes: list[Work],
    recent: list[Recent],
    limit: int,
    now: datetime,
    claims: Claims,
) -> None:
    if lanes[0].has_debits and (settled := settle_debits(session, sender, now)) == MOST_DEBITS:
        claims.moved += settled  # the next round goes on with what is left of them
        return
    served: list[int] = []
    for place, work in enumerate(lanes):
        if now > work.last_use:
            claims.dry.append(work)
            continue
        # What is left is divided evenly; who needs less leaves more to those who come after.
        room = min(sender.room(work.segments, now), limit)
        quantum = -(-room // (len(lanes) - place))
        if quantum:
            taken = _claim_of_lane(session, sender, work, recent, quantum, now, claims)
            limit -= taken
            if taken:
                sender.reserve(taken * work.segments, now)
                served.append(work.share)
        elif work.coming is None:
            # It may be over although its sender has no room, not before its next day say.
            claims.dry.append(work)
    # Not before the end: what one of them begins with must not move the others.
    sender.share = max(sender.share, min(served, default=0))


def _claim_of_lane(
    session: Session,
    sender: Sender,
    work: Work,
    recent: list[Recent],
    limit: int,
    now: datetime,
    claims: Claims,
) -> int:
    """Claim up to `limit` of one lane; how many. What waited for its moment comes first."""
    claims.write(session)  # it counts against this lane's limits
    limits = limits_of(recent, work, now)
    rows = waiting(session, work, limits, limit, now) if work.has_waiting else []
    through = work.claimed_through
    if work.coming is not None and len(rows) < limit:
        through = _add_fresh(session, work, limits, work.coming, rows, limit)
    verdicts = Verdicts(work, limits, now)
    batch = Batch(
        work,
        secrets.token_hex(8),
        now + LEASE,
        time.monotonic(),
        sender.rest_seconds is not None,
    )
    claimed = [
        _claimed(batch, row, until)
        for row in rows
        if (until := verdicts.goes_until(row)) is not None
    ]
    verdicts.write(session)
    if claimed:
        claims.writings += _leased(session, batch, claimed)
    if rows or through != work.claimed_through:
        segments = len(claimed) * work.segments
        claims.writings.append(moved_on(work, through, segments, sender.share))
    claims.deliveries += claimed
    # Keys that were all somebody else's are a step, too: the next round goes on behind them.
    claims.moved += len(rows) or through != work.claimed_through
    if work.coming is None and not rows:
        claims.dry.append(work)
    return len(claimed)


def _add_fresh(
    session: Session,
    work: Work,
    limits: Limits,
    coming: tuple[int, int],
    rows: list[Candidate],
    limit: int,
) -> int:
    """Add what comes next to `rows`, up to `limit` of them; up to which key none is left."""
    through, last = coming
    for ahead in _LOOKS_AHEAD:
        if (high := min(last, through + ahead * limit)) > through:
            more = fresh(session, work, limits, through, high, limit - len(rows))
            rows += more
            if len(rows) == limit:
                return int(more[-1][0])
            through = high
    return through


def _claimed(batch: Batch, row: Sequence[Any], until: datetime) -> Claimed:
    key, attempts, subscriber_id, phone_number, _, consent, before, *_ = row
    return Claimed(batch, key, attempts + 1, subscriber_id, consent, before, phone_number, until)


_LEASED = Given(id=BigId, consent=BigId)


@cache
def _lease_statement(on_postgresql: bool) -> Update:
    table, rows = table_of(Delivery), _LEASED.table(on_postgresql)
    return (
        update(table)
        .where(table.c.id == rows.c.id)
        .values(
            status=_SENDING,
            attempts=table.c.attempts + 1,
            lease_token=bindparam("token"),
            lease_until=bindparam("until"),
            consent_event_id=rows.c.consent,
        )
    )


def _leased(session: Session, batch: Batch, claimed: list[Claimed]) -> list[Writing]:
    """What makes these deliveries the claim's own."""
    kind = is_postgresql(session)
    rows = [(one.delivery_id, one.consent_event_id) for one in claimed]
    values = {"token": batch.token, "until": batch.lease_until, **_LEASED.values(kind, rows)}
    shift(session, batch.work.broadcast_id, _PENDING, _SENDING, len(claimed))
    return [
        (_lease_statement(kind), values),
        granted(batch.token, (one.delivery_id for one in claimed), batch.lease_until),
    ]
