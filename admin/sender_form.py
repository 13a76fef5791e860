"""The form of a sender, and what may not be done to one."""

import re

from sqlmodel import Session, col, select
from wtforms import Field, FloatField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from admin.forms import Form, required
from messaging.numbers import InvalidNumber, parse_number
from models import (
    DEFAULT_RATES,
    Broadcast,
    ConsentEvent,
    InboundMessage,
    Lane,
    PoolSender,
    Program,
    RepliesBy,
    Sender,
    SenderKind,
    Subscription,
)

FASTEST = 10_000  # segments per second
MOST_A_DAY = 100_000_000  # segments

KIND_WORDS = {
    SenderKind.short_code: "Short code",
    SenderKind.long_code: "Long code (10DLC)",
    SenderKind.toll_free: "Toll-free number",
    SenderKind.messaging_service: "Messaging service",
}
REPLIES_WORDS = {
    RepliesBy.application: "Marquee",
    RepliesBy.provider: "The provider, in its own words",
    RepliesBy.advanced_opt_out: "The provider's Advanced Opt-Out",
}
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")


class SenderForm(Form):
    """What messages leave from, and how fast."""

    kind = SelectField(
        "Kind", choices=[SelectChoice(kind.value, word) for kind, word in KIND_WORDS.items()]
    )
    address = StringField("Number or sid", required("Give the number, or the service's sid.", 40))
    replies_by = SelectField(
        "Who answers STOP, START and HELP",
        choices=[SelectChoice(by.value, word) for by, word in REPLIES_WORDS.items()],
    )
    segments_per_second = FloatField(
        "Segments per second",
        [Optional(), NumberRange(0.01, FASTEST, f"Give a rate from 0.01 to {FASTEST:,}.")],
    )
    daily_cap = IntegerField(
        "Segments a day",
        [Optional(), NumberRange(1, MOST_A_DAY, f"Give a number from 1 to {MOST_A_DAY:,}.")],
    )

    @property
    def values(self) -> dict[str, object]:
        """The columns of the sender; a rate left empty is the usual one of its kind."""
        kind = SenderKind(self.kind.data)
        return {
            "kind": kind,
            "address": self.address.data,
            "replies_by": RepliesBy(self.replies_by.data),
            "segments_per_second": self.segments_per_second.data or DEFAULT_RATES[kind],
            "daily_cap": self.daily_cap.data,
        }

    def validate_address(self, field: Field) -> None:
        field.data = canonical_address(self.kind.data, field.data)


def canonical_address(kind: str, typed: str) -> str:
    """The address as the provider calls it; ValidationError says what is wrong with it."""
    if kind == SenderKind.short_code:
        digits = re.sub(r"[\s-]", "", typed)
        if not (_SHORT_CODE.fullmatch(digits) and digits.isascii()):
            raise ValidationError("A short code has 3 to 8 digits, like 24680.")
        return digits
    if kind == SenderKind.messaging_service:
        if not _SERVICE.fullmatch(typed):
            raise ValidationError(
                "A messaging service's sid is MG followed by 32 digits and letters a to f."
            )
        return typed
    try:
        return parse_number(typed)
    except InvalidNumber as error:
        raise ValidationError(str(error)) from None


def is_taken(session: Session, address: str, but: int | None) -> bool:
    """Whether another sender in the installation has the address: texts are routed by it alone."""
    return (
        session.exec(
            select(Sender.id).where(Sender.address == address, Sender.id != (but or 0))
        ).first()
        is not None
    )


def why_kept(session: Session, sender: Sender) -> str | None:
    """Why a sender cannot be deleted, in words, or None if it can."""
    programs = session.exec(select(Program.name).where(Program.sender_id == sender.id)).all()
    if programs:
        return f"{', '.join(programs)} sends from it. Give the program another sender first."
    pools = session.exec(
        select(Program.name)
        .join(PoolSender, col(PoolSender.program_id) == Program.id)
        .where(PoolSender.sender_id == sender.id)
    ).all()
    if pools:
        return f"It is in the pool of {', '.join(pools)}. Remove it there first."
    if is_used(session, sender):
        return "Messages went or came through it, and their record must stay."
    return None


def why_not_changed(session: Session, sender: Sender, form: SenderForm) -> str | None:
    """Why a sender cannot become what the form says, or None if it can: a number that people were
    texted from goes on getting their STOPs."""
    is_same = (form.address.data, form.kind.data) == (sender.address, sender.kind.value)
    if is_same or not is_used(session, sender):
        return None
    return (
        f"Messages went or came through {sender.address}, and people may still answer them there. "
        "Keep its kind and number, and add a new sender instead."
    )


def is_used(session: Session, sender: Sender) -> bool:
    """Whether anything is on record that went or came through a sender."""
    for table in (InboundMessage, Broadcast, ConsentEvent, Lane, Subscription):
        used = select(table.sender_id).where(table.sender_id == sender.id).limit(1)
        if session.exec(used).first():
            return True
    return False
