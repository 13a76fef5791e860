"""What an answer of Twilio's, or none, means for a message: the same for both ways of asking."""

import re
from http import HTTPStatus
from typing import Final

from messaging.errors import TOO_MANY, Outcome, code_of, outcome_of_answer, outcome_of_receipt
from messaging.providers import SendError

_SID: Final = re.compile("[A-Za-z0-9]{1,64}")  # delivery.message_sid holds so many


def sid_of(given: object) -> str | None:
    """The name that the provider gave a message; None for what can be none."""
    return given if isinstance(given, str) and _SID.fullmatch(given) else None


def refused(status: int, code: object) -> SendError:
    """It answered with this HTTP status and, if it is one, this code of its own. 429 without one
    says the same as the code for it, and is told as that."""
    known = code_of(code)
    if known is None and status == HTTPStatus.TOO_MANY_REQUESTS:
        known = TOO_MANY
    return SendError(outcome_of_answer(status, known), known, "The provider refused it.")


def failed(code: int, sid: str) -> SendError:
    """It took the message and said in the same answer that it had failed, as a receipt does."""
    return SendError(outcome_of_receipt(code), code, "The provider took it, and it failed.", sid)


def unnamed() -> SendError:
    """It seems to have taken the message, but gave it no name that could be one."""
    return SendError(Outcome.unknown, None, "The provider's answer named no message.")


def never_left() -> SendError:
    """There was no connection, so asking again cannot make a second message."""
    return SendError(Outcome.retry, None, "The provider cannot be reached.")


def late() -> SendError:
    """It may have taken the message and said so too late."""
    return SendError(Outcome.unknown, None, "The provider did not answer in time.")


def broken_off() -> SendError:
    """It may have taken the message before that."""
    return SendError(Outcome.unknown, None, "The connection broke before the answer.")


def unreadable(error: Exception) -> SendError:
    """Something that nobody thought of; its class is named, its words may hold a number."""
    reason = f"The answer could not be read ({type(error).__name__})."
    return SendError(Outcome.unknown, None, reason)
