"""What people read before and when they join: the call-to-action and the opt-in confirmation."""

from collections.abc import Callable

from compliance.rules import wording
from compliance.rules.content import free_messages
from compliance.rules.draft import Draft
from compliance.rules.facts import Facts, Link
from compliance.rules.links import host_of
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
from compliance.rules.verdicts import (
    CALL_TO_ACTION,
    answered,
    before_joining,
    each_holds,
    everything_sent,
    none_matches,
)


def _both(tells: Callable[[str], bool], what: str) -> Callable[[Facts], Verdict]:
    """A rule that both texts must hold."""
    return lambda facts: each_holds(
        before_joining(facts),
        tells,
        f"The {{where}} does not say {what}.",
        f"Call-to-action and confirmation say {what}.",
    )


def _one(place: int, tells: Callable[[str], bool], what: str) -> Callable[[Facts], Verdict]:
    """A rule for one of the two texts: 0 the call-to-action, 1 the confirmation."""
    return lambda facts: each_holds(
        before_joining(facts)[place : place + 1],
        tells,
        f"The {{where}} does not say {what}.",
        f"It says {what}.",
    )


def _audit_confirmed(facts: Facts) -> Verdict:
    joining = facts.rehearsal.joining
    if joining and not joining[-1].answers and not joining[-1].by_provider:
        shown = tuple(quote for one in joining for quote in answered(one, "Somebody new"))
        return Verdict(False, "Who joins gets no confirmation.", shown)
    return _one(1, wording.tells_stop, "how to stop")(facts)


def _audit_not_shared(facts: Facts) -> Verdict:
    if facts.privacy_text is None:
        shown = (Quote("Link to the privacy policy", facts.privacy.url or "(none)"),)
        return Verdict(True, "The page is not Marquee's own: look yourself.", shown)
    return each_holds(
        (Quote("Privacy policy", facts.privacy_text),),
        wording.is_not_shared,
        "The {where} does not say that mobile data is not shared for marketing.",
        "It says so.",
    )


def _audit_name(facts: Facts) -> Verdict:
    return each_holds(
        before_joining(facts),
        lambda text: wording.names(text, facts.record.name),
        f"The {{where}} does not say “{facts.record.name}”.",
        "Call-to-action and confirmation name the program.",
    )


def _lint_name(draft: Draft) -> Remark | None:
    name = draft.record.name
    if not name or wording.names(draft.body, name):
        return None
    return Remark(
        Level.warning,
        "The message does not say who it is from.",
        f"Begin with “{name}: ”, so that people recognize you.",
    )


def _audit_product(facts: Facts) -> Verdict:
    description, name = facts.record.description, facts.record.name
    if not wording.mentions(description, description, ""):
        return Verdict(
            False, "The record does not say what people get.", (Quote("Description", description),)
        )
    return each_holds(
        before_joining(facts),
        lambda text: wording.mentions(text, description, name),
        f"The {{where}} does not say what people get: {description}.",
        "Call-to-action and confirmation say what people get.",
    )


def _audit_link(link: Callable[[Facts], Link], what: str) -> Callable[[Facts], Verdict]:
    def judge(facts: Facts) -> Verdict:
        url, answers = link(facts).url, link(facts).answers
        shown = (Quote(f"Link to the {what}", url or "(none)"),)
        if not url.startswith(("https://", "http://")):
            return Verdict(False, f"The record has no link to the {what}.", shown)
        if not host_of(url):
            return Verdict(False, f"The link to the {what} is no address of a page.", shown)
        if answers is False:
            return Verdict(False, f"There is no {what} of this program at this address.", shown)
        if url not in facts.call_to_action:
            return Verdict(
                False,
                f"The call-to-action does not link to the {what}.",
                (Quote(CALL_TO_ACTION, facts.call_to_action),),
            )
        checked = (
            "The page is Marquee's own, and answers."
            if answers
            else "The page is not Marquee's own: look yourself whether it answers."
        )
        return Verdict(True, checked, shown)

    return judge


def _audit_free(facts: Facts) -> Verdict:
    return none_matches(
        (Quote("Description", facts.record.description), *everything_sent(facts)),
        free_messages,
        "It calls its messages free: “{found}”.",
        "No text calls its messages free.",
    )


