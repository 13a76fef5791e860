"""What the program has done: consent behind each message, and numbers and texts looked after."""

from datetime import timedelta

from compliance.business_days import business_days_after
from compliance.rules.facts import Facts
from compliance.rules.model import HANDBOOK, Quote, Rule, Severity, Verdict

JUDGED_WITHIN = 3  # business days
# Carriers publish deactivated numbers daily, and the handbook gives three business days from then
# on. What they published Marquee cannot know; a month without any file is surely too long.
FILE_EVERY = timedelta(days=30)


def _audit_unsolicited(facts: Facts) -> Verdict:
    number = facts.conduct.unsolicited
    if number:
        return Verdict(False, f"{number:,} messages went to people without consent at that moment.")
    return Verdict(True, "Each message looked at went to somebody with consent at that moment.")


def _audit_waiting(facts: Facts) -> Verdict:
    late = [
        at
        for at in facts.conduct.waiting_opt_outs
        if business_days_after(at, JUDGED_WITHIN) < facts.now
    ]
    if late:
        oldest = Quote("Waiting longest", f"a text of {min(late):%Y-%m-%d %H:%M} UTC")
        texts = "1 unclear text waits" if len(late) == 1 else f"{len(late):,} unclear texts wait"
        return Verdict(
            False, f"{texts} longer than {JUDGED_WITHIN} business days for a judgement.", (oldest,)
        )
    return Verdict(
        True, f"No unclear text waits longer than {JUDGED_WITHIN} business days for a judgement."
    )


def _audit_deactivated(facts: Facts) -> Verdict:
    first, last = facts.conduct.first_opt_in, facts.conduct.last_deactivation_file
    shown = (Quote("Last file", f"{last:%Y-%m-%d}" if last else "(none yet)"),)
    if last and facts.now - last <= FILE_EVERY:
        return Verdict(True, "A file of deactivated numbers came within the last month.", shown)
    if first is None or facts.now - first <= FILE_EVERY:
        return Verdict(True, "Nobody has been subscribed for a month yet.", shown)
    return Verdict(False, "No file of deactivated numbers came within the last month.", shown)


def _audit_evidence(facts: Facts) -> Verdict:
    missing = facts.conduct.without_evidence
    if missing:
        return Verdict(False, f"What the opt-in of {missing:,} was made of is not on record.")
    return Verdict(
        True,
        f"Words or page, number, time and way of the {facts.conduct.people} are on record.",
    )


RULES = (
    Rule(
        "C007",
        Severity.serious,
        "Nobody gets a message without consent",
        f"{HANDBOOK}, severity 1: unsolicited message; 47 CFR 64.1200(a)(2)",
        "Look at the STOP report for who it was, and write to nobody by another way.",
        _audit_unsolicited,
    ),
    Rule(
        "C023",
        Severity.serious,
        "Missed opt-outs are looked for",
        f"{HANDBOOK}: inbound logs are scanned; 47 CFR 64.1200(a)(10)",
        "Judge the marked texts in the Inbox. The clock treats what is left as STOP.",
        _audit_waiting,
    ),
    Rule(
        "C032",
        Severity.minor,
        "Deactivated numbers are taken off",
        f"{HANDBOOK}: deactivated numbers are processed within three business days",
        "Import the carriers' file of deactivated numbers, which your provider hands on.",
        _audit_deactivated,
    ),
    Rule(
        "C037",
        Severity.serious,
        "Of each opt-in there is a record",
        f"{HANDBOOK}: the consent record holds time, medium, words or action, program and number",
        "Take those people off, and ask them to join by keyword or on the sign-up page.",
        _audit_evidence,
    ),
)
