"""The call-to-action and the program's pages hold what a carrier's auditor looks for."""

from dataclasses import dataclass, replace

import pytest

from compliance import program_pages
from compliance.disclosure import (
    WayIn,
    call_to_action,
    consent_wording,
    in_short,
    one_of,
    sentence,
)


@dataclass(frozen=True)
class Record:
    name: str = "Neon Nights"
    description: str = "Club nights and concerts"
    message_frequency: str = "Up to 4 msgs/month"
    support_contact: str = "help@neon.example"
    terms_url: str = "https://neon.example/terms"
    privacy_url: str = "https://neon.example/privacy"
    minimum_age: int | None = None


WAY_IN = WayIn("24680", ("JOIN", "JAZZ"))


@pytest.mark.parametrize(
    "part",
    [
        "Neon Nights: Club nights and concerts.",
        "Text JOIN or JAZZ to 24680",
        "recurring automated marketing texts",
        "Consent is not a condition of purchase.",
        "Up to 4 msgs/month.",
        "Msg & data rates may apply.",
        "HELP for help, STOP to cancel.",
        "Help: help@neon.example.",
        "Terms: https://neon.example/terms",
        "Privacy: https://neon.example/privacy",
    ],
)
def test_the_call_to_action_says_all_that_carriers_ask_for(part: str) -> None:
    assert part in call_to_action(Record(), WAY_IN)


@pytest.mark.parametrize("way_in", [WayIn(None, ("JOIN",)), WayIn("24680", ())])
def test_who_cannot_join_by_text_is_not_told_to(way_in: WayIn) -> None:
    text = call_to_action(Record(), way_in)
    assert "Sign up on this page." in text
    assert "Text " not in text
    joining = program_pages.terms(Record(), way_in, "Neon Ltd")[1]
    assert not any(paragraph.startswith("Text ") for paragraph in joining.paragraphs)


def test_an_age_gate_is_said_and_only_then() -> None:
    grown_up = replace(Record(), minimum_age=21)
    assert "You must be 21 or older." in call_to_action(grown_up, WAY_IN)
    assert "older" not in call_to_action(Record(), WAY_IN)
    assert "21 or older" in said(program_pages.terms(grown_up, WAY_IN, "Neon Ltd"))
    assert "forget the date" in said(
        program_pages.privacy(grown_up, "Neon Ltd", 365, has_own_pages=True)
    )
    assert "date of birth" not in said(
        program_pages.privacy(Record(), "Neon Ltd", 365, has_own_pages=True)
    )


def test_the_consent_names_the_number_and_is_no_condition_of_purchase() -> None:
    assert "at this number. Consent is not a condition" in consent_wording(Record(), None)
    named = consent_wording(Record(), "+1 202-555-0101")
    assert "Neon Nights at this number (+1 202-555-0101)." in named


def test_the_terms_quote_the_disclosure_word_for_word() -> None:
    sections = program_pages.terms(Record(), WAY_IN, "Neon Ltd")
    assert call_to_action(Record(), WAY_IN) in said(sections)
    for part in (
        "Neon Ltd",
        "Reply STOP",
        "Reply LEAVE",
        "Reply HELP",
        "Carriers are not liable",
        "24680",
    ):
        assert part in said(sections)


def test_the_privacy_policy_says_that_mobile_data_is_not_shared_for_marketing() -> None:
    policy = said(program_pages.privacy(Record(), "Neon Ltd", 1825, has_own_pages=True))
    assert (
        "No mobile information is shared with third parties or affiliates for marketing" in policy
    )
    assert "1,825 days" in policy
    assert "leads to your own page" in policy
    without = said(program_pages.privacy(Record(), "Neon Ltd", 1825, has_own_pages=False))
    assert "own page" not in without
    assert "Reply HELP for help" in without
    assert "help@neon.example" in policy


def test_beside_the_keyword_stand_frequency_rates_help_and_stop() -> None:
    assert in_short(Record()) == (
        "Up to 4 msgs/month. Msg & data rates may apply. Reply HELP for help, STOP to cancel. "
        "Consent is not a condition of purchase."
    )


def test_sentences_end_once() -> None:
    assert [sentence(text) for text in ("a", "a.", "a!", "a ..")] == ["a.", "a.", "a!", "a."]
    assert one_of(("A", "B", "C")) == "A, B or C"


def said(sections: tuple[program_pages.Section, ...]) -> str:
    return " ".join(paragraph for section in sections for paragraph in section.paragraphs)
