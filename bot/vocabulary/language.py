"""The shape of one language's words, and the little notation its phrases are written in.

Lists of words are comma-separated; a member of a list may have several words ("opt out").
Phrases stand one on a line, and are looked for anywhere in a text. In a phrase

- a word stands for itself, `a|b` for either, `$name` for a class of words named in `classes`;
- `?` after it makes it optional, `_` is any one word;
- `>` is a clause's end: of the text, before a comma or more, or with only polite words to come;
- `<` is a clause's beginning, likewise.

A phrase begins, apart from `<`, with a word that is not optional: that word finds it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from messaging.folding import fold

ANY: Final = frozenset({"_"})
CLAUSE_END: Final = frozenset({">"})


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a phrase: the words that fit it, and whether it may be left out."""

    fits: frozenset[str]
    optional: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to be matched: whether it begins a clause, and its places in order."""

    begins_clause: bool
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Language:
    """The words of one language, by what a consumer means with them.

    The comma-separated lists: `stop` revoke as a text or clause of their own, `weak_stop` only as
    a whole text, alone or beside other revocations, for they have other meanings too.
    `stop_filler` may stand around a revocation; `polite` around anything. `stems` begin words that
    revoke wherever they occur. `possible` may be meant to revoke where they order or ask, unless a
    noun or another verb's reading is shown by the word before (`nouns`) or after (`continues`).
    `negators` turn what follows around, through the words of `bridges`; after one of `askers` a
    phrase is no order, and near one of `reported` it tells what happened. `help`, `start`, `yes`
    are whole texts; `soft_start` too, unless a program has them as keywords. `leave` and `join`
    precede a keyword.
    """

    name: str
    stop: str
    polite: str
    help: str
    start: str
    yes: str
    weak_stop: str = ""
    soft_start: str = ""
    yes_filler: str = ""
    stop_filler: str = ""
    stems: str = ""
    negators: str = ""
    bridges: str = ""
    askers: str = ""
    reported: str = ""
    possible: str = ""
    orders: str = ""
    nouns: str = ""
    continues: str = ""
    leave: str = ""
    leave_filler: str = ""
    join: str = ""
    unclear: str = ""
    channel: str = ""
    stop_phrases: str = ""
    joking_phrases: str = ""
    help_phrases: str = ""
    unclear_phrases: str = ""
    classes: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

    def phrases(self, source: str) -> "PhraseBook":
        """The phrases of `source`, one on a line, in this language's classes."""
        lines = (line.strip() for line in source.splitlines())
        return PhraseBook(self._phrase(line) for line in lines if line)

    @cached_property
    def _classes(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(one_word_each(listed)) for name, listed in self.classes.items()}

    def _phrase(self, line: str) -> Phrase:
        items = tuple(self._item(source) for source in line.removeprefix("<").split())
        if items[0].optional or items[0].fits in (ANY, CLAUSE_END):
            raise ValueError(f"{self.name}: the phrase {line!r} must begin with a certain word")
        return Phrase(line.startswith("<"), items)

    def _item(self, source: str) -> Item:
        optional, plain = source.endswith("?"), source.removesuffix("?")
        if plain in ("_", ">"):
            return Item(frozenset({plain}), optional)
        fits: set[str] = set()
        for choice in plain.split("|"):
            if choice.startswith("$"):
                fits |= self._classes[choice.removeprefix("$")]
            elif choice == ">":
                fits |= CLAUSE_END
            else:
                fits |= one_word_each(choice)
        return Item(frozenset(fits), optional)


class PhraseBook:
    """Phrases, found by their first word, so that a text is read once."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[Phrase]] = {}
        self.words: set[str] = set()
        for phrase in phrases:
            for first in phrase.items[0].fits:
                self._by_first.setdefault(first, []).append(phrase)
            self.words.update(*(item.fits for item in phrase.items))

    def starting_with(self, word: str) -> list[Phrase]:
        """The phrases that `word` can begin."""
        return self._by_first.get(word, [])


def entries(listed: str) -> Iterator[str]:
    """The members of a comma-separated list, folded as a text's words are."""
    for entry in listed.split(","):
        folded = fold(entry)
        if folded:
            yield folded


def one_word_each(listed: str) -> set[str]:
    """The members of a list in which each must be a single word; ValueError otherwise."""
    found = set(entries(listed))
    for entry in found:
        if " " in entry:
            raise ValueError(f"{entry!r} must be one word here")
    return found
