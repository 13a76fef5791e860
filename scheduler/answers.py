"""Recipients' answers on their way to the address that the promoter gave.

The inbox holds every answer already; this is the courtesy copy. It is tried a few times and never
sent twice: a copy whose fate a crash left open counts as failed.
"""

import asyncio
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import select, update
from sqlmodel import Session, col

from messaging.errors import Outcome
from messaging.numbers import display, mask
from messaging.providers import Accepted, Outgoing, Provider, SendError
from models import (
    Answer,
    AnswerStatus,
    Broadcast,
    InboundMessage,
    Program,
    Sender,
)
from models.base import LOCKED
from models.consent import is_suppressed
from models.consenting import hash_of
from models.database import Database
from scheduler import mail_server
from scheduler.broadcasts import MAX_BODY
from scheduler.gate import is_halted
from scheduler.singles import (
    AT_ONCE,
    LEASE,
    MAX_ATTEMPTS,
    VALIDITY,
    hand_over,
    lock_senders,
    note_answer,
    take_turn,
    withheld,
)
from settings import Settings

log = structlog.get_logger()

_SMTP_SECONDS = 10
_AGAIN = (Outcome.retry, Outcome.slow_down, Outcome.day_over)
_OPTED_OUT = "This number has opted out of messages. The answer is in the inbox."
_NO_MAIL = "No mail server is set (SMTP_URL). The answer is in the inbox."
_CRASHED = "Marquee stopped while this was on its way. The answer is in the inbox."


@dataclass(frozen=True, slots=True)
class Letter:
    """One answer, ready to go."""

    answer_id: int
    attempt: int
    destination: str
    sender_id: int
    sender: str
    program: str
    from_number: str
    text: str
    about: str

    @property
    def is_text(self) -> bool:
        """Whether it leaves from the sender; others are mailed."""
        return "@" not in self.destination

    @property
    def words(self) -> str:
        """What the text says."""
        said = f"{self.program}, answer from {display(self.from_number)}: {self.text}"
        return said[:MAX_BODY]


def claim_letters(session: Session, now: datetime) -> list[Letter]:
    """Claim the answers that are due; the caller commits before it sends them."""
    session.execute(
        update(Answer)
        .where(col(Answer.status) == AnswerStatus.sending, col(Answer.next_attempt_at) < now)
        .values(status=AnswerStatus.failed, error=_CRASHED)
    )
    rows = session.execute(
        select(Answer, InboundMessage, Broadcast, Program, Sender)
        .join(InboundMessage, col(InboundMessage.id) == Answer.inbound_message_id)
        .join(Broadcast, col(Broadcast.id) == Answer.broadcast_id)
        .join(Program, col(Program.id) == Broadcast.program_id)
        .join(Sender, col(Sender.id) == Broadcast.sender_id)
        .where(
            col(Answer.status) == AnswerStatus.pending,
            col(Answer.next_attempt_at) <= now,
            ~is_halted(Broadcast.organization_id),
        )
        .order_by(col(Answer.id))
        .limit(AT_ONCE)
        .with_for_update(of=Answer, skip_locked=True, key_share=True)
    ).all()
    lock_senders(session, (sender.id for *_, sender in rows))
    letters = []
    for answer, message, broadcast, program, sender in rows:
        if why := _why_not(session, answer):
            answer.status, answer.error = AnswerStatus.failed, why
            continue
        letter = Letter(
            answer_id=answer.id,
            attempt=answer.attempts + 1,
            destination=answer.destination,
            sender_id=sender.id,
            sender=sender.address,
            program=program.name,
            from_number=message.from_number,
            text=_with_media(message),
            about=broadcast.body,
        )
        if letter.is_text and (later := take_turn(sender, letter.words, now)):
            answer.next_attempt_at, answer.error = later.at, later.why or answer.error
            continue
        answer.status, answer.attempts = AnswerStatus.sending, letter.attempt
        answer.next_attempt_at = now + LEASE
        letters.append(letter)
    return letters


def _why_not(session: Session, answer: Answer) -> str | None:
    """Why nothing is sent to the address that was given: a number that has opted out."""
    number_hash = hash_of(session, answer.organization_id, answer.destination)
    return _OPTED_OUT if is_suppressed(session, answer.organization_id, number_hash) else None


