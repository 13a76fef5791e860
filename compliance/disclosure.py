"""The call-to-action of a program: what a person must be told before they consent. Pure.

Source: CTIA Short Code Monitoring Handbook v1.8 (the call-to-action shows program, product,
frequency, rates, HELP, STOP, terms and privacy), and 47 CFR 64.1200(f)(9) (consent is written,
names the number, and is no condition of purchase).
"""

from dataclasses import dataclass
from typing import Protocol


class ProgramRecord(Protocol):
    """What the call-to-action says about a program."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def message_frequency(self) -> str: ...
    @property
    def support_contact(self) -> str: ...
    @property
    def terms_url(self) -> str: ...
    @property
    def privacy_url(self) -> str: ...
    @property
    def minimum_age(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class WayIn:
    """How people join by text: the number as they dial it, and the words, the main one first.

    `number` is None where the sender has none that people could text.
    """

    number: str | None
    keywords: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether anybody can join by text at all."""
        return self.number is not None and bool(self.keywords)


RATES = "Msg & data rates may apply."
NO_CONDITION = "Consent is not a condition of purchase."


def call_to_action(program: ProgramRecord, way_in: WayIn) -> str:
    """The whole disclosure in one paragraph, as the public page shows it and audits quote it."""
    joining = (
        f"Text {one_of(way_in.keywords)} to {way_in.number}, or sign" if way_in.is_open else "Sign"
    )
    age = f"You must be {program.minimum_age} or older. " if program.minimum_age else ""
    return (
        f"{program.name}: {sentence(program.description)} {joining} up on this page. "
        f"By joining you agree to receive recurring automated marketing texts from {program.name} "
        f"at the number that you join with. {NO_CONDITION} {age}"
        f"{sentence(program.message_frequency)} {RATES} Reply HELP for help, STOP to cancel. "
        f"Help: {program.support_contact}. "
        f"Terms: {program.terms_url} Privacy: {program.privacy_url}"
    )


def in_short(program: ProgramRecord) -> str:
    """What must stand right beside a keyword and number, wherever they are shown."""
    return (
        f"{sentence(program.message_frequency)} {RATES} Reply HELP for help, STOP to cancel. "
        f"{NO_CONDITION}"
    )


def consent_wording(program: ProgramRecord, number: str | None) -> str:
    """What the box on the sign-up form says. `number` is what was typed, as people read it."""
    at = f"this number ({number})" if number else "this number"
    return (
        f"I agree to receive recurring automated marketing texts from {program.name} at {at}. "
        f"{NO_CONDITION} {sentence(program.message_frequency)} {RATES} "
        "Reply HELP for help, STOP to cancel."
    )


def sentence(text: str) -> str:
    """A part of the record as a sentence: with its full stop, once."""
    return text.rstrip(" .") + "." if text[-1:] not in ("!", "?") else text


def one_of(words: tuple[str, ...]) -> str:
    """ "A", "A or B", "A, B or C"."""
    *before, last = words or ("",)
    return f"{', '.join(before)} or {last}" if before else last
