"""Every rule of the self-audit: what passes, and what makes it, and nothing else, fail."""

from datetime import timedelta
from typing import Any

import pytest

from compliance.rules import RULES, Exchange, Link, Sent, audit
from tests.unit.rules.facts import (
    ASK,
    CALL_TO_ACTION,
    CONFIRMATION,
    GARBAGE,
    GOOD,
    HELP,
    NOW,
    RECORD,
    STOP,
    facts,
    failed,
    failing_codes,
)

DOUBLE = (Exchange("JOIN", (ASK,)), Exchange("YES", (CONFIRMATION,)))


def test_a_good_program_passes_everything() -> None:
    assert failed(facts()) == []


def test_every_rule_that_audits_is_broken_below() -> None:
    audited = {one.code for one in RULES if one.audit}
    assert audited == {code for code, _ in BROKEN}


def confirmation(*, without: str, instead: str = "") -> dict[str, Any]:
    assert without in CONFIRMATION
    return {"confirmation": CONFIRMATION.replace(without, instead)}


def call(*, without: str) -> dict[str, Any]:
    assert without in CALL_TO_ACTION
    return {"call_to_action": CALL_TO_ACTION.replace(without, "")}


def sent(*bodies: str, days: int = 1, list_id: int = 1) -> dict[str, Any]:
    first = Sent(GOOD, NOW - timedelta(days=2), 2)
    return {
        "broadcasts": (first, *(Sent(body, NOW - timedelta(days=days), list_id) for body in bodies))
    }


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("C001", sent("Neon Nights: XXX show, Friday")),
    ("C001", {"description": "Club nights and escorts", **sent()}),
    ("C002", sent("Neon Nights: two-for-one cocktails, Friday")),
    ("C002", {"minimum_age": 21}),
    ("C003", {"without_opt_in": 2}),
    ("C003", {"garbage_subscribes": True}),
    ("C003", {"subscribed": False}),
    ("C004", {"joined_programs": ("Jazz", "Neon Nights")}),
    ("C004", {"shared_opt_ins": 1}),
    ("C005", sent("Neon Nights: http://203.0.113.7/win")),
    ("C005", sent("Neon Nights: https://neon.example@evil.example/")),
    ("C006", sent("USPS: your parcel waits")),
    ("C007", {"unsolicited": 1}),
    ("C008", {"stop": Exchange("STOP", ())}),
    ("C008", {"stop": Exchange("STOP", (STOP, STOP))}),
    ("C008", {"stop": Exchange("STOP", (STOP,), by_provider=True)}),
    ("C008", {"stop": Exchange("STOP", ("You will get no more messages.",))}),
    ("C008", {"stop": Exchange("STOP", ("Neon Nights: goodbye.",))}),
    ("C008", {"stop": Exchange("STOP", (f"{STOP} Come back for 20% off!",))}),
    ("C009", {"left_standing": ("Jazz",)}),
    ("C009", {"stop_suppresses": False}),
    ("C010", {"stop_of_a_stranger": Exchange("STOP", ())}),
    ("C010", {"stop_of_a_stranger": Exchange("STOP", (STOP, STOP))}),
    ("C010", {"stop_of_a_stranger": Exchange("STOP", ("Neon Nights: bye.",))}),
    ("C011", call(without=", STOP to cancel")),
    ("C012", confirmation(without=", STOP to cancel")),
    ("C012", {"joining": (Exchange("JOIN", ()),)}),
    ("C013", confirmation(without="Club nights, concerts. ")),
    ("C013", {"description": ""}),
    ("C014", {"privacy": Link(RECORD.privacy_url, False)}),
    ("C014", {"privacy": Link("", None)}),
    ("C014", call(without=RECORD.privacy_url)),
    ("C015", {"terms": Link(RECORD.terms_url, False)}),
    ("C015", {"terms": Link("soon", None)}),
    ("C016", {"help": Exchange("HELP", (HELP.replace("Neon Nights", "Us"),))}),
    ("C016", {"help_of_a_stranger": Exchange("HELP", ("Us: help@neon.example",))}),
    ("C016", {"garbage": Exchange("qwzx", (GARBAGE.replace("Neon Nights", "Us"),))}),
    ("C016", confirmation(without="4 msgs/month", instead="10 msgs/week")),
    ("C016", confirmation(without="4 msgs/month", instead="4 msgs/month, max 2 SMS per day")),
    ("C017", sent("Neon Nights: free text alerts")),
    ("C017", {"description": "Club nights. Texts are free"}),
    ("C018", sent("Neon Nights: bit.ly/x")),
    ("C020", sent(*[GOOD] * 4)),
    ("C020", {**sent(GOOD, GOOD), "message_frequency": "4 msgs/month, max 1 per day"}),
    ("C022", {"is_double_opt_in": True}),
    (
        "C022",
        {
            "is_double_opt_in": True,
            "subscribed_at_once": False,
            "joining": (Exchange("JOIN", (ASK.replace("reply YES", "wait"),)), DOUBLE[1]),
        },
    ),
    ("C023", {"waiting_opt_outs": (NOW - timedelta(days=7),)}),
    ("C024", call(without="Consent is not a condition of purchase. ")),
    ("C025", confirmation(without="Up to 4 msgs/month. ")),
    ("C026", confirmation(without="Msg & data rates may apply. ")),
    ("C026", call(without="Msg & data rates may apply. ")),
    ("C027", confirmation(without="Reply HELP for help, ")),
    ("C027", {"help": Exchange("HELP", ("Neon Nights: ask at the door.",))}),
    ("C027", {"help_of_a_stranger": Exchange("HELP", ("Neon Nights: ask at the door.",))}),
    ("C028", confirmation(without="Neon Nights")),
    ("C028", call(without="Neon Nights")),
    ("C029", {"help": Exchange("HELP", ())}),
    ("C029", {"help_of_a_stranger": Exchange("HELP", ())}),
    ("C030", {"broadcasts": (Sent("Neon Nights: HELP for help", NOW, 1),)}),
    ("C031", {"broadcasts": (Sent("Neon Nights: STOP to end", NOW, 1),)}),
    ("C032", {"first_opt_in": NOW - timedelta(days=31)}),
    ("C036", {"unheard": ("end",)}),
    ("C036", {"ways_to_stop": (Exchange("end", ()),)}),
    ("C036", {"ways_to_stop": (Exchange("end", (STOP, STOP)),)}),
    ("C037", {"without_evidence": 1}),
    ("C038", {"privacy_text": "We keep your data safe and use it for marketing."}),
    (
        "C032",
        {
            "first_opt_in": NOW - timedelta(days=90),
            "last_deactivation_file": NOW - timedelta(days=31),
        },
    ),
]


