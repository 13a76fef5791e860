"""How the program answers: STOP, HELP, a yes, and texts that nobody can read."""

from compliance.rules import wording
from compliance.rules.facts import Exchange, Facts
from compliance.rules.model import HANDBOOK, Quote, Rule, Severity, Verdict
from compliance.rules.promises import promised, told
from compliance.rules.verdicts import answered, confirmation

_PROVIDER_HELPS = (
    "The provider answers HELP by itself, as the sender is set. Marquee does not see that answer: "
    "make sure that it names the program and a contact. It has no link to the person's own page, "
    "which only Marquee's answers carry."
)


def _silent_for_provider(exchange: Exchange) -> bool:
    return exchange.by_provider and not exchange.answers


def _audit_stop(facts: Facts) -> Verdict:
    stop, name = facts.rehearsal.stop, facts.record.name
    shown = answered(stop, "A subscriber")
    if _silent_for_provider(stop):
        return Verdict(True, "The provider answers STOP by itself, as the sender is set.", shown)
    if stop.by_provider:
        return Verdict(False, "Both the provider and Marquee answer STOP.", shown)
    if len(stop.answers) != 1:
        return Verdict(False, f"STOP gets {len(stop.answers)} answers instead of one.", shown)
    lacks = [
        what
        for what, is_there in (
            ("the program's name", wording.names(stop.answers[0], name)),
            ("that no more messages come", wording.says_no_more(stop.answers[0])),
        )
        if not is_there
    ]
    if lacks:
        return Verdict(False, f"The answer lacks {' and '.join(lacks)}.", shown)
    if found := wording.marketing_in(stop.answers[0], name):
        return Verdict(False, f"The answer sells something: “{found}”.", shown)
    return Verdict(True, "One answer, which names the program and says no more messages.", shown)


def _audit_stop_ends(facts: Facts) -> Verdict:
    left = facts.rehearsal.left_standing
    if left:
        return Verdict(False, f"After STOP these still stand: {', '.join(left)}.")
    if not facts.rehearsal.stop_suppresses:
        return Verdict(False, "After STOP the number could still be messaged.")
    # The names of other programs are not every auditor's business.
    number = len(facts.rehearsal.stood_in)
    programs = "1 program" if number == 1 else f"{number} programs"
    return Verdict(
        True,
        f"Somebody who was in {programs} of the sender is in none after STOP, and the number is "
        "suppressed.",
    )


def _audit_strangers_stop(facts: Facts) -> Verdict:
    stop = facts.rehearsal.stop_of_a_stranger
    shown = answered(stop, "A stranger")
    if _silent_for_provider(stop):
        return Verdict(True, "The provider answers STOP by itself, as the sender is set.", shown)
    if len(stop.answers) != 1:
        return Verdict(False, f"STOP of a stranger gets {len(stop.answers)} answers.", shown)
    # The program's own words are judged by C008; a stranger may get others.
    is_other = stop.answers[0] not in facts.rehearsal.stop.answers
    if is_other and not wording.says_no_more(stop.answers[0]):
        return Verdict(False, "The answer does not say that no more messages come.", shown)
    return Verdict(True, "STOP is answered once, subscribed or not.", shown)


def _audit_ways_to_stop(facts: Facts) -> Verdict:
    shown = tuple(
        quote for one in facts.rehearsal.ways_to_stop for quote in answered(one, "Somebody")
    )
    if unheard := facts.rehearsal.unheard:
        return Verdict(False, f"These change nothing: {', '.join(unheard)}.", shown)
    for one in facts.rehearsal.ways_to_stop:
        if not _silent_for_provider(one) and len(one.answers) != 1:
            return Verdict(False, f"“{one.says}” gets {len(one.answers)} answers.", shown)
    return Verdict(True, "Each of them ends everything, and is answered once.", shown)


