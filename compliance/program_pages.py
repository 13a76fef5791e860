"""Terms and privacy policy of a program, written from its record so that they agree with it. Pure.

Source: CTIA Short Code Monitoring Handbook v1.8 (what a program's terms must hold), and the
registration rules of 10DLC and toll-free senders (the privacy policy says that mobile data is not
shared with third parties for marketing).
"""

from dataclasses import dataclass

from compliance.disclosure import (
    NO_CONDITION,
    RATES,
    ProgramRecord,
    WayIn,
    call_to_action,
    one_of,
    sentence,
)

SHARING = "Who gets it"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


def terms(program: ProgramRecord, way_in: WayIn, operator: str) -> tuple[Section, ...]:
    """The terms of the texts that `operator` sends under the program."""
    name = program.name
    joining = f"Text {one_of(way_in.keywords)} to {way_in.number}." if way_in.is_open else ""
    age = f"You must be {program.minimum_age} or older to join." if program.minimum_age else ""
    return (
        Section("The program", (_run_by(name, operator), sentence(program.description))),
        Section(
            "How you join",
            _said(
                joining,
                "Or sign up on this program's page: we then text you a question, and you are on "
                "the list only once you have answered YES.",
                f"By joining you agree to receive recurring automated marketing texts from {name} "
                f"at the number that you join with. {NO_CONDITION}",
                age,
            ),
        ),
        Section("How often we text", (sentence(program.message_frequency),)),
        Section("What it costs", (f"{RATES} Your carrier's plan decides what a text costs you.",)),
        Section(
            "How you leave",
            (
                "Reply STOP to any of our texts. It ends everything that we send to your number, "
                "at once; you get one text that says so. Reply LEAVE and a keyword to leave its "
                "list only. Texting START or a keyword brings you back.",
            ),
        ),
        Section(
            "Where you get help", (f"Reply HELP, or write or call: {program.support_contact}.",)
        ),
        Section(
            "What carriers answer for",
            ("Carriers are not liable for delayed or undelivered messages.",),
        ),
        Section("Your data", (f"Our privacy policy: {program.privacy_url}",)),
        Section("What you are shown when you join", (call_to_action(program, way_in),)),
    )


def privacy(
    program: ProgramRecord, operator: str, keep_texts_days: int, *, has_own_pages: bool
) -> tuple[Section, ...]:
    """The privacy policy of the texts that `operator` sends under the program.

    `has_own_pages` says that HELP's answer carries the link to the person's own page.
    """
    own_page = (
        "Reply HELP: our answer leads to your own page, where you see all that we hold about you "
        "and why, leave one list or everything, and delete your data. "
        if has_own_pages
        else "Reply HELP for help. "
    )
    age = (
        (f"Where we ask for your date of birth, we check that you are {program.minimum_age} or "
         "older and forget the date.",)
        if program.minimum_age
        else ()
    )  # fmt: skip
    return (
        Section("Who holds your data", (f"{operator}, for the program {program.name}.",)),
        Section(
            "What we hold",
            (
                "Your phone number; the texts between us and when they were sent; when and how "
                "you joined or left. If you signed up on our page: its wording, the address "
                "(IP) and the browser that were used.",
                *age,
            ),
        ),
        Section(
            "What for",
            (
                "To send you the texts that you asked for, to honour your STOP, to answer you, "
                "and to prove your consent. For nothing else.",
            ),
        ),
        Section(
            SHARING,
            (
                "No mobile information is shared with third parties or affiliates for marketing "
                "or promotional purposes. Text messaging opt-in data and consent are not shared "
                "with any third party, except with the providers that carry our texts, and "
                "only so that they can carry them. We sell nothing.",
            ),
        ),
        Section(
            "How long we keep it",
            (
                f"Texts are erased after {keep_texts_days:,} days. The record of a consent is "
                "kept for at least five years after the last text, that of an opt-out for at "
                "least ten, because the law asks us to prove both.",
            ),
        ),
        Section(
            "What you can do",
            (
                f"Reply STOP to end all texts. {own_page}Or ask us what we hold about you, or to "
                f"erase it: {program.support_contact}. Of an erased number we keep only a keyed "
                "hash, so that you stay opted out.",
            ),
        ),
        Section("The terms", (f"The terms of these texts: {program.terms_url}",)),
    )


def _run_by(name: str, operator: str) -> str:
    return f"{name}." if name == operator else f"{name}, run by {operator}."


def _said(*paragraphs: str) -> tuple[str, ...]:
    return tuple(paragraph for paragraph in paragraphs if paragraph)