def _lint_free(draft: Draft) -> Remark | None:
    found = free_messages(draft.body)
    return (
        Remark(Level.warning, f"“{found}” calls messages free that carriers charge for.")
        if (found)
        else None
    )


def _audit_contact(facts: Facts) -> Verdict:
    rehearsal = facts.rehearsal
    both = ((rehearsal.help, "A subscriber"), (rehearsal.help_of_a_stranger, "A stranger"))
    for one, who in both:
        # The link to the person's own page reaches nobody.
        words = [answer.replace(rehearsal.own_page, "") for answer in one.answers]
        if words and not any(map(wording.gives_contact, words)):
            return Verdict(False, "The answer to HELP gives no contact.", answered(one, who))
    return each_holds(
        before_joining(facts),
        wording.tells_help,
        "The {where} tells neither HELP nor a contact.",
        "Call-to-action and confirmation tell HELP or a contact; the answer to HELP gives one.",
    )


RULES = (
    Rule(
        "C011",
        Severity.serious,
        "The call-to-action says how to stop",
        f"{HANDBOOK}, severity 1: STOP missing from the call-to-action",
        "Add “STOP to cancel” to the call-to-action.",
        _one(0, wording.tells_stop, "how to stop"),
    ),
    Rule(
        "C012",
        Severity.serious,
        "The opt-in confirmation says how to stop",
        f"{HANDBOOK}, severity 1: STOP missing from the confirmation",
        "Add how to stop, e.g. “STOP to cancel”.",
        _audit_confirmed,
    ),
    Rule(
        "C013",
        Severity.serious,
        "People are told what they get",
        f"{HANDBOOK}, severity 1: no product description",
        "Say what people get, in the words of the program's description.",
        _audit_product,
    ),
    Rule(
        "C014",
        Severity.serious,
        "The privacy policy is linked, and is there",
        f"{HANDBOOK}, severity 1: no privacy link",
        "Give the program the address of its privacy policy, e.g. its own /p/…/privacy page.",
        _audit_link(lambda facts: facts.privacy, "privacy policy"),
    ),
    Rule(
        "C015",
        Severity.serious,
        "The terms are linked, and are there",
        f"{HANDBOOK}, severity 1: no terms link",
        "Give the program the address of its terms, e.g. its own /p/…/terms page.",
        _audit_link(lambda facts: facts.terms, "terms"),
    ),
    Rule(
        "C017",
        Severity.serious,
        "Messages are not called free",
        f"{HANDBOOK}, severity 1: misuse of “free”",
        "Say “free” of what you give away, never of the messages.",
        _audit_free,
        _lint_free,
    ),
    Rule(
        "C024",
        Severity.serious,
        "Consent is no condition of purchase, and the call-to-action says so",
        "47 CFR 64.1200(f)(9)",
        "Add “Consent is not a condition of purchase” to the call-to-action.",
        _one(0, wording.is_no_condition, "that consent is no condition of purchase"),
    ),
    Rule(
        "C025",
        Severity.minor,
        "People are told that messages recur",
        f"{HANDBOOK}, severity 2: no recurring-messages statement",
        "Add how often you write, e.g. “Up to 4 msgs/month”, or “Recurring messages”.",
        _both(wording.tells_recurring, "that messages recur, or how often"),
    ),
    Rule(
        "C026",
        Severity.minor,
        "People are told that message and data rates may apply",
        f"{HANDBOOK}, severity 2: no rates statement",
        "Add “Msg & data rates may apply”.",
        _both(wording.tells_rates, "that message and data rates may apply"),
    ),
    Rule(
        "C027",
        Severity.minor,
        "People are told where they get help",
        f"{HANDBOOK}, severity 2: no customer care contact",
        "Add how to get help, e.g. “Reply HELP for help”, and a contact to the HELP answer.",
        _audit_contact,
    ),
    Rule(
        "C028",
        Severity.minor,
        "People are told who writes",
        f"{HANDBOOK}, severity 2: no program name; {PRINCIPLES}",
        "Add the program's name, so that people know who writes.",
        _audit_name,
        _lint_name,
    ),
    Rule(
        "C038",
        Severity.serious,
        "The privacy policy says that mobile data is not shared for marketing",
        "Registration of 10DLC and toll-free senders",
        "Say there that mobile data is not shared with third parties for marketing.",
        _audit_not_shared,
    ),
)
