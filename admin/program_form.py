"""The forms of programs and keywords, with a reason beside each field to mend."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select
from wtforms import Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from admin.forms import Form, at_most, required
from bot.keywords import canonical_keyword, is_reserved
from compliance.rules.links import host_of
from compliance.rules.replies import ReplyKind, missing_parts
from messaging.folding import is_word
from messaging.line_types import unknown_regions
from models import Keyword, OptIn, PoolSender, Program
from scheduler.pools import pool_of

IN_USE = "This keyword is in use on this sender already. Choose another."
_LONGEST_REPLY = 480  # characters: about three segments


def web_page(_form: Form, field: Field) -> None:
    """The check that a field holds the address of a web page."""
    is_page = field.data.lower().startswith(("http://", "https://"))
    if not is_page or "." not in host_of(field.data) or any(map(str.isspace, field.data)):
        raise ValidationError("Give the whole address, like https://example.com/terms.")


def _reply(label: str) -> TextAreaField:
    return TextAreaField(label, [Optional(), at_most(_LONGEST_REPLY)], filters=[_none_if_empty])


def _none_if_empty(value: Any) -> Any:
    return value.strip() or None if isinstance(value, str) else value


class ProgramForm(Form):
    """All that a member says about a program."""

    name = StringField("Program name", required("Name the program as your brand is known.", 60))
    description = StringField(
        "What people get", required("Say in a few words what people get.", 200)
    )
    sender_id = SelectField("Sender", coerce=int)
    message_frequency = StringField(
        "How often", required("Promise how often you write, e.g. “Up to 4 msgs/month”.", 60)
    )
    support_contact = StringField(
        "Help contact", required("Give an e-mail address or a telephone number for help.", 120)
    )
    terms_url = StringField("Terms", [Optional(), at_most(300), web_page])
    privacy_url = StringField("Privacy policy", [Optional(), at_most(300), web_page])
    opt_in = RadioField(
        "Opt-in",
        choices=[
            SelectChoice(OptIn.single.value, "Single: the keyword alone subscribes"),
            SelectChoice(OptIn.double.value, "Double: Marquee asks, and a YES subscribes"),
        ],
        default=OptIn.single.value,
    )
    pending_hours = IntegerField(
        "Hours to answer YES",
        [NumberRange(1, 168, "Give a number of hours from 1 to 168 (a week).")],
        default=24,
    )
    minimum_age = IntegerField(
        "Minimum age",
        [Optional(), NumberRange(13, 99, "Give an age from 13 to 99, or leave it empty.")],
    )
    regions = StringField(
        "Countries",
        required("Give at least one country, like US.", 200),
        default="US CA",
        filters=[lambda value: " ".join(re.split(r"[\s,;]+", (value or "").strip())).upper()],
    )
    confirmation_text = _reply("When somebody joins")
    help_text = _reply("When somebody texts HELP")
    stop_text = _reply("When somebody texts STOP")

    def validate_regions(self, field: Field) -> None:
        """Codes as they are before a telephone number, of countries that have one."""
        if unknown := unknown_regions(field.data.split()):
            raise ValidationError(
                f"{', '.join(unknown)[:60]} is no code of a country. Give two letters for each, "
                "like US CA."
            )

    def validate_confirmation_text(self, field: Field) -> None:
        self._check(ReplyKind.confirmation, field)

    def validate_help_text(self, field: Field) -> None:
        self._check(ReplyKind.help, field)

    def validate_stop_text(self, field: Field) -> None:
        self._check(ReplyKind.stop, field)

    def _check(self, kind: ReplyKind, field: Field) -> None:
        missing = missing_parts(kind, field.data or "", self.name.data or "")
        if field.data and missing:
            raise ValidationError(" ".join(missing))

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, as models.Program takes it."""
        typed = {name: value for name, value in self.data.items() if name != "csrf_token"}
        return typed | {"opt_in": OptIn(self.opt_in.data)}

    def complete(self, public_page: str) -> None:
        """Where no page of their own is given, terms and privacy are Marquee's (admin.public)."""
        self.terms_url.data = self.terms_url.data or f"{public_page}/terms"
        self.privacy_url.data = self.privacy_url.data or f"{public_page}/privacy"


class KeywordForm(Form):
    """A word, and the list that it leads to."""

    word = StringField("Keyword", required("Give the word that people text.", 30))
    list_id = SelectField("Leads to the list", coerce=int)


def why_not_a_keyword(session: Session, typed: str, program: Program) -> str | None:
    """Why a word cannot be a keyword of a program, or None if it can."""
    if not is_word(typed) or not canonical_keyword(typed):
        return "Use one word of letters and digits, like JAZZ or VIP2."
    if is_reserved(typed):
        return (
            "This word has a fixed meaning in texts, like STOP or HELP. Choose another, "
            "so that it stays clear what people want."
        )
    senders = [one.id for one in pool_of(session, program.id, program.sender_id)]
    taken = canonical_keyword(typed) in keywords_on(session, senders)
    return IN_USE if taken else None


def keywords_on(
    session: Session, sender_ids: Sequence[int], but_program: int = 0
) -> dict[str, str]:
    """The keywords that can be texted to any of these senders, by their canonical form: those of
    programs that send from it or have it in their pool, without those of one program."""
    in_pool = select(PoolSender.program_id).where(col(PoolSender.sender_id).in_(sender_ids))
    words = session.exec(
        select(Keyword.word).where(
            col(Keyword.sender_id).in_(sender_ids) | col(Keyword.program_id).in_(in_pool),
            Keyword.program_id != but_program,
        )
    )
    return {canonical_keyword(word): word for word in words}


def words_taken(session: Session, program_id: int, sender_id: int) -> list[str]:
    """The words of a program that lead to another one on a sender already."""
    there = keywords_on(session, [sender_id], but_program=program_id)
    words = session.exec(
        select(Keyword.word).where(Keyword.program_id == program_id).order_by(col(Keyword.id))
    )
    return [word for word in words if canonical_keyword(word) in there]


def new_slug(session: Session, name: str) -> str:
    """A short name for addresses that no program has yet, e.g. "neon-nights-2"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", " ", plain)
    stem = textwrap.shorten(words, 50, placeholder="").replace(" ", "-") or "program"
    taken = set(
        session.exec(
            select(Program.slug).where(col(Program.slug).startswith(stem, autoescape=True))
        )
    )
    number = 1
    slug = stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
