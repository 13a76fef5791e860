"""What each provider code means, in plain words, and what Marquee does about it: one table.

Source of the codes: Twilio's error dictionary, https://www.twilio.com/docs/api/errors.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What follows from a message that was not taken or not delivered."""

    suppress = "suppress"  # the person opted out at the provider: revoke everything
    permanent = "permanent"  # this number cannot be reached: give up on this delivery
    retry = "retry"  # may work later: try again, a bounded number of times
    slow_down = "slow_down"  # never processed: try again, slower
    day_over = "day_over"  # carriers take no more from the sender today: try again tomorrow
    pause = "pause"  # the account or sender is broken: stop the broadcast, tell the promoter
    unknown = "unknown"  # may have been taken: never send again, settle by evidence


@dataclass(frozen=True, slots=True)
class ProviderCode:
    """One row: what happened, as a promoter would want to read it, and the outcome."""

    meaning: str
    outcome: Outcome


_SUPPRESS, _PERMANENT, _RETRY = Outcome.suppress, Outcome.permanent, Outcome.retry
_SLOW_DOWN, _DAY_OVER, _PAUSE = Outcome.slow_down, Outcome.day_over, Outcome.pause

# Not the provider's: its list of messages does not have the one that a dead process may have sent.
NEVER_SEEN = -1
# Nor these: nothing was heard for a day, and a member counted it as failed, or sent it again.
COUNTED_AS_FAILED, SENT_AGAIN = -2, -3
OPTED_OUT, TOO_MANY = 21610, 20429

CODES: dict[int, ProviderCode] = {
    NEVER_SEEN: ProviderCode("It never reached the provider: sending was interrupted.", _PERMANENT),
    COUNTED_AS_FAILED: ProviderCode(
        "Nobody knows whether it arrived: a member counted it as not delivered.", _PERMANENT
    ),
    SENT_AGAIN: ProviderCode("Nobody knows whether an earlier try arrived.", _PERMANENT),
    OPTED_OUT: ProviderCode("The person opted out at the carrier.", _SUPPRESS),
    21211: ProviderCode("This is not a valid phone number.", _PERMANENT),
    21612: ProviderCode("This sender cannot reach this number.", _PERMANENT),
    21614: ProviderCode("This number cannot receive texts (a landline, for example).", _PERMANENT),
    30005: ProviderCode("The number does not exist or is out of service.", _PERMANENT),
    30006: ProviderCode("A landline, or a carrier that cannot be reached.", _PERMANENT),
    21602: ProviderCode("The message had no text.", _PERMANENT),
    21617: ProviderCode("The message was longer than 1,600 characters.", _PERMANENT),
    30003: ProviderCode("The phone was switched off or out of reach.", _RETRY),
    30008: ProviderCode("The carrier could not say why it failed.", _RETRY),
    30036: ProviderCode("It waited too long at the provider and was not sent.", _RETRY),
    20503: ProviderCode("The provider was not available for a moment.", _RETRY),
    TOO_MANY: ProviderCode("Too many requests at once.", _SLOW_DOWN),
    21611: ProviderCode("The sender's queue at the provider is full.", _SLOW_DOWN),
    30001: ProviderCode("The sender's queue at the provider overflowed.", _SLOW_DOWN),
    30022: ProviderCode("The sender is over the rate that carriers allow it.", _SLOW_DOWN),
    63017: ProviderCode("The channel's rate limit was exceeded.", _SLOW_DOWN),
    63038: ProviderCode("The account's daily message limit was reached.", _SLOW_DOWN),
    14107: ProviderCode("The account's message rate limit was exceeded.", _SLOW_DOWN),
    30023: ProviderCode("The sender reached the carriers' daily limit (10DLC).", _DAY_OVER),
    30027: ProviderCode("The sender reached T-Mobile's daily limit (10DLC).", _DAY_OVER),
    30002: ProviderCode("The provider suspended the account.", _PAUSE),
    30007: ProviderCode("Carriers filtered the message as unwanted.", _PAUSE),
    30034: ProviderCode("The sender is not registered for this traffic (10DLC).", _PAUSE),
    30032: ProviderCode("The toll-free number is not verified.", _PAUSE),
    21212: ProviderCode("The sender's address is not valid.", _PAUSE),
    21408: ProviderCode("The account may not send to this region.", _PAUSE),
    21606: ProviderCode("This sender cannot send texts from this account.", _PAUSE),
    20003: ProviderCode("The provider refused the account's log-in.", _PAUSE),
    20404: ProviderCode("The provider does not know this account or sender.", _PAUSE),
    20005: ProviderCode("The account at the provider is not active.", _PAUSE),
    21659: ProviderCode("The sender is not a number or short code of the provider's.", _PAUSE),
    21660: ProviderCode("The sender belongs to another account.", _PAUSE),
    21703: ProviderCode("The messaging service has no number that could send this.", _PAUSE),
    21704: ProviderCode("The messaging service has no numbers.", _PAUSE),
}
# What holds for everything that is asked of the account (401 log-in, 402 unpaid, 403, 404).
_BROKEN_ACCOUNT: Final = (401, 402, 403, 404)
# The request did not come in whole, or too early: whether it was taken is left open.
_OPEN: Final = (408, 425)
_OF_MESSAGES: Final = 30_000
_CODE: Final = re.compile("[1-9][0-9]{0,8}")


def code_of(given: object) -> int | None:
    """A code as the provider wrote it, a number or its digits (1 to 999,999,999); None for what is
    none, so that nonsense in an answer never comes as far as a table or a column."""
    if not isinstance(given, int | str):
        return None
    digits = str(given)
    return int(digits) if _CODE.fullmatch(digits) else None


def is_refusal(code: int) -> bool:
    """Whether the provider refuses a message at once with it. Its codes from 30,000 on are of
    messages that it had taken, and those below 0 are ours."""
    return 0 <= code < _OF_MESSAGES


def meaning(code: int) -> str:
    """The code in plain words, e.g. for a promoter's page."""
    known = CODES.get(code)
    return known.meaning if known else f"The provider reported error {code}."


def outcome_of_receipt(code: int | None) -> Outcome:
    """What follows from an undelivered or failed receipt; a code that is not known gives up."""
    known = CODES.get(code or 0)
    return known.outcome if known else Outcome.permanent


def outcome_of_answer(status: int, code: int | None) -> Outcome:
    """What follows from an HTTP error answer to a send request.

    The code decides where the table knows it. Else 429 was never processed, another 4xx refused
    this message for good, and any 5xx, 408 and 425 leave open whether the message was taken.
    """
    if known := CODES.get(code or 0):
        return known.outcome
    if status == 429:
        return Outcome.slow_down
    if status in _BROKEN_ACCOUNT:
        return Outcome.pause
    if status in _OPEN:
        return Outcome.unknown
    return Outcome.permanent if 400 <= status < 500 else Outcome.unknown
