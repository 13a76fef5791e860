"""What a program's own reply texts must hold: said at the form, before an audit finds it."""

from collections.abc import Callable
from enum import StrEnum

from compliance.rules import wording
from compliance.rules.catalogue import rule


class ReplyKind(StrEnum):
    """The three replies that a program may word itself."""

    confirmation = "confirmation"
    help = "help"
    stop = "stop"


def missing_parts(kind: ReplyKind, text: str, program_name: str) -> list[str]:
    """What `text` lacks, each as a sentence that says what to add; empty when nothing is missing.

    Each part is one that a rule of the self-audit asks for (C008, C012 and C025 to C028).
    """
    return [remedy for is_there, remedy in _PARTS[kind] if not is_there(text, program_name)]


def _holds(tells: Callable[[str], bool]) -> Callable[[str, str], bool]:
    return lambda text, _program_name: tells(text)


_NAME = (wording.names, rule("C028").remedy)
_PARTS: dict[ReplyKind, tuple[tuple[Callable[[str, str], bool], str], ...]] = {
    ReplyKind.confirmation: (
        _NAME,
        (_holds(wording.tells_help), "Add how to get help, e.g. “Reply HELP for help”."),
        (_holds(wording.tells_stop), rule("C012").remedy),
        (_holds(wording.tells_rates), rule("C026").remedy),
        (_holds(wording.tells_recurring), rule("C025").remedy),
    ),
    ReplyKind.help: (
        _NAME,
        (
            _holds(wording.gives_contact),
            "Add a contact: an e-mail address, a telephone number or a web page.",
        ),
    ),
    ReplyKind.stop: (
        _NAME,
        (_holds(wording.says_no_more), "Add that they get “no more messages”."),
        (
            lambda text, name: wording.marketing_in(text, name) is None,
            "Take out what sells something: only the name and “no more messages” belong here.",
        ),
    ),
}
