"""The shapes that most verdicts have, so that each rule says only what is its own."""

from collections.abc import Callable, Iterable

from compliance.rules.facts import Exchange, Facts, Sent
from compliance.rules.model import Quote, Verdict
from compliance.rules.pace import MONTH

CALL_TO_ACTION, CONFIRMATION = "Call-to-action", "Opt-in confirmation"


def each_holds(
    quotes: Iterable[Quote], holds: Callable[[str], bool], why_not: str, why: str
) -> Verdict:
    """Passed if `holds` is true of every text; the evidence is those of which it is not, or all."""
    quotes = tuple(quotes)
    bad = tuple(quote for quote in quotes if not holds(quote.text))
    if bad:
        places = " and ".join(quote.where.lower() for quote in bad)
        return Verdict(False, why_not.format(where=places), bad)
    return Verdict(True, why, quotes)


def before_joining(facts: Facts) -> tuple[Quote, Quote]:
    """The two texts that a consumer reads when joining. What a double opt-in asks belongs to the
    confirmation: the handbook lets the two messages share its parts."""
    asked = [answer for one in facts.rehearsal.joining[:-1] for answer in one.answers]
    return (
        Quote(CALL_TO_ACTION, facts.call_to_action),
        Quote(CONFIRMATION, "\n".join([*asked, facts.confirmation])),
    )


def confirmation(facts: Facts) -> Quote:
    """The opt-in confirmation alone."""
    return before_joining(facts)[1]


def answered(exchange: Exchange, who: str) -> tuple[Quote, ...]:
    """What a text was answered with, as evidence; also that it was not answered."""
    where = f"{who} texts {exchange.says}"
    if exchange.by_provider:
        return (Quote(where, "(Marquee keeps silent: the sender's provider answers this text.)"),)
    if not exchange.answers:
        return (Quote(where, "(no answer)"),)
    return tuple(Quote(where, answer) for answer in exchange.answers)


def everything_sent(facts: Facts) -> tuple[Quote, ...]:
    """Every text of the program that a consumer may read: what it says of itself, and its latest
    broadcasts."""
    replies = facts.rehearsal.help.answers + facts.rehearsal.stop.answers
    return (
        *before_joining(facts),
        *(Quote("Reply", text) for text in replies),
        *(quote_sent(sent) for sent in facts.broadcasts),
    )


def quote_sent(sent: Sent) -> Quote:
    """A broadcast as evidence."""
    return Quote(f"Broadcast of {sent.at:%Y-%m-%d}", sent.body)


def none_matches(
    quotes: Iterable[Quote], finds: Callable[[str], str | None], what: str, why: str
) -> Verdict:
    """Passed if `finds` finds nothing in any text; else says what it found first."""
    for quote in quotes:
        if found := finds(quote.text):
            return Verdict(False, what.format(found=found), (quote,))
    return Verdict(True, why)


def monthly(facts: Facts, tells: Callable[[str], bool], what: str) -> Verdict:
    """Passed if a broadcast of the last 30 days `tells` it, or there was none."""
    recent = [sent for sent in facts.broadcasts if sent.at > facts.now - MONTH]
    if not recent:
        return Verdict(True, "No broadcast went out in the last 30 days.")
    telling = next((sent for sent in recent if tells(sent.body)), None)
    if telling:
        return Verdict(True, f"A broadcast of the last 30 days {what}.", (quote_sent(telling),))
    return Verdict(
        False,
        f"Broadcasts of the last 30 days: {len(recent)}. Of these, none {what}.",
        (quote_sent(recent[0]),),
    )
