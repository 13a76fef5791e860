"""How the program writes: what each broadcast, and all of a month together, must keep to."""

from compliance.rules import wording
from compliance.rules.draft import Draft
from compliance.rules.facts import Facts, Record
from compliance.rules.links import TextLink, brand_domains, is_brands, links_in
from compliance.rules.model import (
    HANDBOOK,
    PRINCIPLES,
    Level,
    Quote,
    Remark,
    Rule,
    Severity,
    Verdict,
)
from compliance.rules.pace import MONTH, Since, busiest, busiest_around
from compliance.rules.price import replaceable, what_they_cost
from compliance.rules.promises import Promise, promised
from compliance.rules.verdicts import everything_sent, monthly, none_matches, quote_sent


def _shortened(text: str, record: Record) -> str | None:
    """The host of the first link through a shortener that is not the brand's own."""
    own = _own_domains(record)
    return next((link.host for link in links_in(text) if link.is_shortened(own)), None)


def _own_domains(record: Record) -> frozenset[str]:
    return brand_domains(record.terms_url, record.privacy_url, record.support_contact)


def _audit_shorteners(facts: Facts) -> Verdict:
    return none_matches(
        everything_sent(facts),
        lambda text: _shortened(text, facts.record),
        "It links through {found}, which everybody uses.",
        "No link goes through a public shortener.",
    )


def _lint_shorteners(draft: Draft) -> Remark | None:
    host = _shortened(draft.body, draft.record)
    return Remark(Level.warning, f"Carriers often block links from {host}.") if host else None


def _lint_links(draft: Draft) -> Remark | None:
    domains = _own_domains(draft.record)
    for link in links_in(draft.body):
        if link.is_shortened(domains) or not domains:
            continue
        if not is_brands(link, domains):
            return Remark(
                Level.warning,
                f"The link leads to {link.host}, which is not a place of the brand's own.",
                f"Link to a page on {' or '.join(sorted(domains))}.",
            )
        if link.is_plain_http and not _is_own_page(link, draft):
            return Remark(Level.warning, "The link is not encrypted.", "Begin it with https://.")
    return None


def _is_own_page(link: TextLink, draft: Draft) -> bool:
    return any(
        url.startswith("http://") and own.host == link.host
        for url in (draft.record.terms_url, draft.record.privacy_url)
        for own in links_in(url)
    )


def _audit_frequency(facts: Facts) -> Verdict:
    promises = promised(facts.record.message_frequency)
    shown = (Quote("Promised", facts.record.message_frequency),)
    if not promises:
        return Verdict(True, "The promise names no number that could be exceeded.", shown)
    # A program's broadcasts are planned by one clock as a rule: that of the latest.
    zone = next((sent.timezone for sent in facts.broadcasts), "UTC")
    kept, broken = [], []
    for promise in promises:
        most = busiest((sent.at for sent in facts.broadcasts), _window(promise, zone))
        said = f"At most {most} broadcasts went out in {promise.span}"
        if most > promise.number:
            broken.append(f"{said}, and {promise.number} are promised.")
        else:
            kept.append(f"{said}; {promise.number} are promised.")
    if broken:
        evidence = (*shown, *map(quote_sent, facts.broadcasts))
        return Verdict(False, " ".join(broken), evidence)
    return Verdict(True, " ".join(kept), shown)


def _window(promise: Promise, zone: str) -> Since:
    return lambda end: promise.since(end, zone)


def _lint_frequency(draft: Draft) -> Remark | None:
    if draft.at is None:
        return None
    zone = draft.timezone
    broken = [
        f"{most} of this program in {promise.span}"
        for promise in promised(draft.record.message_frequency)
        if (most := busiest_around(draft.at, draft.history.sent_at, _window(promise, zone)))
        > promise.number
    ]
    if not broken:
        return None
    return Remark(
        Level.warning,
        f"It would be number {' and number '.join(broken)}, and people were promised "
        f"“{draft.record.message_frequency}”. Whoever has had as many by then is skipped.",
    )


def _audit_monthly_stop(facts: Facts) -> Verdict:
    return monthly(facts, wording.tells_stop, "says how to stop")


def _lint_monthly_stop(draft: Draft) -> Remark | None:
    told = draft.history.stop_told_at
    lately = told is not None and (draft.at is None or draft.at - told < MONTH)
    if lately or wording.tells_stop(draft.body):
        return None
    return Remark(
        Level.warning,
        "The message does not say how to stop, and no other of the last 30 days does.",
    )


def _audit_monthly_contact(facts: Facts) -> Verdict:
    return monthly(facts, wording.tells_help, "tells HELP or a contact")


def _lint_monthly_contact(draft: Draft) -> Remark | None:
    told = draft.history.contact_told_at
    lately = told is not None and (draft.at is None or draft.at - told < MONTH)
    if lately or wording.tells_help(draft.body):
        return None
    return Remark(Level.hint, "A message a month must say where people get help.")


def _lint_shouting(draft: Draft) -> Remark | None:
    if not wording.shouts(draft.body, draft.record.name):
        return None
    return Remark(Level.warning, "The message shouts, as spam does.")


def _lint_price(draft: Draft) -> Remark | None:
    costly = tuple(replaceable(draft.body))
    if not costly:
        return None
    text, is_dearer = what_they_cost(draft.body, costly)
    return Remark(Level.warning if is_dearer else Level.hint, text, costly=costly)


RULES = (
    Rule(
        "C018",
        Severity.serious,
        "No public link shorteners",
        f"{PRINCIPLES}; registration of 10DLC and toll-free senders",
        "Use a link on your own domain.",
        _audit_shorteners,
        _lint_shorteners,
    ),
    Rule(
        "C019",
        Severity.serious,
        "Links lead to the brand's own domain, encrypted",
        f"{PRINCIPLES}, section 5",
        "Link to a page of the brand's own.",
        lint=_lint_links,
    ),
    Rule(
        "C020",
        Severity.serious,
        "No more messages than promised",
        f"{HANDBOOK}, severity 1: mismatch with the registered program",
        "Wait, or register a higher frequency and tell it to people.",
        _audit_frequency,
        _lint_frequency,
    ),
    Rule(
        "C030",
        Severity.minor,
        "A broadcast says how to stop at least once a month",
        f"{HANDBOOK}: opt-out wording once a month",
        "Add “Reply STOP to end”. In every message is safest.",
        _audit_monthly_stop,
        _lint_monthly_stop,
    ),
    Rule(
        "C031",
        Severity.minor,
        "A broadcast says where people get help at least once a month",
        f"{HANDBOOK}: customer care contact once a month",
        "Add “HELP for help” to one of them.",
        _audit_monthly_contact,
        _lint_monthly_contact,
    ),
    Rule(
        "C033",
        Severity.minor,
        "No shouting",
        f"{PRINCIPLES}, and the carriers' spam filters",
        "Use capitals for STOP and HELP, and one exclamation mark.",
        lint=_lint_shouting,
    ),
    Rule(
        "C034",
        None,
        "No character doubles the price",
        "3GPP TS 23.038",
        "Replace them to pay less.",
        lint=_lint_price,
    ),
)
