"""Inbound texts, from the provider's forms to committed decisions. The door commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog
from sqlmodel import Session

from bot.birthdays import NOT_KEPT, today_everywhere, without_birth_date
from bot.conversation import OPT_OUT_TYPES, decide
from bot.decisions import Decision
from bot.history import Heard, History, histories
from bot.keywords import Classification, Intent, classify
from bot.scene import scene_of
from bot.steps import Taken, take_steps
from messaging.numbers import is_e164
from models.arriving import Arrival, arrive
from models.hashing import number_hash
from models.lines import Line, lines
from models.receiving import InboundRow, replies_before, write_down

log = structlog.get_logger()

_SHORT = 24  # characters of a text whose reading is kept: keywords come by the thousand


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


OwnPage = Callable[[int], str]


def receive(
    session: Session, text: Text, now: datetime, own_page: OwnPage | None = None
) -> str | None:
    """Record the text, take its steps, and give the reply (None: say nothing).

    `own_page` makes the address of a subscriber's own page from the subscriber's id.

    A MessageSid that was received before gets the reply that the first one got, and changes
    nothing. IntegrityError if it is being received at this same instant by another process: what
    was done must be rolled back, and done again it is a copy.
    """
    return receive_all(session, [text], now, own_page)[0]


def receive_all(
    session: Session, texts: Sequence[Text], now: datetime, own_page: OwnPage | None = None
) -> list[str | None]:
    """The same for several texts at once, in the order in which they came."""
    replies: dict[int, str | None] = {}
    for turn in _turns(texts):
        said = _receive_turn(session, [texts[place] for place in turn], now, own_page)
        replies |= zip(turn, said, strict=True)
    return [replies[place] for place in range(len(texts))]


def _turns(texts: Sequence[Text]) -> list[list[int]]:
    """The places of the texts, divided so that no phone and no MessageSid is twice in a turn."""
    turns: list[tuple[set[str], list[int]]] = []
    for place, text in enumerate(texts):
        names = {text.from_number, text.message_sid}
        # It comes after every turn that it shares a name with.
        at = max((n + 1 for n, (taken, _) in enumerate(turns) if names & taken), default=0)
        if at == len(turns):
            turns.append((set(), []))
        turns[at][0].update(names)
        turns[at][1].append(place)
    return [places for _, places in turns]


def _receive_turn(
    session: Session, texts: Sequence[Text], now: datetime, own_page: OwnPage | None
) -> list[str | None]:
    """Texts of different phones."""
    session.flush()
    known = lines(session, {address for text in texts for address in _addresses(text)}, now)
    before = replies_before(session, [text.message_sid for text in texts])
    news = [
        _New(text, line, _understand(line, text, now))
        for text in texts
        if text.message_sid not in before and (line := _line_of(known, text)) is not None
    ]
    _decide(session, news, now, own_page)
    replies = before | {one.text.message_sid: one.decision.reply for one in news}
    for text in texts:
        if text.message_sid not in replies:
            log.warning("inbound.no_sender", to=text.to_number, message_sid=text.message_sid)
    return [replies.get(text.message_sid) for text in texts]


@dataclass(slots=True)
class _New:
    """A text that was not received before, and what becomes of it."""

    text: Text
    line: Line
    understood: Classification
    person: Arrival | None = None
    decision: Decision = field(default_factory=Decision)

    @property
    def heard(self) -> Heard:
        assert self.person is not None
        text = self.text
        return Heard(self.line, self.person, self.understood, text.body, text.opt_out_type)


def _decide(
    session: Session, news: Sequence[_New], now: datetime, own_page: OwnPage | None
) -> None:
    """Lock who texted, decide on each text, write all down, and take their steps."""
    if not news:
        return
    _find_people(session, news, now)
    from_people = [one for one in news if one.person is not None]
    heard = [one.heard for one in from_people]
    past = histories(session, heard, now) if heard else {}
    for one, part in zip(from_people, heard, strict=True):
        page = own_page if one.understood.intent is Intent.help else None
        address = page(part.person.id) if page else None
        one.decision = decide(
            one.understood.intent, scene_of(part, past[part.person.id], address, now)
        )
    kept = [_kept(one, past, now) for one in news]
    ids = write_down(
        session,
        [_row(one, text) for one, text in zip(news, kept, strict=True)],
        [(one.line.sender_id, one.decision.reply) for one in news],
        now,
    )
    taken = [
        Taken(
            one.decision.steps,
            one.line,
            one.person,
            past[one.person.id],
            ids[text.message_sid],
            text.message_sid,
            one.understood.keyword,
            text.body,
        )
        for one, text in zip(news, kept, strict=True)
        if one.person is not None
    ]
    take_steps(session, taken, now)


def _find_people(session: Session, news: Sequence[_New], now: datetime) -> None:
    """Set who texted, their rows locked. A short code or a name cannot subscribe, and nobody reads
    an answer there: what may be a revocation goes before a member."""
    numbers = {
        (one.line.organization_id, one.text.from_number): one.line.hash_key
        for one in news
        if is_e164(one.text.from_number)
    }
    found = arrive(
        session, {key: number_hash(secret, key[1]) for key, secret in numbers.items()}, now
    )
    for one in news:
        one.person = found.get((one.line.organization_id, one.text.from_number))
        if one.person is None:
            may_revoke = one.understood.intent in (Intent.unclear, Intent.stop)
            one.decision = Decision(needs_review=may_revoke)


def _addresses(text: Text) -> list[str]:
    """The sender's own address; for a number inside a messaging service also the service's."""
    return [one for one in (text.to_number, text.messaging_service_sid) if one]


def _line_of(known: dict[str, Line], text: Text) -> Line | None:
    return next((known[one] for one in _addresses(text) if one in known), None)


def _kept(one: _New, past: dict[int, History], now: datetime) -> Text:
    """The text as it may be kept where a program of the sender has an age gate.

    A date of birth is judged and never written, not even to be overwritten: what was written once
    stays in a database's log for a while.
    """
    text = one.text
    if not _may_hold_birth_date(one.line, text):
        return text
    may_answer = one.understood.intent in (Intent.other, Intent.unclear)
    is_asked = may_answer and one.person is not None and past[one.person.id].is_asked_age
    body = without_birth_date(text.body, today_everywhere(now), is_asked=is_asked)
    return text if body == text.body else replace(text, body=body, body_raw=None)


def _may_hold_birth_date(line: Line, text: Text) -> bool:
    return line.has_age_gate and any(map(str.isdigit, text.body))


def _row(one: _New, text: Text) -> InboundRow:
    return InboundRow(
        organization_id=one.line.organization_id,
        sender_id=one.line.sender_id,
        subscriber_id=one.person.id if one.person else None,
        message_sid=text.message_sid,
        from_number=text.from_number,
        to_number=text.to_number,
        body=text.body,
        body_raw=text.body_raw,
        media=list(text.media),
        opt_out_type=text.opt_out_type,
        form=text.form,
        intent=one.understood.intent.value,
        keyword=one.understood.keyword,
        reply=one.decision.reply,
        needs_review=one.decision.needs_review,
    )


def _understand(line: Line, text: Text, now: datetime) -> Classification:
    """The provider's own reading (Advanced Opt-Out) where there is one, else ours."""
    if told := OPT_OUT_TYPES.get(text.opt_out_type or ""):
        return Classification(told, None)
    words = tuple(one.word for one in line.words)
    if _may_hold_birth_date(line, text):
        # "STOP 1/2/1990" is a STOP, also where a date was asked for.
        rest = without_birth_date(text.body, today_everywhere(now), is_asked=False)
        return classify(rest.replace(NOT_KEPT, " "), words)
    # What may be a date of birth is kept nowhere, not even for the next who texts the same.
    is_usual = len(text.body) <= _SHORT and (
        text.body in words or not any(map(str.isdigit, text.body))
    )
    return (_classify_usual if is_usual else classify)(text.body, words)


@lru_cache(maxsize=4096)
def _classify_usual(body: str, words: tuple[str, ...]) -> Classification:
    return classify(body, words)
