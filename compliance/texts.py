"""What a program's own reply texts must hold: the parts that a carrier's auditor looks for."""

import re
from collections.abc import Callable
from enum import StrEnum

_SPACES = re.compile(r"\s+")
# A contact is an e-mail address, a telephone number or a web address.
_CONTACT = re.compile(
    r"[^\s@]+@[^\s@]+\.[^\s@]+|\+?\d(?:[\s().-]?\d){6,}|\b(?:https?://|www\.)\S+"
    r"|\b[a-z0-9-]+\.(?:com|net|org|info|co|us|uk|ca|io|app|club|example)\b",
    re.IGNORECASE,
)
_RATES = re.compile(
    r"\b(?:msg|message)s?\s*(?:&|and|\+)\s*data\s+rates\s+may\s+apply", re.IGNORECASE
)
_NO_MORE = re.compile(
    r"\bno\s+(?:more|further)\s+(?:messages?|msgs?|texts?)"
    r"|\bwill\s+not\s+(?:receive|get)\s+(?:any\s+)?(?:more|further)",
    re.IGNORECASE,
)


class ReplyKind(StrEnum):
    """The three replies that a program may word itself."""

    confirmation = "confirmation"
    help = "help"
    stop = "stop"


def missing_parts(kind: ReplyKind, text: str, program_name: str) -> list[str]:
    """What `text` lacks, each as a sentence that says what to add; empty when nothing is missing.

    Source: CTIA Short Code Monitoring Handbook v1.8. The opt-in confirmation names the program
    and tells HELP, STOP and that message and data rates may apply; the help answer names the
    program and gives a contact; the opt-out confirmation names the program and says that no more
    messages come.
    """
    return [advice for is_there, advice in _PARTS[kind] if not is_there(text, program_name)]


def _names_program(text: str, program_name: str) -> bool:
    return _plain(program_name) in _plain(text)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()


def _word(word: str) -> Callable[[str, str], bool]:
    pattern = re.compile(rf"\b{word}\b")
    return lambda text, _program_name: pattern.search(text) is not None


def _matches(pattern: re.Pattern[str]) -> Callable[[str, str], bool]:
    return lambda text, _program_name: pattern.search(text) is not None


_NAME = (_names_program, "Add the program's name, so that people know who writes.")
_PARTS: dict[ReplyKind, tuple[tuple[Callable[[str, str], bool], str], ...]] = {
    ReplyKind.confirmation: (
        _NAME,
        (_word("HELP"), "Add how to get help, e.g. “Reply HELP for help”."),
        (_word("STOP"), "Add how to stop, e.g. “STOP to cancel”."),
        (_matches(_RATES), "Add “Msg & data rates may apply”."),
    ),
    ReplyKind.help: (
        _NAME,
        (_matches(_CONTACT), "Add a contact: an e-mail address, a telephone number or a web page."),
    ),
    ReplyKind.stop: (
        _NAME,
        (_matches(_NO_MORE), "Add that they get “no more messages”."),
    ),
}
