"""Writes the provider's answers down: state, sid, the moment of submission, and the fact's leaf.

What the provider took is written in a few statements, however many there are; every other answer
goes through the rules of models.settling one by one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from sqlalchemy import DateTime, Select, String, Update, select, update
from sqlmodel import Session, col

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError
from models import Broadcast, Delivery, DeliveryStatus, Sender
from models.balance import shift
from models.base import LOCKED, BigId, table_of
from models.bulk import Given, Writing, fetch, is_postgresql
from models.leaves import keep_leaves, submission_leaf
from models.settling import lock_recipients, not_delivered, not_taken, progress
from models.submitting import note_submission
from scheduler.claim import Claimed

log = structlog.get_logger()

Answer = Accepted | SendError


@dataclass(frozen=True, slots=True)
class Handed:
    """A delivery that was handed over at `at`, and what the provider said."""

    claimed: Claimed
    at: datetime
    answer: Answer

    @property
    def was_submitted(self) -> bool:
        """Whether the provider had it in its hands, or may have had. What was turned away before
        it was looked at (too many requests, no connection) never was."""
        if self.answer.sid is not None:
            return True
        is_news = self.answer.code is not None or self.answer.outcome is Outcome.unknown
        return is_news and self.answer.outcome is not Outcome.slow_down


class MovedOn(Exception):
    """A delivery is not as its claim left it any more: a receipt was quicker than the answer, or
    its lease lapsed."""


def record_taken(session: Session, handed: Sequence[Handed], *others: Writing) -> None:
    """Write down what the provider took, all of it, without a look at the deliveries first: next to
    never has one of them moved on. Then it is MovedOn, and the caller takes its transaction back
    and calls `record` in another. They are locked in the order of their keys here, too. `others`
    are written with them."""
    if _write_taken(session, sorted(handed, key=_key), *others) < len(handed):
        raise MovedOn


def record(
    session: Session,
    handed: Sequence[Handed],
    measured: float,
    now: datetime,
    senders: Iterable[int] = (),
    stale: Sequence[Claimed] = (),
) -> None:
    """Settle each delivery that is still its claim's. `measured` are the segments per second at
    which messages went lately, for a provider that asks to slow down. The caller is about to change
    the rows of `senders`, too, and to give back what is `stale`.

    All are locked first: the deliveries, then who opted out, then broadcasts, then senders, each in
    the order of their keys. A receipt locks its delivery and then the broadcast, and whoever did it
    the other way round could wait for it for ever, as could two that wait for each other's sender.
    """
    by_key = {one.claimed.delivery_id: one for one in handed}
    kind = is_postgresql(session)
    keys = [(key,) for key in sorted(by_key.keys() | {one.delivery_id for one in stale})]
    rows = fetch(session, _locked(kind), _KEYS.values(kind, keys))
    standing = {key: (status, token) for key, status, token in rows}
    taken, others = [], []
    for key, one in sorted(by_key.items()):
        status, token = standing[key]
        if token != one.claimed.batch.token:
            log.warning("dispatch.fenced", delivery=key)
        elif status == DeliveryStatus.sending and isinstance(one.answer, Accepted):
            taken.append(one)
        else:
            others.append(one)
    refused = [one for one in others if isinstance(one.answer, SendError)]
    lapsed = [one for one in stale if standing[one.delivery_id][0] != DeliveryStatus.sending]
    go_again = {one.batch.work.broadcast_id for one in lapsed}
    if said_no := [one.claimed.delivery_id for one in refused if _has_said_no(one)]:
        lock_recipients(session, said_no)
    lock_all(session, Broadcast, {_broadcast(one) for one in refused} | go_again)
    lock_all(session, Sender, {_sender_id(one) for one in refused} | {*senders})
    if taken:
        _write_taken(session, taken)
    for one in others:
        _write_other(session, one, measured, now)


_KEYS = Given(id=BigId)
_TAKEN = Given(id=BigId, token=String(), sid=String(), at=DateTime(timezone=True))


@cache
def _locked(on_postgresql: bool) -> Select[Any]:
    table, rows = table_of(Delivery), _KEYS.table(on_postgresql)
    return (
        select(table.c.id, table.c.status, table.c.lease_token)
        .join(rows, rows.c.id == table.c.id)
        .order_by(table.c.id)
        .with_for_update(of=table, key_share=True)
    )


@cache
def _take(on_postgresql: bool) -> Update:
    table, rows = table_of(Delivery), _TAKEN.table(on_postgresql)
    return (
        update(table)
        .where(
            table.c.id == rows.c.id,
            table.c.lease_token == rows.c.token,
            table.c.status == DeliveryStatus.sending,
        )
        .values(
            status=DeliveryStatus.accepted,
            message_sid=rows.c.sid,
            submitted_at=rows.c.at,
            error_code=None,
        )
    )


def _write_taken(session: Session, taken: list[Handed], *others: Writing) -> int:
    """Write those down that are still under way, and the leaves of all; how many those were."""
    kind = is_postgresql(session)
    rows = [(_key(one), one.claimed.batch.token, one.answer.sid, one.at) for one in taken]
    writings = *others, (_take(kind), _TAKEN.values(kind, rows))
    written = keep_leaves(session, _leaves(taken), *writings)
    for broadcast_id, number in Counter(_broadcast(one) for one in taken).items():
        shift(session, broadcast_id, DeliveryStatus.sending, DeliveryStatus.accepted, number)
    return written


def _write_other(session: Session, one: Handed, measured: float, now: datetime) -> None:
    """An answer that is not plain success, or that came after a receipt or after its lease."""
    delivery = session.get_one(Delivery, one.claimed.delivery_id)
    # A receipt or a lapsed lease has noted the submission before.
    if delivery.status is DeliveryStatus.sending:
        if one.was_submitted:
            note_submission(session, delivery, one.at)
        elif delivery.submitted_at is not None:
            delivery.consent_event_id = one.claimed.consent_before
    answer = one.answer
    if answer.sid is not None:
        progress(delivery, DeliveryStatus.accepted, answer.sid, now)
    if isinstance(answer, SendError):
        log.info("dispatch.not_taken", code=answer.code, outcome=answer.outcome.value)
        if answer.sid is None:
            not_taken(session, delivery, answer.outcome, answer.code, now)
        else:  # a try like any other: it is told from the next one by its number
            failed = DeliveryStatus.failed
            not_delivered(session, delivery, failed, answer.outcome, answer.code, now)
        batch, sender = one.claimed.batch, _sender(session, one)
        segments, taken_at = batch.work.segments, batch.taken_at
        note_refusal(sender, answer.outcome, segments, taken_at, now, measured)
    session.add(delivery)
    session.flush()


def note_refusal(
    sender: Sender,
    outcome: Outcome,
    segments: int,
    taken_at: datetime,
    now: datetime,
    measured: float = 0,
) -> None:
    """What a refusal means for the sender, whose row is locked: what did not leave does not count
    against its day, too many requests slow it down (to half of what was `measured` or set), and
    carriers may end its day."""
    if outcome is not Outcome.unknown:
        sender.uncount(segments, taken_at)
    if outcome is Outcome.slow_down:
        sender.slow_down(measured, now)
    if outcome is Outcome.day_over:
        sender.end_day(now)


def _leaves(taken: list[Handed]) -> list[tuple[int, bytes]]:
    leaves = []
    for one in taken:
        claimed, work = one.claimed, one.claimed.batch.work
        leaf = submission_leaf(
            claimed.delivery_id,
            claimed.attempt,
            work.broadcast_id,
            claimed.subscriber_id,
            claimed.consent_event_id,
            one.at,
        )
        leaves.append((work.organization_id, leaf))
    return leaves


def lock_all(session: Session, model: type[Broadcast | Sender], keys: Collection[int]) -> None:
    """Lock these rows in the order of their keys, so that nobody waits in a ring."""
    if keys:
        key = col(model.id)
        session.execute(
            select(key).where(key.in_(keys)).order_by(key).with_for_update(key_share=True)
        )


def note_circuit(session: Session, sender_id: int, *, is_failing: bool, now: datetime) -> bool:
    """Let a sender rest because the provider fails, or end its rest; True if that is news."""
    sender = session.get_one(Sender, sender_id, with_for_update=LOCKED, populate_existing=True)
    before = (sender.rests_until, sender.rest_seconds)
    if is_failing:
        sender.rest(now)
    else:
        sender.recover(now)
    session.add(sender)
    return before != (sender.rests_until, sender.rest_seconds)


def _has_said_no(one: Handed) -> bool:
    return isinstance(one.answer, SendError) and one.answer.outcome is Outcome.suppress


def _sender(session: Session, one: Handed) -> Sender:
    return session.get_one(Sender, _sender_id(one), with_for_update=LOCKED, populate_existing=True)


def _key(one: Handed) -> int:
    return one.claimed.delivery_id


def _sender_id(one: Handed) -> int:
    return one.claimed.batch.work.sender_id


def _broadcast(one: Handed) -> int:
    return one.claimed.batch.work.broadcast_id
