"""What texts share that go one by one, notices and copies of answers: the sender's rate, and what
becomes of it when the provider refuses one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from messaging.errors import Outcome
from messaging.providers import Accepted, NoPlace, Outgoing, Provider, SendError
from messaging.segments import measure
from models import Sender
from models.base import LOCKED
from scheduler.record import note_refusal

# Of one kind, in one turn of the clock; whoever makes their provider gives it as many places.
AT_ONCE: Final = 20
# How far ahead of its rate a sender may be taken by them; broadcasts wait for them.
_AHEAD: Final = timedelta(seconds=2)


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


def take_turn(sender: Sender, body: str, now: datetime) -> datetime | None:
    """Take a text out of the rate of its sender, which is locked. None if it goes now, else the
    moment at which its turn may come: until then others need not wait behind it."""
    if (ahead := sender.ahead(now)) > _AHEAD:
        return now + ahead - _AHEAD
    sender.reserve(_segments(body), now)
    return None


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
        note_refusal(sender, answer.outcome, _segments(body), taken_at, taken_at)
        session.add(sender)


def _segments(body: str) -> int:
    return max(1, measure(body).segments)
