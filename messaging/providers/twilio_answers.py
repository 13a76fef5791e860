"""What an answer of Twilio's, or none, means for a message: the same for both ways of asking."""

from messaging.errors import Outcome, outcome_of_answer
from messaging.providers import SendError


def refused(status: int, code: object) -> SendError:
    """It answered with this HTTP status and, if it is a number, this code of its own."""
    known = code if isinstance(code, int) and not isinstance(code, bool) else None
    return SendError(outcome_of_answer(status, known), known, "The provider refused it.")


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
