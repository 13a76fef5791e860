"""The texts that answer consumers, generated from a program's record so that both agree.

Each names the program and stays within what the CTIA Short Code Monitoring Handbook v1.8 asks of
it. A program's own text, where it has one, takes the place of the generated one.
"""

from typing import Protocol

from compliance.disclosure import RATES


class ProgramRecord(Protocol):
    """What the replies say about a program."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def message_frequency(self) -> str: ...
    @property
    def support_contact(self) -> str: ...
    @property
    def minimum_age(self) -> int | None: ...
    @property
    def confirmation_text(self) -> str | None: ...
    @property
    def help_text(self) -> str | None: ...
    @property
    def stop_text(self) -> str | None: ...


_ENDING = "Reply HELP for help, STOP to cancel."


def confirmation(program: ProgramRecord) -> str:
    """After an opt-in: brand and product, frequency, rates, HELP, STOP (handbook, severity 1-2)."""
    return program.confirmation_text or (
        f"{program.name}: you are in! {program.description}. "
        f"{program.message_frequency}. {RATES} {_ENDING}"
    )


def ask_for_yes(program: ProgramRecord) -> str:
    """The first of the two messages of a double opt-in."""
    return (
        f"{program.name}: reply YES to get {program.description} by text. "
        f"{program.message_frequency}. {RATES} {_ENDING}"
    )


def ask_for_age(program: ProgramRecord) -> str:
    """An age gate's question. The answer is judged and not kept."""
    return (
        f"{program.name}: you must be {program.minimum_age} or older. Reply with your date of "
        f"birth, MM/DD/YYYY; we do not keep it. {RATES} {_ENDING}"
    )


def too_young(program: ProgramRecord) -> str:
    """To a date of birth below the minimum age."""
    return f"{program.name}: sorry, you must be {program.minimum_age} or older to join."


def not_a_birth_date(program: ProgramRecord) -> str:
    """To an answer to the age gate's question that holds no date of birth."""
    return (
        f"{program.name}: sorry, we could not read that as a date of birth. Write it like "
        f"11/23/1999; we do not keep it. {_ENDING}"
    )


def already_waiting(program: ProgramRecord) -> str:
    """To a keyword that was sent again within a day of the question: it is not asked again."""
    return f"{program.name}: you asked to join, and we are waiting for your YES. {_ENDING}"


def already_waiting_for_age(program: ProgramRecord) -> str:
    """The same where the question was for an age."""
    return (
        f"{program.name}: you asked to join, and we are waiting for your date of birth, "
        f"MM/DD/YYYY. {_ENDING}"
    )


def already_subscribed(program: ProgramRecord) -> str:
    """To a keyword, START or a second YES from somebody who is on a list already."""
    return f"{program.name}: you are already on the list, nothing changed. {_ENDING}"


def joined_list(program: ProgramRecord, list_name: str) -> str:
    """To a further keyword of a program that the person is in."""
    return (
        f"{program.name}: you are now on {list_name}. "
        f"{program.message_frequency}. {RATES} {_ENDING}"
    )


def left_list(program: ProgramRecord, list_name: str) -> str:
    """To LEAVE <keyword>."""
    return f"{program.name}: you have left {list_name}. Reply STOP to end all our messages."


def not_on_list(program: ProgramRecord, list_name: str) -> str:
    """To LEAVE <keyword> from somebody who is not on that list."""
    return (
        f"{program.name}: you are not on {list_name}, nothing changed. "
        "Reply STOP to end all our messages."
    )


def stop_confirmation(program: ProgramRecord) -> str:
    """The one answer to a revocation: program name and no more messages, nothing else."""
    return program.stop_text or (
        f"{program.name}: you are unsubscribed and will get no more messages."
    )


def help_answer(program: ProgramRecord, own_page: str | None = None) -> str:
    """Program name and contact, whether or not the number is subscribed (handbook, severity 2).

    `own_page` leads to what is held about this person.
    """
    answer = program.help_text or (
        f"{program.name}: {program.description}. Help: {program.support_contact}. "
        f"{program.message_frequency}. {RATES} Reply STOP to cancel."
    )
    return f"{answer} Your data: {own_page}" if own_page else answer


def how_to_join(program: ProgramRecord, keyword: str | None) -> str:
    """To START or yes from a number that is on no list: there is nothing to resume."""
    join = f"Text {keyword} to join." if keyword else f"Ask {program.support_contact} how to join."
    return f"{program.name}: you are not on our list. {join} Reply HELP for help."


def answer_received(program: ProgramRecord) -> str:
    """To an answer that goes on to the promoter."""
    return f"{program.name}: thank you, we have your message. {_ENDING}"


def not_understood(program: ProgramRecord, keyword: str | None) -> str:
    """To anything else."""
    join = f"Text {keyword} to join, HELP" if keyword else "Reply HELP"
    return f"{program.name}: sorry, we did not understand that. {join} for help, STOP to cancel."


def nameless_stop(organization: str) -> str:
    """The answer to a revocation on a sender that no program uses."""
    return f"{organization}: you are unsubscribed and will get no more messages."


def nameless_help(organization: str) -> str:
    """The answer to HELP on a sender that no program uses."""
    return f"{organization}: this number sends no messages at present. Reply STOP to cancel."