def are_due(session: Session, now: datetime) -> bool:
    """Whether there is anything to claim."""
    waiting = (
        select(col(Answer.id))
        .join(Broadcast, col(Broadcast.id) == Answer.broadcast_id)
        .where(
            col(Answer.status).in_((AnswerStatus.pending, AnswerStatus.sending)),
            col(Answer.next_attempt_at) <= now,
            ~is_halted(Broadcast.organization_id),
        )
    )
    return session.execute(waiting.limit(1)).first() is not None


async def forward(
    database: Database, provider: Provider, settings: Settings, clock: Callable[[], datetime]
) -> int:
    """Send every answer that is due, one after the other; how many went."""
    now = clock()
    with database.write() as session:
        letters = claim_letters(session, now)
    went = 0
    for place, letter in enumerate(letters):
        with database.write() as session:
            present = clock()
            _renew(session, (one.answer_id for one in letters[place:]), present)
            why = _withheld(session, letter, present)
        said = why or await _send(letter, provider, settings)
        with database.write() as session:
            _settle(session, letter, said, now)
        went += not isinstance(said, SendError)
    return went


def _renew(session: Session, answers: Iterable[int], now: datetime) -> None:
    """Let the leases of answers with these keys begin anew: one that goes first may take long.
    What is over stays so, since somebody else may have noticed; what somebody is at is left."""
    held = (
        select(col(Answer.id))
        .where(
            col(Answer.id).in_(set(answers)),
            col(Answer.status) == AnswerStatus.sending,
            col(Answer.next_attempt_at) >= now,
        )
        .with_for_update(skip_locked=True, key_share=True)
    )
    mine = session.execute(held).scalars().all()
    session.execute(
        update(Answer).where(col(Answer.id).in_(mine)).values(next_attempt_at=now + LEASE)
    )


def _withheld(session: Session, letter: Letter, now: datetime) -> SendError | None:
    answer = session.get_one(Answer, letter.answer_id)
    return withheld(session, answer, letter.attempt, _why_not(session, answer), now)


async def _send(
    letter: Letter, provider: Provider, settings: Settings
) -> Accepted | SendError | None:
    """What the provider said of a text, None for a letter that the mail server took."""
    if letter.is_text:
        outgoing = Outgoing(
            letter.sender, letter.destination, letter.words, None, int(VALIDITY.total_seconds())
        )
        return await hand_over(provider, outgoing)
    if settings.smtp_url is None:
        return SendError(Outcome.permanent, None, _NO_MAIL)
    try:
        await asyncio.to_thread(_mail, letter, settings.smtp_url, settings.mail_from)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("answer.mail_failed", error=type(error).__name__)
        return SendError(Outcome.retry, None, "The mail server did not take it.")
    return None


def _mail(letter: Letter, smtp_url: str, mail_from: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = mail_from, letter.destination
    message["Subject"] = f"{letter.program}: answer from {display(letter.from_number)}"
    message.set_content(
        f"{display(letter.from_number)} answered:\n\n{letter.text}\n\n"
        f"to your message:\n\n{letter.about}\n"
    )
    with mail_server.connected(smtp_url, _SMTP_SECONDS) as connection:
        connection.send_message(message)


def _settle(
    session: Session, letter: Letter, said: Accepted | SendError | None, now: datetime
) -> None:
    answer = session.get_one(Answer, letter.answer_id, with_for_update=LOCKED)
    if answer.attempts != letter.attempt or answer.status is not AnswerStatus.sending:
        return
    if said is not None and letter.is_text:
        note_answer(session, letter.sender_id, letter.words, said, now)
    answer.error = None
    if not isinstance(said, SendError):
        answer.status = AnswerStatus.sent
    else:
        answer.error = said.reason
        if said.outcome in _AGAIN and answer.attempts < MAX_ATTEMPTS:
            answer.status = AnswerStatus.pending
            answer.next_attempt_at = now + timedelta(seconds=30) * 2**answer.attempts
        else:
            answer.status = AnswerStatus.failed
            log.warning("answer.failed", to=mask(letter.destination), attempts=answer.attempts)
    session.add(answer)


def _with_media(message: InboundMessage) -> str:
    return "\n".join([message.body, *(part["url"] for part in message.media)]).strip()
