"""An inbound text, from the provider's form to one committed decision. The door commits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, select

from bot.birthdays import today_everywhere, without_birth_date
from bot.conversation import OPT_OUT_TYPES, decide, provider_answers
from bot.decisions import Decision
from bot.keywords import Classification, Intent, classify
from bot.scene import keywords_of, set_the_scene
from bot.steps import take_steps
from messaging.numbers import is_e164
from models import Awaiting, InboundMessage, Program, Sender, Subscriber, Subscription
from models.base import insert
from models.consenting import locked_subscriber

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Text:
    """What the provider's form says. `body_raw` holds the exact bytes where `body` cannot."""

    message_sid: str
    from_number: str
    to_number: str
    messaging_service_sid: str | None
    body: str
    body_raw: bytes | None
    media: tuple[dict[str, str], ...]
    opt_out_type: str | None
    form: dict[str, Any]


def receive(
    session: Session,
    text: Text,
    now: datetime,
    own_page: Callable[[int], str] | None = None,
) -> str | None:
    """Record the text, take its steps, and give the reply (None: say nothing).

    `own_page` makes the address of a subscriber's own page from the subscriber's id.

    A MessageSid that was received before, also at this same instant by another process, gets the
    reply that the first one got, and changes nothing.
    """
    sender = _sender_of(session, text)
    if sender is None:
        log.warning("inbound.no_sender", to=text.to_number, message_sid=text.message_sid)
        return None
    understood = _understand(session, sender, text)
    kept = _without_birth_date(session, sender, text, understood.intent, now)
    message = _record_once(session, sender, kept, now)
    if message is None:
        return session.exec(
            select(InboundMessage.reply).where(InboundMessage.message_sid == text.message_sid)
        ).one()
    message.intent, message.keyword = understood.intent.value, understood.keyword
    if not is_e164(text.from_number):
        # A short code or a name cannot subscribe, and nobody reads an answer there.
        message.needs_review = understood.intent in (Intent.unclear, Intent.stop)
        return None
    subscriber = locked_subscriber(session, sender.organization_id, text.from_number, now)
    message.subscriber_id = subscriber.id
    answered = provider_answers(sender.kind, sender.replies_by, text.body, text.opt_out_type)
    scene = set_the_scene(
        session,
        sender,
        subscriber,
        understood.keyword,
        answered,
        text.body,
        own_page(subscriber.id) if own_page and understood.intent is Intent.help else None,
        now,
    )
    decision: Decision = decide(understood.intent, scene)
    take_steps(session, decision.steps, subscriber, message, now)
    message.reply, message.needs_review = decision.reply, decision.needs_review
    session.flush()
    return decision.reply


def _sender_of(session: Session, text: Text) -> Sender | None:
    """The sender by its own address; a number inside a messaging service by the service's."""
    for address in filter(None, (text.to_number, text.messaging_service_sid)):
        if sender := session.exec(select(Sender).where(Sender.address == address)).first():
            return sender
    return None


def _without_birth_date(
    session: Session, sender: Sender, text: Text, intent: Intent, now: datetime
) -> Text:
    """The text as it may be kept where a program of the sender has an age gate.

    A date of birth is judged and never written, not even to be overwritten: what was written once
    stays in a database's log for a while.
    """
    if not any(map(str.isdigit, text.body)):
        return text
    gated = select(Program.id).where(
        Program.sender_id == sender.id, col(Program.minimum_age).is_not(None)
    )
    if session.exec(gated).first() is None:
        return text
    asked = (
        select(Subscription.id)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .where(
            Subscriber.organization_id == sender.organization_id,
            Subscriber.phone_number == text.from_number,
            Subscription.awaiting == Awaiting.age,
        )
    )
    may_answer = intent in (Intent.other, Intent.unclear)
    is_asked = may_answer and session.exec(asked).first() is not None
    body = without_birth_date(text.body, today_everywhere(now), is_asked=is_asked)
    return text if body == text.body else replace(text, body=body, body_raw=None)


def _record_once(
    session: Session, sender: Sender, text: Text, now: datetime
) -> InboundMessage | None:
    """The new row, or None if this MessageSid has one. A copy that is being committed at this
    instant is waited for: the unique index decides."""
    new_id = session.execute(
        insert(session, InboundMessage)
        .values(
            organization_id=sender.organization_id,
            sender_id=sender.id,
            message_sid=text.message_sid,
            from_number=text.from_number,
            to_number=text.to_number,
            body=text.body,
            body_raw=text.body_raw,
            media=list(text.media),
            opt_out_type=text.opt_out_type,
            form=text.form,
            intent=Intent.other.value,
            needs_review=False,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(InboundMessage.id)
    ).scalar()
    return None if new_id is None else session.get_one(InboundMessage, new_id)


def _understand(session: Session, sender: Sender, text: Text) -> Classification:
    """The provider's own reading (Advanced Opt-Out) where there is one, else ours."""
    if told := OPT_OUT_TYPES.get(text.opt_out_type or ""):
        return Classification(told, None)
    return classify(text.body, keywords_of(session, sender))
