"""What Twilio itself does about STOP, START and HELP, for senders that are set so.

Twilio, "Support for opt-out keywords": the whole text must be the keyword; case and outer
space do not matter. A blocked pair of sender and phone answers 21610 to every message.
"""

from typing import Literal

from simulator.config import Replies

OptOutType = Literal["STOP", "START", "HELP"]

_WORDS: dict[OptOutType, tuple[str, ...]] = {
    "STOP": ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
    "START": ("START", "YES", "UNSTOP"),
    "HELP": ("HELP", "INFO"),
}
_KEYWORDS = {word: kind for kind, words in _WORDS.items() for word in words}

_ANSWERS: dict[OptOutType, str] = {
    "STOP": (
        "You have successfully been unsubscribed. You will not receive any more messages from "
        "this number. Reply START to resubscribe."
    ),
    "START": (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for "
        "help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword_of(replies: Replies, body: str) -> OptOutType | None:
    """Return what Twilio takes a text to a sender for; always None if the app answers."""
    if replies is Replies.APPLICATION:
        return None
    return _KEYWORDS.get(body.strip().upper())


def apply(blocked: set[tuple[str, str]], pair: tuple[str, str], keyword: OptOutType) -> str | None:
    """Block or free a pair (sender, phone) and return Twilio's own answer, if it gives one.

    A second STOP, or a START from a phone that was never blocked, is answered by nobody.
    """
    if keyword == "STOP":
        if pair in blocked:
            return None
        blocked.add(pair)
    elif keyword == "START":
        if pair not in blocked:
            return None
        blocked.discard(pair)
    return _ANSWERS[keyword]
