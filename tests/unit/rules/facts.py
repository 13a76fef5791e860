"""A program that does everything right, to break in one place at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from compliance.rules import (
    Conduct,
    Draft,
    Exchange,
    Facts,
    Finding,
    History,
    Link,
    Point,
    Recipients,
    Record,
    Rehearsal,
    Sent,
    audit,
    lint,
)

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # a Monday, 13:00 in New York
RECORD = Record(
    name="Neon Nights",
    description="Club nights, concerts and guest-list offers",
    message_frequency="Up to 4 msgs/month",
    support_contact="help@neon.example",
    terms_url="https://neon.example/p/neon-nights/terms",
    privacy_url="https://neon.example/p/neon-nights/privacy",
)
CALL_TO_ACTION = (
    "Neon Nights: Club nights and concerts. Text JOIN to 24680. You agree to receive recurring "
    "automated texts. Consent is not a condition of purchase. Up to 4 msgs/month. Msg & data rates "
    "may apply. Reply HELP for help, STOP to cancel. Terms: "
    f"{RECORD.terms_url} Privacy: {RECORD.privacy_url}"
)
CONFIRMATION = (
    "Neon Nights: you are in! Club nights, concerts. Up to 4 msgs/month. Msg & data rates may "
    "apply. Reply HELP for help, STOP to cancel."
)
ASK = "Neon Nights: reply YES to get Club nights. Up to 4 msgs/month. STOP to cancel."
HELP = "Neon Nights: club nights. Help: help@neon.example. Reply STOP to cancel."
STOP = "Neon Nights: you are unsubscribed and will get no more messages."
GARBAGE = "Neon Nights: sorry, we did not understand that. HELP for help, STOP to cancel."
GOOD = "Neon Nights: Friday 23h, doors open late. Reply STOP to end, HELP for help"
REHEARSAL = Rehearsal(
    joining=(Exchange("JOIN", (CONFIRMATION,)),),
    subscribed_at_once=True,
    subscribed=True,
    joined_programs=("Neon Nights",),
    help=Exchange("HELP", (HELP,)),
    help_of_a_stranger=Exchange("HELP", (HELP,)),
    garbage=Exchange("qwzx", (GARBAGE,)),
    garbage_subscribes=False,
    stop=Exchange("STOP", (STOP,)),
    stood_in=("Neon Nights",),
    left_standing=(),
    stop_suppresses=True,
    stop_of_a_stranger=Exchange("STOP", (STOP,)),
    ways_to_stop=(Exchange("end", (STOP,)), Exchange("STOP with a picture", (STOP,))),
)


def facts(**changes: Any) -> Facts:
    """The good program with `changes`: fields of Facts, or of its record, rehearsal or conduct."""
    whole = Facts(
        record=RECORD,
        call_to_action=CALL_TO_ACTION,
        confirmation=CONFIRMATION,
        terms=Link(RECORD.terms_url, True),
        privacy=Link(RECORD.privacy_url, True),
        rehearsal=REHEARSAL,
        conduct=Conduct(subscribers=3, first_opt_in=NOW - timedelta(days=3)),
        now=NOW,
        broadcasts=(Sent(GOOD, NOW - timedelta(days=2), 1),),
        privacy_text="No mobile information is shared with third parties for marketing.",
    )
    for name, value in changes.items():
        for part in ("record", "rehearsal", "conduct"):
            if hasattr(getattr(whole, part), name):
                whole = replace(whole, **{part: replace(getattr(whole, part), **{name: value})})
                break
        else:
            whole = replace(whole, **{name: value})
    return whole


def failed(given: Facts) -> list[Finding]:
    """What does not pass."""
    return [one for one in audit(given) if not one.passed]


def failing_codes(**changes: Any) -> list[str]:
    return [one.rule.code for one in failed(facts(**changes))]


def draft(body: str = GOOD, **changes: Any) -> Draft:
    """A draft of the good program to two New Yorkers at noon, with `changes`."""
    record = {name: changes.pop(name) for name in list(changes) if hasattr(RECORD, name)}
    given: dict[str, Any] = {
        "record": replace(RECORD, **record),
        "at": NOW,
        "timezone": "America/New_York",
        "history": History(),
        "recipients": (Recipients("US-NY|America/New_York", 2),),
        "audience": 2,
    }
    return Draft(body, **(given | changes))


def points(body: str = GOOD, **changes: Any) -> list[Point]:
    return lint(draft(body, **changes))


def point(code: str, body: str = GOOD, **changes: Any) -> Point:
    """What the linter says by one rule."""
    return next(one for one in points(body, **changes) if one.code == code)


def said(body: str = GOOD, **changes: Any) -> dict[str, str]:
    """The code of each thing that the linter says, with its level."""
    return {point.code: point.level.value for point in points(body, **changes)}
