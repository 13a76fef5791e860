"""May a number be messaged, and because of which events: consent replayed up to a moment. Pure.

The replay follows models.consenting, which writes the events: an opt-out without a program ends
everything (47 CFR 64.1200(a)(12)), and only the person's own opt-in lifts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """Where somebody stood in a program."""

    never = "never"
    pending = "pending"
    subscribed = "subscribed"
    unsubscribed = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Fact:
    """A consent event. `kind` and `source` are the strings of models.ConsentKind and
    ConsentSource; without a program it is about everything."""

    event_id: int
    kind: str
    source: str
    program_id: int | None
    list_id: int | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """For one program: where the person stood, on which lists, and the events that made it so,
    the last one deciding."""

    standing: Standing = Standing.never
    lists: frozenset[int] = field(default_factory=frozenset)
    because: tuple[Fact, ...] = ()

    @property
    def may(self) -> bool:
        """Whether consent allowed a message."""
        return self.standing is Standing.subscribed


_ENDS = frozenset({"opted_out", "deactivated"})


def replay(facts: Iterable[Fact], program_ids: Iterable[int], at: datetime) -> dict[int, Answer]:
    """Program id to answer, as of `at` (inclusive). `facts` are one person's, in order of id."""
    answers = dict.fromkeys(program_ids, Answer())
    for fact in facts:
        if fact.occurred_at > at:
            continue
        touched = answers if fact.program_id is None else {fact.program_id} & answers.keys()
        for program_id in list(touched):
            answers[program_id] = _after(answers[program_id], fact)
    return answers


def _after(before: Answer, fact: Fact) -> Answer:
    """The answer after one more fact; one that changes nothing is no reason."""
    named = frozenset() if fact.list_id is None else frozenset({fact.list_id})
    match fact.kind:
        case "opted_in" | "requested":
            # Joining anew is consent to what the keyword names; START names no list and gives
            # back those of before.
            anew = before.standing is Standing.unsubscribed and bool(named)
            lists = named if anew else before.lists | named
            if fact.kind == "opted_in":
                return Answer(Standing.subscribed, lists, (*_reasons(before), fact))
            if before.standing is Standing.subscribed:
                return replace(before, lists=lists)
            return Answer(Standing.pending, lists, (*_revocation(before), fact))
        case "joined_list":
            return replace(before, lists=before.lists | named)
        case "left_list":
            return replace(before, lists=before.lists - named)
        case "lapsed" if before.standing is Standing.pending:
            return Answer(Standing.unsubscribed, before.lists, (*before.because, fact))
        case kind if kind in _ENDS:
            # Somebody who was never in the program is suppressed all the same.
            return Answer(Standing.unsubscribed, before.lists, (*_consent(before), fact))
        case _:
            return before


def _reasons(before: Answer) -> tuple[Fact, ...]:
    """What an opt-in answers: the request that it confirms, or the revocation that it lifts."""
    if before.standing is Standing.pending:
        return before.because
    return _revocation(before)


def _revocation(before: Answer) -> tuple[Fact, ...]:
    return tuple(fact for fact in before.because if fact.kind in _ENDS)[-1:]


def _consent(before: Answer) -> tuple[Fact, ...]:
    return tuple(fact for fact in before.because if fact.kind == "opted_in")[-1:]
