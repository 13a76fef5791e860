"""A text as a row of words, and the questions that `bot.keywords` asks of it.

Every question takes time in proportion to the text's length: phrases are found by their first
word and matched place by place, without going back.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.vocabulary.language import ANY, Item, Phrase, PhraseBook
from bot.vocabulary.lexicon import Lexicon, PhraseSet, polite

# How far before a phrase a negation can stand ("I don't really want to ever stop …").
_NEGATION_REACH: Final = 5

# From a place in a sentence, how many words each thing that can begin there takes.
Steps = Callable[[int], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Token:
    """A word as the vocabulary knows it (`text`), and as it was written (`plain`, `skeleton`)."""

    text: str
    plain: str
    skeleton: str
    after_break: bool
    after_sentence: bool


class Sentence:
    """The words of one text, or of a clause of it."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.texts = [token.text for token in tokens]

    def __len__(self) -> int:
        return len(self.tokens)

    def clauses(self) -> "Iterator[Sentence]":
        """Its parts between sentence ends."""
        start = 0
        for index in range(1, len(self.tokens) + 1):
            if index == len(self.tokens) or self.tokens[index].after_sentence:
                yield Sentence(self.tokens[start:index])
                start = index

    def opening(self) -> "Sentence":
        """Its words before the first comma or more; all of them where there is none."""
        breaks = (at for at in range(1, len(self.tokens)) if self.tokens[at].after_break)
        return Sentence(self.tokens[: next(breaks, len(self.tokens))])

    def closing(self) -> "Sentence":
        """Its words after the last comma or more; all of them where there is none."""
        breaks = (at for at in range(len(self.tokens) - 1, 0, -1) if self.tokens[at].after_break)
        return Sentence(self.tokens[next(breaks, 0) :])

    def is_made_of(self, core: Steps, *filler: Steps) -> bool:
        """Whether it is nothing but what `core` finds, at least once, and filler."""
        count = len(self.tokens)
        # Each place that can be reached, with whether something of the core lies behind it.
        reached = {(0, False)}
        for index in range(count):
            here = {cored for place, cored in reached if place == index}
            reached = {(place, cored) for place, cored in reached if place > index}
            for cored in here:
                reached |= {(index + step, cored) for one in filler for step in one(index)}
            if here:
                reached |= {(index + step, True) for step in core(index)}
            if not reached:
                return False
        return (count, True) in reached

    def phrases(self, *sets: PhraseSet) -> Steps:
        """Steps over the phrases of `sets`."""
        return lambda index: [step for one in sets for step in one.lengths_at(self.texts, index)]

    def words_of(self, allowed: Collection[str]) -> Steps:
        """Steps over single words that are `allowed`."""
        return lambda index: [1] if self.texts[index] in allowed else []

    def find(self, book: PhraseBook) -> Iterator[int]:
        """Where the phrases of `book` begin in it."""
        for index, word in enumerate(self.texts):
            if any(self._matches(phrase, index) for phrase in book.starting_with(word)):
                yield index

    def is_negated(self, index: int, lexicon: Lexicon) -> bool:
        """Whether a negation reaches the word at `index` ("don't ever stop", "non-stop")."""
        for back in range(index - 1, max(-1, index - 1 - _NEGATION_REACH), -1):
            if self.tokens[back + 1].after_break:
                return False
            word = self.texts[back]
            if word in lexicon.negators:
                # "If you don't stop" and "why don't you stop" ask for an end all the same.
                return not {"if", "why"} & set(self.texts[max(0, back - 2) : back])
            if word not in lexicon.bridges:
                return False
        return False

    def begins_clause(self, index: int) -> bool:
        """Whether nothing but polite words lies between a clause's beginning and `index`."""
        while index > 0 and not self.tokens[index].after_break:
            index -= 1
            if self.texts[index] not in polite():
                return False
        return True

    def ends_clause(self, index: int) -> bool:
        """Whether nothing but polite words lies between the place `index` and a clause's end."""
        while index < len(self.tokens) and not self.tokens[index].after_break:
            if self.texts[index] not in polite():
                return False
            index += 1
        return True

    def _matches(self, phrase: Phrase, start: int) -> bool:
        if phrase.begins_clause and not self.begins_clause(start):
            return False
        places = {start}
        for item in phrase.items:
            reached = {after for place in places for after in self._after(item, place)}
            places = reached | places if item.optional else reached
            if not places:
                return False
        return True

    def _after(self, item: Item, place: int) -> Iterator[int]:
        if place < len(self.texts) and (item.fits == ANY or self.texts[place] in item.fits):
            yield place + 1
        # A clause's end takes up no word.
        if ">" in item.fits and self.ends_clause(place):
            yield place
