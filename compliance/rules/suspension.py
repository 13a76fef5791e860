"""Severity 0: what gets a program suspended at once."""

import re

from compliance.rules.content import FORBIDDEN, GATED, found_in
from compliance.rules.draft import Draft
from compliance.rules.facts import Facts, Record
from compliance.rules.links import links_in
from compliance.rules.model import HANDBOOK, Level, Quote, Remark, Rule, Severity, Verdict
from compliance.rules.verdicts import answered, everything_sent, none_matches
from compliance.rules.wording import names

_SEVERITY_0 = f"{HANDBOOK}, severity 0"
# Whose name swindlers borrow in texts: parcels, tax, banks, payments, big shops.
_BORROWED = re.compile(
    r"^\W*(usps|ups|fedex|dhl|irs|ssa|medicare|amazon|paypal|netflix|apple|microsoft|google"
    r"|wells fargo|bank of america|chase|citibank|venmo|zelle|cash app|costco|walmart)\b\W*[:\-–—]",
    re.IGNORECASE,
)


def _forbidden(text: str) -> str | None:
    found = found_in(text, FORBIDDEN)
    return f"“{found[0][1]}” ({found[0][0]})" if found else None


def _audit_forbidden(facts: Facts) -> Verdict:
    return none_matches(
        _all_texts(facts), _forbidden, "It says {found}.", "No text of the program says such words."
    )


def _lint_forbidden(draft: Draft) -> Remark | None:
    found = _forbidden(draft.body)
    return Remark(Level.error, f"Carriers suspend programs for {found}.") if found else None


def _audit_gate(facts: Facts) -> Verdict:
    age, joining = facts.record.minimum_age, facts.rehearsal.joining
    if age is None:
        return none_matches(
            _all_texts(facts),
            _gated,
            "It says {found}, and the program asks nobody's age.",
            "No text of the program says words that need an age gate.",
        )
    if facts.rehearsal.subscribed_at_once:
        return Verdict(
            False,
            f"The program is for people of {age} or older, and its keyword subscribes without "
            "asking.",
            answered(joining[0], "Somebody new"),
        )
    shown = answered(joining[0], "Somebody new") if joining else ()
    return Verdict(True, f"Who joins is asked to be {age} or older first.", shown)


def _lint_gate(draft: Draft) -> Remark | None:
    found = _gated(draft.body)
    if not found:
        return None
    if draft.record.minimum_age is None:
        return Remark(Level.error, f"Carriers allow {found} behind an age gate only.")
    return Remark(
        Level.warning,
        f"This says {found}. Your age gate covers it where it is legal.",
        "Be sure that it is legal wherever your list lives; carriers refuse cannabis everywhere.",
    )


def _gated(text: str) -> str | None:
    found = found_in(text, GATED)
    return f"“{found[0][1]}” ({found[0][0]})" if found else None


def _all_texts(facts: Facts) -> tuple[Quote, ...]:
    return (Quote("Description", facts.record.description), *everything_sent(facts))


def _audit_opt_ins(facts: Facts) -> Verdict:
    missing, rehearsal = facts.conduct.without_opt_in, facts.rehearsal
    if missing:
        return Verdict(False, f"{missing:,} are subscribed without an opt-in on record.")
    if rehearsal.garbage_subscribes:
        return Verdict(
            False,
            "A text that asks for nothing subscribed its sender.",
            answered(rehearsal.garbage, "A stranger"),
        )
    if rehearsal.joining and not rehearsal.subscribed:
        return Verdict(
            False,
            "Who did all that was asked was not subscribed.",
            tuple(quote for one in rehearsal.joining for quote in answered(one, "Somebody new")),
        )
    return Verdict(True, f"Each of the {facts.conduct.people} has an opt-in on record.")


def _audit_shared(facts: Facts) -> Verdict:
    joined, shared = facts.rehearsal.joined_programs, facts.conduct.shared_opt_ins
    if len(joined) > 1:
        return Verdict(False, f"One keyword joined several programs: {', '.join(joined)}.")
    if shared:
        return Verdict(False, f"{shared:,} opt-ins on record were taken for several programs.")
    return Verdict(True, "Each opt-in on record was taken for one program.")


def deceptive_link(text: str, record: Record) -> str | None:
    """The first link of a text that hides where it leads.

    The brand may itself live at a bare address, on a machine where somebody tries this out.
    """
    own = {link.host for url in (record.terms_url, record.privacy_url) for link in links_in(url)}
    for link in links_in(text):
        if (link.is_address or link.hides_its_host) and link.host not in own:
            return link.text
    return None


def _audit_phishing(facts: Facts) -> Verdict:
    return none_matches(
        everything_sent(facts),
        lambda text: deceptive_link(text, facts.record),
        "The link {found} hides where it leads.",
        "Every link shows where it leads.",
    )


def _lint_phishing(draft: Draft) -> Remark | None:
    found = deceptive_link(draft.body, draft.record)
    return (
        Remark(Level.error, f"The link {found} looks like phishing to a carrier.")
        if found
        else None
    )


def impersonated(text: str, program_name: str) -> str | None:
    """Whose name a text begins with, if swindlers borrow it and it is not the program's."""
    found = _BORROWED.match(text)
    return found[1] if found and not names(program_name, found[1]) else None


def _audit_impersonation(facts: Facts) -> Verdict:
    return none_matches(
        everything_sent(facts),
        lambda text: impersonated(text, facts.record.name),
        "It speaks in the name of {found}.",
        "Every text speaks in the program's own name.",
    )


def _lint_impersonation(draft: Draft) -> Remark | None:
    found = impersonated(draft.body, draft.record.name)
    return Remark(Level.error, f"This speaks in the name of {found}.") if found else None


RULES = (
    Rule(
        "C001",
        Severity.suspension,
        "No text speaks of sex or hate",
        f"{_SEVERITY_0}: prohibited content",
        "Take it out: no age gate makes it allowed.",
        _audit_forbidden,
        _lint_forbidden,
    ),
    Rule(
        "C002",
        Severity.suspension,
        "Alcohol, firearms and tobacco stand behind an age gate",
        f"{_SEVERITY_0}: age-gated content",
        "Take it out, or give the program a minimum age, so that who joins is asked first.",
        _audit_gate,
        _lint_gate,
    ),
    Rule(
        "C003",
        Severity.suspension,
        "Everybody who is subscribed opted in",
        f"{_SEVERITY_0}: no valid opt-in; 47 CFR 64.1200(a)(2)",
        "Take those people off, and ask them to join by keyword or on the sign-up page.",
        _audit_opt_ins,
    ),
    Rule(
        "C004",
        Severity.suspension,
        "An opt-in counts for one program only",
        f"{_SEVERITY_0}: opt-ins shared between codes",
        "Ask each person once for each program.",
        _audit_shared,
    ),
    Rule(
        "C005",
        Severity.suspension,
        "No link deceives",
        f"{_SEVERITY_0}: phishing",
        "Link to a page on your own domain, by its name.",
        _audit_phishing,
        _lint_phishing,
    ),
    Rule(
        "C006",
        Severity.suspension,
        "Nobody else's name is used",
        f"{_SEVERITY_0}: impersonation",
        "Begin with your own program's name.",
        _audit_impersonation,
        _lint_impersonation,
    ),
)
