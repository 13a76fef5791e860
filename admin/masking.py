"""Whether the person at the page may see whole phone numbers: one rule for pages and files.

An auditor sees masked numbers, and whole ones only for half an hour after giving a reason, which
is an act of the log that everybody can read later.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask, session
from flask_login import current_user, user_logged_in, user_logged_out
from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from messaging.numbers import display, mask
from models import Role, Subscriber
from models.erasing import is_erased

UNMASKED_FOR = timedelta(minutes=30)
_KEY = "unmasked"
# What may be somebody's number inside a text: at least 7 digits, divided as people divide them.
_IN_TEXT = re.compile(r"\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}")
# As many of a number's last digits as a mask shows, and so as may be searched for.
_SHOWN_DIGITS = 4


def register(app: Flask) -> None:
    """Give templates `is_masked()` and `unmasked_until()`; a new log-in begins masked."""
    app.context_processor(lambda: {"is_masked": is_masked, "unmasked_until": unmasked_until})
    user_logged_in.connect(_forget, app)
    user_logged_out.connect(_forget, app)


def is_masked() -> bool:
    """Whether numbers are to be masked for whoever asks now."""
    return getattr(current_user, "role", None) is Role.auditor and unmasked_until() is None


def unmasked_until() -> datetime | None:
    """Until when this log-in of an auditor shows whole numbers, or None."""
    kept = session.get(_KEY)
    if not kept or kept["member"] != getattr(current_user, "id", None):
        return None
    until = datetime.fromtimestamp(kept["until"], UTC)
    return until if datetime.now(UTC) < until else None


def unmask(now: datetime) -> datetime:
    """Show whole numbers in this log-in session from `now`; until when."""
    until = now + UNMASKED_FOR
    session[_KEY] = {"member": current_user.id, "until": until.timestamp()}
    return until


def shown_number(number: str) -> str:
    """A number for a page: readable, or masked. Senders' short codes stay whole in both."""
    if is_erased(number):
        return "Erased"
    return mask(number) if is_masked() else display(number)


def shown_text(text: str) -> str:
    """A consumer's text for a page; for a masked reader without the numbers inside it."""
    return masked_text(text) if is_masked() else text


def masked_text(text: str) -> str:
    """`text` with whatever may be a phone number masked: only its last four digits stay."""
    return _IN_TEXT.sub(lambda found: mask(found.group()), text)


def number_writer() -> Callable[[str], str]:
    """How a file that is asked for now writes numbers: E.164 or masked.

    Decided while there is a request: a file's last line leaves after its end.
    """
    write = mask if is_masked() else str
    return lambda number: "erased" if is_erased(number) else write(number)


def has_digits(digits: str) -> ColumnElement[bool]:
    """The condition that a Subscriber's number contains `digits`; always so if there are none.

    For a masked reader only the end of a number is searched, no further than a mask shows it:
    else a few searches would spell out the whole.
    """
    if not digits:
        return true()
    number = col(Subscriber.phone_number)
    found = number.endswith(digits[-_SHOWN_DIGITS:]) if is_masked() else number.contains(digits)
    return and_(col(Subscriber.erased_at).is_(None), found)


def _forget(_app: Flask, **_more: object) -> None:
    session.pop(_KEY, None)