def _audit_record(facts: Facts) -> Verdict:
    record, rehearsal = facts.record, facts.rehearsal
    replies = (
        *answered(rehearsal.help, "A subscriber"),
        *answered(rehearsal.help_of_a_stranger, "A stranger"),
        *answered(rehearsal.garbage, "A stranger"),
    )
    for quote in replies:
        if not quote.text.startswith("(") and not wording.names(quote.text, record.name):
            return Verdict(False, f"The answer does not say “{record.name}”.", (quote,))
    registered = promised(record.message_frequency)
    for quote in (confirmation(facts), *replies):
        # A text may leave one of several promises out, but must not make another.
        other = next((one for one in told(quote.text) if one not in registered), None)
        if registered and other:
            return Verdict(
                False,
                f"Registered is “{record.message_frequency}”, and people read "
                f"{other.number} in {other.span}.",
                (quote,),
            )
    return Verdict(True, "What the answers say agrees with the program's record.", replies)


def _audit_help(facts: Facts) -> Verdict:
    both = (
        (facts.rehearsal.help, "A subscriber"),
        (facts.rehearsal.help_of_a_stranger, "A stranger"),
    )
    shown: list[Quote] = []
    for exchange, who in both:
        shown += answered(exchange, who)
        if not exchange.answers and not exchange.by_provider:
            return Verdict(False, f"HELP of {who.lower()} gets no answer.", tuple(shown))
    if any(_silent_for_provider(exchange) for exchange, _ in both):
        return Verdict(True, _PROVIDER_HELPS, tuple(shown))
    return Verdict(True, "HELP is answered, subscribed or not.", tuple(shown))


def _audit_yes(facts: Facts) -> Verdict:
    if not facts.record.is_double_opt_in:
        return Verdict(True, "The program's opt-in is single: nothing is asked.")
    joining = facts.rehearsal.joining
    if not joining:
        return Verdict(True, "No keyword leads to the program yet.")
    shown = tuple(quote for one in joining for quote in answered(one, "Somebody new"))
    question = " ".join(answer for one in joining[:-1] for answer in one.answers)
    if facts.rehearsal.subscribed_at_once:
        return Verdict(False, "The keyword alone subscribes, before any yes.", shown)
    if not wording.asks_for_yes(question):
        return Verdict(False, "Nobody is asked for a YES.", shown)
    if not wording.names(question, facts.record.name):
        return Verdict(False, "The question does not name the program.", shown)
    return Verdict(True, "A YES is asked for, and only it subscribes.", shown)


RULES = (
    Rule(
        "C008",
        Severity.serious,
        "STOP gets exactly one answer: program name, no more messages, nothing else",
        f"{HANDBOOK}, severity 1: incorrect STOP response; 47 CFR 64.1200(a)(12)",
        "Empty the program's own STOP text, and Marquee writes it; or mend that text.",
        _audit_stop,
    ),
    Rule(
        "C009",
        Severity.serious,
        "STOP ends everything that is sent to the number",
        f"{HANDBOOK}: STOP ends all programs on the code; 47 CFR 64.1200(a)(10) and (12)",
        "Report this: no setting of yours can cause it.",
        _audit_stop_ends,
    ),
    Rule(
        "C010",
        Severity.serious,
        "STOP of somebody who is not subscribed is answered",
        f"{HANDBOOK}, severity 1: incorrect STOP response",
        "Let the sender's replies come from Marquee, or from the provider: somebody must answer.",
        _audit_strangers_stop,
    ),
    Rule(
        "C016",
        Severity.serious,
        "The answers agree with the registered program",
        f"{HANDBOOK}, severity 1: mismatch with the registered program",
        "Use one program name and one promise everywhere: mend the reply texts or the record.",
        _audit_record,
    ),
    Rule(
        "C022",
        Severity.serious,
        "A double opt-in asks, and only a YES subscribes",
        f"{HANDBOOK}: double opt-in",
        "Report this: no setting of yours can cause it.",
        _audit_yes,
    ),
    Rule(
        "C029",
        Severity.minor,
        "HELP is answered, subscribed or not",
        f"{HANDBOOK}, severity 2: no HELP reply",
        "Let the sender's replies come from Marquee, or from the provider: somebody must answer.",
        _audit_help,
    ),
    Rule(
        "C036",
        Severity.serious,
        "Every way to say STOP works",
        f"{HANDBOOK}: END, CANCEL, QUIT, UNSUBSCRIBE and plain language, by MMS as by SMS; "
        "47 CFR 64.1200(a)(10)",
        "Report this: no setting of yours can cause it.",
        _audit_ways_to_stop,
    ),
)
