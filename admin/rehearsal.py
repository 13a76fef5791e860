"""Texts a program as a consumer would, through the real conversation, and takes it all back.

Everything happens in transactions that are rolled back at their end: no message, subscriber,
consent event or leaf of the log remains. (PostgreSQL does not take back the numbers that its
sequences gave out, so that ids may show a gap; the log counts leaves, not ids.)
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import ColumnElement, event
from sqlmodel import Session, col, select

from bot.conversation import provider_answers
from bot.inbound import Text, receive_all
from compliance.rules import Exchange, Rehearsal
from models import (
    Awaiting,
    Keyword,
    Notice,
    Program,
    RepliesBy,
    Sender,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from models.database import Database

GARBAGE = "qwzx plugh 7"
# 47 CFR 64.1200(a)(10) names these words, and what a reasonable person reads as one; the handbook
# asks that case and punctuation do not matter.
WAYS_TO_STOP = (
    *("end", "Cancel.", "QUIT!", "Unsubscribe", "Revoke", "opt out", "STOPALL"),
    "Please opt me out of these texts",
)
_PICTURE = {"url": "https://api.twilio.com/rehearsal", "content_type": "image/jpeg"}
_STEPS = 3  # a keyword, an age, a yes
_ASKED_AT_ONCE = 100  # numbers


@contextmanager
def rolled_back(database: Database) -> Iterator[Session]:
    """A writing session of which nothing remains. A commit inside it is an error."""
    session = database.session(reads_only=False)

    def refuse(_session: object) -> None:
        raise RuntimeError("a rehearsal must not commit")

    event.listen(session, "before_commit", refuse)
    try:
        yield session
    finally:
        session.rollback()
        session.close()


def rehearse(
    database: Database, program_id: int, now: datetime, own_page: str | None = None
) -> Rehearsal:
    """What a consumer meets who texts the program JOIN, HELP, STOP, and what nobody can read.

    `own_page` stands for the address of the consumer's own page, which HELP's answer carries.
    Several short transactions, each rolled back, so that other writers come in between on SQLite.
    """

    @contextmanager
    def phones(count: int) -> Iterator[list[_Phone]]:
        with rolled_back(database) as session:
            program = session.get_one(Program, program_id)
            numbers = _free_numbers(session, program, count)
            yield [_Phone(session, program, number, now, own_page) for number in numbers]

    @contextmanager
    def phone() -> Iterator[_Phone]:
        with phones(1) as (one,):
            yield one

    with phone() as stranger:
        strangers_help, garbage = stranger.text("HELP"), stranger.text(GARBAGE)
        garbage_subscribes = stranger.is_in()
        strangers_stop = stranger.text("STOP")
    with phone() as everywhere:
        stood_in = _join_all(everywhere)
        everywhere.text("STOP")
        left_standing = everywhere.programs()
    with phones(len(WAYS_TO_STOP) + 1) as others:
        ways = _text_all(others, (*WAYS_TO_STOP, "STOP"), with_picture=others[-1])
        unheard = [
            way.says for other, way in zip(others, ways, strict=True) if not other.is_suppressed()
        ]
    with phone() as fan:
        joining, at_once = _join(fan)
        joined, subscribed = fan.programs(), fan.is_in()
        return Rehearsal(
            joining=joining,
            subscribed_at_once=at_once,
            subscribed=subscribed,
            joined_programs=joined,
            help=fan.text("HELP"),
            help_of_a_stranger=strangers_help,
            garbage=garbage,
            garbage_subscribes=garbage_subscribes,
            stop=fan.text("STOP"),
            stood_in=stood_in,
            left_standing=tuple(sorted({*fan.programs(), *left_standing})),
            stop_suppresses=fan.is_suppressed(),
            stop_of_a_stranger=strangers_stop,
            ways_to_stop=tuple(ways),
            unheard=tuple(unheard),
            own_page=own_page or "",
        )


def _text_all(
    phones: "Sequence[_Phone]", bodies: Sequence[str], *, with_picture: "_Phone | None" = None
) -> list[Exchange]:
    """Each phone texts one of the bodies, all of them at once, as they would be taken together;
    and what each is answered."""
    first = phones[0]
    before = [len(one.notices()) for one in phones]
    texts = [
        one.words(body, with_picture=one is with_picture)
        for one, body in zip(phones, bodies, strict=True)
    ]
    page = first.own_page
    own_page = (lambda _subscriber_id: page or "") if page else None
    replies = receive_all(first.session, texts, first.now, own_page)
    first.session.flush()
    return [
        one.exchange(text, reply, one.notices()[number:])
        for one, text, reply, number in zip(phones, texts, replies, before, strict=True)
    ]


def _join(fan: "_Phone") -> tuple[tuple[Exchange, ...], bool]:
    """Every text that joining takes, and whether the keyword alone subscribed."""
    keyword = fan.session.exec(
        select(Keyword.word).where(Keyword.program_id == fan.program.id).order_by(col(Keyword.id))
    ).first()
    if keyword is None:
        return (), False
    exchanges = [fan.text(keyword)]
    at_once = fan.is_in()
    while len(exchanges) < _STEPS and (awaited := fan.awaited()):
        of_age = f"01/01/{fan.now.year - (fan.program.minimum_age or 0) - 5}"
        exchanges.append(fan.text(of_age if awaited is Awaiting.age else "YES"))
    return tuple(exchanges), at_once


def _join_all(fan: "_Phone") -> tuple[str, ...]:
    """Join every program of the sender; which that were."""
    programs = select(Program).where(Program.sender_id == fan.sender.id)
    for program in fan.session.exec(programs.order_by(col(Program.id))).all():
        fan.program = program
        _join(fan)
    return fan.programs()


class _Phone:
    """A number that is nobody's, and the texts from it."""

    def __init__(
        self,
        session: Session,
        program: Program,
        number: str,
        now: datetime,
        own_page: str | None,
    ) -> None:
        self.session, self.program, self.now, self.own_page = session, program, now, own_page
        self.sender = session.get_one(Sender, program.sender_id)
        self.number = number

    def text(self, body: str) -> Exchange:
        (exchange,) = _text_all([self], [body])
        return exchange

    def words(self, body: str, *, with_picture: bool) -> Text:
        """What the provider would hand over."""
        return Text(
            message_sid=f"REHEARSAL{secrets.token_hex(12)}",
            from_number=self.number,
            to_number=self.sender.address,
            messaging_service_sid=None,
            body=body,
            body_raw=None,
            media=(_PICTURE,) if with_picture else (),
            opt_out_type=self._opt_out_type(body),
            form={},
        )

    def exchange(self, text: Text, reply: str | None, told: Sequence[str]) -> Exchange:
        """What it was answered, and told besides."""
        answers = tuple(words for words in (reply, *told) if words)
        says = f"{text.body} with a picture" if text.media else text.body
        return Exchange(says, answers, self._provider_answers(text.body))

    def programs(self) -> tuple[str, ...]:
        """The names of the programs that this number is in, or waits to be in."""
        names = self.session.exec(
            select(Program.name)
            .join(Subscription, col(Subscription.program_id) == Program.id)
            .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
            .where(
                *self._is_me(),
                Subscription.state != SubscriptionState.unsubscribed,
            )
            .order_by(Program.name)
        )
        return tuple(names)

    def is_in(self) -> bool:
        standing = self._standing()
        return standing is not None and standing.state is SubscriptionState.subscribed

    def awaited(self) -> Awaiting | None:
        standing = self._standing()
        waits = standing is not None and standing.state is SubscriptionState.pending
        return standing.awaiting if standing and waits else None

    def is_suppressed(self) -> bool:
        query = select(Suppression.id).join(
            Subscriber,
            (col(Subscriber.number_hash) == Suppression.number_hash)
            & (col(Subscriber.organization_id) == Suppression.organization_id),
        )
        found = query.where(*self._is_me())
        return self.session.exec(found).first() is not None

    def _standing(self) -> Subscription | None:
        return self.session.exec(
            select(Subscription)
            .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
            .where(*self._is_me(), Subscription.program_id == self.program.id)
        ).first()

    def _is_me(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        owner = col(Subscriber.organization_id) == self.program.organization_id
        return owner, col(Subscriber.phone_number) == self.number

    def notices(self) -> list[str]:
        query = select(Notice.body).join(Subscriber, col(Subscriber.id) == Notice.subscriber_id)
        mine = query.where(*self._is_me()).order_by(col(Notice.id))
        return list(self.session.exec(mine))

    def _opt_out_type(self, body: str) -> str | None:
        """What the provider would say of the text, where it reads such texts by itself."""
        reads = self.sender.replies_by is RepliesBy.advanced_opt_out
        return body if reads and body in ("STOP", "HELP") else None

    def _provider_answers(self, body: str) -> bool:
        sender = self.sender
        return provider_answers(sender.kind, sender.replies_by, body, self._opt_out_type(body))


def _free_numbers(session: Session, program: Program, count: int) -> list[str]:
    """Numbers that nobody here has: those that are set aside for fiction (555-0100 to 555-0199 of
    any area code), or like the textbook's example where the program serves neither US nor Canada.
    """
    regions = program.regions.split()
    if not regions or {"US", "CA"} & set(regions):
        candidates = (f"+1{area}55501{tail:02d}" for area in range(201, 990) for tail in range(100))
    else:
        example = phonenumbers.example_number_for_type(regions[0], PhoneNumberType.MOBILE)
        if example is None:
            raise LookupError(f"no example number is known for {regions[0]}")
        text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        candidates = (f"{text[:-4]}{tail:04d}" for tail in range(10000))
    free: list[str] = []
    while len(free) < count and (some := list(islice(candidates, _ASKED_AT_ONCE))):
        mine = Subscriber.organization_id == program.organization_id
        theirs = select(Subscriber.phone_number).where(mine, col(Subscriber.phone_number).in_(some))
        known = set(session.exec(theirs))
        free += [number for number in some if number not in known]
    if len(free) < count:
        raise LookupError("no number is free")
    return free[:count]
