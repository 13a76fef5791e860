"""The languages' words, folded and indexed once, so that reading a text only looks words up."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from bot.vocabulary import LANGUAGES, LAUGHTER, NOT_TYPOS, SIGNATURES, TYPO_TARGETS
from bot.vocabulary.language import Language, entries, one_word_each
from messaging.folding import fold, skeleton


class PhraseSet:
    """Words and short phrases that can make up a whole text, found by their first word."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = frozenset(phrases)
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in self.phrases:
            for spelled in {tuple(phrase.split()), tuple(respell(phrase.split()))}:
                self._by_first.setdefault(spelled[0], []).append(spelled)
        self.compact = frozenset(phrase.replace(" ", "") for phrase in self.phrases)
        self.words = frozenset(word for phrase in self.phrases for word in phrase.split())

    def lengths_at(self, words: list[str], start: int) -> list[int]:
        """How many words each phrase that begins at `start` takes."""
        return [
            len(phrase)
            for phrase in self._by_first.get(words[start], ())
            if tuple(words[start : start + len(phrase)]) == phrase
        ]


class Lexicon:
    """One language, ready for use."""

    def __init__(self, language: Language) -> None:
        self.name = language.name
        self.stop = PhraseSet(entries(language.stop))
        self.weak_stop = PhraseSet(entries(language.weak_stop))
        self.help = PhraseSet(entries(language.help))
        self.start = PhraseSet(entries(language.start))
        self.soft_start = PhraseSet(entries(language.soft_start))
        self.yes = PhraseSet(entries(language.yes))
        self.leave = PhraseSet(entries(language.leave))
        self.unclear = PhraseSet(entries(language.unclear))
        self.polite = frozenset(one_word_each(language.polite))
        self.stop_filler = frozenset(one_word_each(language.stop_filler)) | self.polite
        self.yes_filler = frozenset(one_word_each(language.yes_filler)) | self.polite
        self.leave_filler = frozenset(one_word_each(language.leave_filler)) | self.polite
        self.join = frozenset(one_word_each(language.join))
        self.stems = tuple(entries(language.stems))
        self.negators = frozenset(one_word_each(language.negators))
        self.bridges = frozenset(one_word_each(language.bridges)) | self.polite
        self.askers = frozenset(one_word_each(language.askers))
        self.reported = frozenset(one_word_each(language.reported))
        self.possible = frozenset(one_word_each(language.possible))
        self.orders = frozenset(one_word_each(language.orders))
        self.nouns = frozenset(one_word_each(language.nouns))
        self.continues = PhraseSet(entries(language.continues))
        self.channel = frozenset(one_word_each(language.channel))
        self.stop_phrases = language.phrases(language.stop_phrases)
        self.joking_phrases = language.phrases(language.joking_phrases)
        self.help_phrases = language.phrases(language.help_phrases)
        self.unclear_phrases = language.phrases(language.unclear_phrases)

    def known_words(self) -> set[str]:
        """Every word this language's readings depend on."""
        sets = (self.stop, self.weak_stop, self.help, self.start, self.soft_start, self.yes)
        books = (self.stop_phrases, self.joking_phrases, self.help_phrases, self.unclear_phrases)
        found: set[str] = set().union(*(one.words for one in (*sets, self.leave, self.unclear)))
        return found.union(
            *(book.words for book in books),
            *(self.stop_filler, self.yes_filler, self.leave_filler, self.join, self.negators),
            *(self.bridges, self.reported, self.possible, self.orders, self.channel),
        )


def respell(spoken: Iterable[str]) -> list[str]:
    """Chat spellings and contractions brought to the form the vocabulary uses ("u", "do not")."""
    found: list[str] = []
    for word in spoken:
        if found and f"{found[-1]} {word}" in SPELLINGS:
            found.append(SPELLINGS[f"{found.pop()} {word}"])
        else:
            found.extend(SPELLINGS.get(word, word).split())
    return found


SPELLINGS: Final = {
    fold(written): fold(meant)
    for language in LANGUAGES
    for written, meant in language.spellings.items()
}


@cache
def lexicons() -> tuple[Lexicon, ...]:
    """Every language, indexed on first use."""
    return tuple(Lexicon(language) for language in LANGUAGES)


@cache
def polite() -> frozenset[str]:
    """The words of any language that change nothing about a text."""
    return frozenset[str]().union(*(lexicon.polite for lexicon in lexicons()))


@cache
def all_stop() -> PhraseSet:
    """Every revocation of every language that stands on its own."""
    sets = [one for lexicon in lexicons() for one in (lexicon.stop, lexicon.weak_stop)]
    return PhraseSet(phrase for one in sets for phrase in one.phrases)


@cache
def laughter() -> frozenset[str]:
    """Written laughter."""
    return frozenset(one_word_each(LAUGHTER))


@cache
def typo_targets() -> dict[str, int]:
    """Each revocation that a misspelled word is compared with, and how many slips are forgiven."""
    return {fold(word): slips for word, slips in TYPO_TARGETS.items()}


@cache
def not_typos() -> frozenset[str]:
    """Words that differ as little from a revocation, but are words of their own."""
    return frozenset(one_word_each(NOT_TYPOS))


@cache
def signatures() -> tuple[tuple[str, ...], ...]:
    """What mail programs and phones add at a text's end; "_" stands for any word."""
    return tuple(
        tuple("_" if word == "_" else fold(word) for word in line.split()) for line in SIGNATURES
    )


@cache
def join_verbs() -> frozenset[str]:
    """Words of any language that may come before a keyword: "join the TECHNO list"."""
    return frozenset[str]().union(*(lexicon.join for lexicon in lexicons()))


@cache
def known_words() -> frozenset[str]:
    """Every word that some reading depends on."""
    return frozenset(SPELLINGS).union(*(lexicon.known_words() for lexicon in lexicons()))


@cache
def by_skeleton() -> dict[str, str]:
    """Look-alike form to known word, for words of three letters and more."""
    table: dict[str, str] = {}
    for word in sorted(known_words()):
        if len(word) >= 3:
            table.setdefault(skeleton(word), word)
            table.setdefault(skeleton(word.upper()), word)
    return table
