"""Consent as a sequential machine: where one person stands after texts that came one by one.

Written from docs/STATES.md and docs/GLOSSARY.md alone, for the demo program: single opt-in, three
keywords, each leading to a list.
"""

from dataclasses import dataclass, replace
from itertools import permutations

LISTS = {"JOIN": "All guests", "TECHNO": "Techno nights", "JAZZ": "Jazz evenings"}
TEXTS = (*LISTS, "STOP", "START", "LEAVE TECHNO", "HELP")


@dataclass(frozen=True, slots=True)
class Person:
    """`state` is None before the first joining; `events` counts the consent events written."""

    state: str | None = None
    lists: frozenset[str] = frozenset()
    suppressed: bool = False
    events: int = 0

    def after(self, text: str) -> "Person":
        """Where the person stands when this text has come."""
        if text in LISTS:
            return self._joined(LISTS[text])
        if text == "STOP":
            # A second STOP is recorded too: each is a revocation with evidence of its own.
            state = self.state and "unsubscribed"
            return replace(self, state=state, suppressed=True, events=self.events + 1)
        if text == "START" and self.state == "unsubscribed":
            return replace(self, state="subscribed", suppressed=False, events=self.events + 1)
        if text == "LEAVE TECHNO" and self.state == "subscribed":
            left = self.lists - {LISTS["TECHNO"]}
            return replace(self, lists=left, events=self.events + len(self.lists - left))
        return self

    def _joined(self, name: str) -> "Person":
        if self.state == "subscribed":
            if name in self.lists:
                return self
            return replace(self, lists=self.lists | {name}, events=self.events + 1)
        # Whoever comes back by a keyword is on that keyword's list alone.
        return Person("subscribed", frozenset({name}), False, self.events + 1)


@dataclass(frozen=True, slots=True)
class Text:
    """What was texted, and between which moments it took effect."""

    body: str
    asked_at: float
    answered_at: float


def possible(texts: list[Text]) -> set[Person]:
    """Where a person may stand: once for each order that the moments of the texts allow."""
    ends: set[Person] = set()
    for order in permutations(texts):
        if _could_be(order):
            person = Person()
            for text in order:
                person = person.after(text.body)
            ends.add(person)
    return ends


def _could_be(order: tuple[Text, ...]) -> bool:
    """No text takes effect after one that was asked only when it had been answered."""
    return all(
        later.answered_at >= earlier.asked_at
        for number, earlier in enumerate(order)
        for later in order[number + 1 :]
    )
