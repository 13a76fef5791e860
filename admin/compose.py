"""The compose form: from what was typed to an order, with a reason beside each field to mend.

Nothing here touches the database or Flask; admin/pages/broadcast_compose.py does both.
"""

import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from messaging.numbers import InvalidNumber, parse_number
from models import QuietHours
from scheduler import local_time
from scheduler.broadcasts import Order

NOW, LATER, LOCAL = "now", "later", "local"
LATEST_START = "60"  # minutes
USEFUL_HOURS = "24"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,64}")
_HOURS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?", re.ASCII)
_KEY = re.compile(r"[0-9]{1,18}", re.ASCII)


def new_token() -> str:
    """What makes one form one broadcast, however often it is submitted: 192 random bits."""
    return secrets.token_urlsafe(24)


def is_token(text: str) -> bool:
    """Whether `text` looks like one of ours; a shorter one could be guessed."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, as it was typed, so that a refused form shows it again.

    `override` holds the codes of the warnings that stood beside the box, if it was ticked.
    """

    list_id: str = ""
    body: str = ""
    answers_to: str = ""
    when: str = NOW
    date: str = ""
    time: str = ""
    timezone: str = ""
    latest_start_minutes: str = LATEST_START
    useful_hours: str = USEFUL_HOURS
    quiet_hours: str = QuietHours.defer.value
    override: str = ""
    form_token: str = field(default_factory=new_token)

    @property
    def list_key(self) -> int:
        """The chosen list's id, or 0, which no list has."""
        return int(self.list_id) if _KEY.fullmatch(self.list_id) else 0


def read(form: Mapping[str, str]) -> Draft:
    """The draft in a submitted form. Missing fields are empty; a forged token is replaced."""
    token = form.get("form_token", "")
    return Draft(
        list_id=form.get("list_id", "").strip(),
        body=clean_body(form.get("body", "")),
        answers_to=form.get("answers_to", "").strip(),
        when=form.get("when", ""),
        date=form.get("date", ""),
        time=form.get("time", ""),
        timezone=form.get("timezone", ""),
        latest_start_minutes=form.get("latest_start_minutes", "").strip(),
        useful_hours=form.get("useful_hours", USEFUL_HOURS).strip(),
        quiet_hours=form.get("quiet_hours", QuietHours.defer.value),
        override=form.get("override", ""),
        form_token=token if is_token(token) else new_token(),
    )


def clean_body(text: str) -> str:
    """The message as it will be sent and counted.

    Browsers send line ends as CR LF, which would cost two characters each. Control characters
    other than line end and tab cannot be typed, only pasted, and no phone shows them.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        one for one in lines if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs")
    )


def to_order(draft: Draft, own_addresses: Collection[str]) -> tuple[Order, dict[str, str]]:
    """The order in a draft, and by field what could not be understood.

    With any reason the order is not to be placed: what is wrong is replaced in it by something
    harmless, so that scheduler.broadcasts can tell what else there is to mend. `own_addresses`
    are the senders', to which answers must not go.
    """
    reasons: dict[str, str] = {}
    scheduled_at = local_at = None
    if draft.when == LATER:
        scheduled_at = _moment(draft, reasons)
    elif draft.when == LOCAL:
        local_at = _wall(draft, reasons)
    elif draft.when != NOW:
        reasons["when"] = "Choose whether to send it now or later."
    if draft.quiet_hours not in QuietHours.__members__:
        reasons["quiet_hours"] = "Choose what becomes of messages in quiet hours."
    order = Order(
        list_id=draft.list_key,
        body=draft.body,
        answers_to=answers_to(draft.answers_to, own_addresses, reasons),
        scheduled_at=scheduled_at,
        timezone=draft.timezone if draft.timezone in local_time.zones() else "UTC",
        latest_start_minutes=_minutes(draft.latest_start_minutes),
        form_token=draft.form_token,
        quiet_hours=quiet_hours(draft),
        local_at=local_at,
        useful_for=useful_for(draft),
    )
    return order, reasons


def timing(draft: Draft) -> Order:
    """What a draft says of its time alone, for a preview; what is no moment counts as now."""
    return to_order(draft, ())[0]


def quiet_hours(draft: Draft) -> QuietHours:
    """The policy that a draft names, or the usual one."""
    known = draft.quiet_hours in QuietHours.__members__
    return QuietHours(draft.quiet_hours) if known else QuietHours.defer


def useful_for(draft: Draft) -> timedelta:
    """For how long it is of use; 0, which is out of bounds, for what is no number of hours."""
    typed = draft.useful_hours
    return timedelta(hours=float(typed)) if _HOURS.fullmatch(typed) else timedelta(0)


def _moment(draft: Draft, reasons: dict[str, str]) -> datetime | None:
    try:
        return local_time.parse(draft.date, draft.time, draft.timezone).at
    except local_time.BadMoment as error:
        reasons[error.field] = error.reason
        return None


def _wall(draft: Draft, reasons: dict[str, str]) -> str | None:
    try:
        return local_time.wall(draft.date, draft.time)
    except local_time.BadMoment as error:
        reasons[error.field] = error.reason
        return None


def _minutes(typed: str) -> int:
    """0, which is out of bounds, for what is no number: the bounds' own rule then says so."""
    return int(typed) if re.fullmatch(r"[0-9]{1,6}", typed, re.ASCII) else 0


def answers_to(typed: str, own_addresses: Collection[str], reasons: dict[str, str]) -> str:
    """The address in its normal form: an e-mail address, or an E.164 number."""
    try:
        if "@" in typed:
            # No look-up: the form must not hang on somebody's name server. Names for tests and
            # for the local network are fine on a service that people host themselves.
            return validate_email(
                typed, check_deliverability=False, test_environment=True
            ).normalized
        if not any(one.isdigit() for one in typed):
            reasons["answers_to"] = "Give an e-mail address or a phone number."
            return ""
        if typed in own_addresses or (number := parse_number(typed)) in own_addresses:
            reasons["answers_to"] = "This sends the messages itself. Give another number."
            return ""
        return number
    except EmailNotValidError as error:
        reasons["answers_to"] = f"Check this e-mail address. {error}"
    except InvalidNumber as error:
        reasons["answers_to"] = str(error)
    return ""
