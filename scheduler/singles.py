"""What texts share that go one by one, notices and copies of answers: the sender's rate, what
becomes of it when the provider refuses one, and whether one that was claimed may leave."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from messaging.errors import Outcome
from messaging.providers import Accepted, NoPlace, Outgoing, Provider, SendError
from messaging.segments import measure
from models import Answer, AnswerStatus, Notice, NoticeStatus, Sender
from models.base import LOCKED
from scheduler.gate import is_halted
from scheduler.record import note_refusal

# Of one kind, in one turn of the clock; whoever makes their provider gives it as many places.
AT_ONCE: Final = 20
# Longer than the provider's time-out: whoever claimed a text is done with it by then.
LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 5
# For so long the provider may hold one back before it is delivered.
VALIDITY: Final = timedelta(hours=1)
# How far ahead of its rate a sender may be taken by them; broadcasts wait for them.
_AHEAD: Final = timedelta(seconds=2)
_DAY_OVER: Final = "The sender has used up its day: this goes out after midnight Pacific time."


class Later(NamedTuple):
    """When a text's turn may come, and why so late, if anybody would ask."""

    at: datetime
    why: str | None = None


def lock_senders(session: Session, keys: Iterable[int]) -> None:
    """Read the shared rates again, locked; in one order, so that two clocks never wait for each
    other."""
    session.execute(
        select(Sender)
        .where(col(Sender.id).in_(set(keys)))
        .order_by(col(Sender.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def take_turn(sender: Sender, body: str, now: datetime) -> Later | None:
    """Take a text out of the rate and the day of its sender, which is locked. None if it goes now;
    else others need not wait behind it."""
    segments = measure(body).segments
    if tomorrow := sender.waits_for_day(segments, now):
        return Later(tomorrow, _DAY_OVER)
    if (ahead := sender.ahead(now)) > _AHEAD:
        return Later(now + ahead - _AHEAD)
    sender.reserve(segments, now)
    return None


def withheld(
    session: Session, single: Notice | Answer, attempt: int, why_not: str | None, now: datetime
) -> SendError | None:
    """Why a text that was claimed for this attempt must not leave, read right before it would; None
    if it may. Its process may have been frozen since, or busy with others before it. `why_not` is
    what the rule of its kind says by now.

    It is settled as the provider's own answer would be: what may go later waits for another try.
    """
    if single.attempts != attempt or single.status not in (
        NoticeStatus.sending,
        AnswerStatus.sending,
    ):
        return SendError(Outcome.permanent, None, "It was settled before it left.")
    if single.next_attempt_at < now:
        return SendError(Outcome.retry, None, "Marquee was held up before it left.")
    if session.execute(select(is_halted(single.organization_id))).scalar():
        return SendError(Outcome.retry, None, "Sending was stopped before it left.")
    return SendError(Outcome.permanent, None, why_not) if why_not else None


async def hand_over(provider: Provider, message: Outgoing) -> Accepted | SendError:
    """What the provider said of a text."""
    try:
        return await provider.send(message)
    except SendError as error:
        return error
    except NoPlace:
        return SendError(Outcome.retry, None, "As many texts as may be were under way.")


def note_answer(
    session: Session, sender_id: int, body: str, answer: Accepted | SendError, taken_at: datetime
) -> None:
    """Write down for its sender what the provider said of a text whose turn was taken then."""
    if isinstance(answer, SendError):
        sender = session.get_one(Sender, sender_id, with_for_update=LOCKED, populate_existing=True)
        note_refusal(sender, answer.outcome, measure(body).segments, taken_at, taken_at)
        session.add(sender)