@pytest.mark.parametrize(("code", "changes"), BROKEN)
def test_what_is_broken_is_found_by_its_own_rule_alone(code: str, changes: dict[str, Any]) -> None:
    findings = failed(facts(**changes))
    assert [one.rule.code for one in findings] == [code]
    assert findings[0].verdict.why
    assert findings[0].rule.remedy


@pytest.mark.parametrize(
    "changes",
    [
        {"is_double_opt_in": True, "subscribed_at_once": False, "joining": DOUBLE},
        # The two messages of a double opt-in share what a confirmation must hold (handbook).
        {
            "is_double_opt_in": True,
            "subscribed_at_once": False,
            "joining": (Exchange("JOIN", (CONFIRMATION + " Reply YES",)), DOUBLE[1]),
            "confirmation": "Neon Nights: welcome. STOP to end.",
        },
        {"minimum_age": 21, "subscribed_at_once": False, **sent("Neon Nights: cocktails")},
        {"stop": Exchange("STOP", (), by_provider=True)},
        {"help": Exchange("HELP", (), by_provider=True)},
        {"stop_of_a_stranger": Exchange("STOP", (), by_provider=True)},
        {"privacy": Link(RECORD.privacy_url, None), "privacy_text": None},
        {"ways_to_stop": (Exchange("end", (), by_provider=True),)},
        {"joining": ()},
        {"broadcasts": ()},
        {"message_frequency": "Recurring messages", **sent(*[GOOD] * 9)},
        # The confirmation tells one of the two.
        {"message_frequency": "4 msgs/month, max 2 per day", **sent(*[GOOD] * 2)},
        {
            "message_frequency": "Up to 4 SMS a month",
            **confirmation(without="4 msgs/month", instead="4 SMS a month"),
        },
        sent(*[GOOD] * 3),
        sent(GOOD, "Neon Nights: first 100 in free. Guns N' Roses tribute, root beer"),
        sent("Neon Nights: tickets at https://neon.example/x"),
        # Thursday to Monday holds two business days; Thanksgiving lies ahead.
        {"waiting_opt_outs": (NOW - timedelta(days=4),)},
        {"first_opt_in": NOW - timedelta(days=90), "last_deactivation_file": NOW},
    ],
)
def test_what_is_in_order_passes(changes: dict[str, Any]) -> None:
    assert failing_codes(**changes) == []


def test_a_failure_shows_the_text_that_is_wrong() -> None:
    bad = "Neon Nights: bye! See you at the party on Friday."
    (finding,) = failed(facts(stop=Exchange("STOP", (bad,))))
    assert [quote.text for quote in finding.verdict.evidence] == [bad]
    assert finding.verdict.evidence[0].where == "A subscriber texts STOP"


def test_the_audit_says_of_every_promise_how_it_was_kept() -> None:
    given = facts(message_frequency="4 msgs/month, max 1 per day, 1 per week", **sent(GOOD, GOOD))
    (finding,) = failed(given)
    assert finding.verdict.why == (
        "At most 2 broadcasts went out in a day, and 1 are promised. "
        "At most 3 broadcasts went out in a week, and 1 are promised."
    )


def test_an_opt_out_is_missed_only_after_three_whole_business_days() -> None:
    wednesday = NOW - timedelta(days=5)  # 18 November, 13:00 in New York
    assert failing_codes(waiting_opt_outs=(wednesday,)) == []
    assert failing_codes(waiting_opt_outs=(wednesday - timedelta(seconds=1),)) == ["C023"]


def test_severities_are_those_of_the_handbook() -> None:
    severities = {one.code: one.severity for one in RULES}
    assert [code for code, severity in severities.items() if severity == 0] == [
        f"C00{number}" for number in range(1, 7)
    ]
    assert (severities["C008"], severities["C026"], severities["C034"]) == (1, 2, None)


def test_who_lets_the_provider_answer_help_is_told_what_its_answer_lacks() -> None:
    (found,) = [
        one
        for one in audit(facts(help=Exchange("HELP", (), by_provider=True)))
        if one.rule.code == "C029"
    ]
    assert found.passed
    assert "no link to the person's own page" in found.verdict.why
    assert "names the program and a contact" in found.verdict.why
