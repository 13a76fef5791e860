"""Whether a text withdraws consent: the readings that `bot.keywords` puts in order.

The measure is 47 CFR 64.1200(a)(10): the words that revoke per se, and any reply that a reasonable
person would read as a revocation. Chatter that only contains such a word is told from it by what
stands around: negations, nouns, questions about other things.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from string import digits
from typing import Final

from rapidfuzz.distance import OSA

from bot.vocabulary import AND, GLUED, LAUGHING, OR, UNMISTAKABLE
from bot.vocabulary.lexicon import (
    Lexicon,
    all_stop,
    known_words,
    laughter,
    lexicons,
    not_typos,
    polite,
    typo_targets,
)
from bot.vocabulary.reading import KeywordTable
from bot.vocabulary.sentence import Sentence
from messaging.folding import letters_for_digits


class Revocation(Enum):
    """How surely a text revokes."""

    CERTAIN = auto()
    DOUBTFUL = auto()
    NONE = auto()


_GLUED: Final = re.compile(GLUED)
_LONGEST_TYPO: Final = 24
# "Can you stop …" and "I have to cancel …": the words between, and those that make them a wish.
_TO_US: Final = frozenset({"you", "i", "to", "just"})
_WISHES: Final = frozenset(
    {"need", "like", "going", "have", "how", "can", "could", "will", "would"}
)


def is_bare_stop(sentence: Sentence, names: KeywordTable) -> bool:
    """Whether it is nothing but revocation words, keywords, cries for help and polite words."""
    english, named = lexicons()[0], names.steps(sentence)
    numbers = sentence.words_of(_numbers(sentence))
    helping = sentence.phrases(english.help)
    for lexicon in lexicons():
        # English STOP is texted in every language, with that language's polite words around it.
        strong = sentence.phrases(lexicon.stop, english.stop)
        filler = sentence.words_of(lexicon.stop_filler)
        if sentence.is_made_of(strong, filler, numbers, named, helping):
            return True
    # The weak words bear less around them; several of any strength say it twice ("STOP/END").
    joined = sentence.words_of(polite() | AND | OR)
    # Words for leaving leave just the list whose keyword follows.
    leaves = any(lexicon.leave.lengths_at(sentence.texts, 0) for lexicon in lexicons())
    lists = [] if leaves else [named]
    return sentence.is_made_of(sentence.phrases(all_stop()), joined, *lists)


def _numbers(sentence: Sentence) -> frozenset[str]:
    """Numbers that change nothing: those as long as a short code, for people quote the code that
    they answer, and any beside a word that asks for one thing only ("1 stop")."""
    least = 1 if UNMISTAKABLE & set(sentence.texts) else 4
    return frozenset(word for word in sentence.texts if word.isdecimal() and len(word) >= least)


def is_disguised_stop(sentence: Sentence, text: str, names: KeywordTable) -> bool:
    """Whether it is a revocation with odd gaps or repeats ("st op", "stopstop"), with digits for
    letters ("ST0P") or without a space ("pleasestop", "stop123", "STOPTECHNO")."""
    core = [token for token in sentence.tokens if token.text not in polite()]
    if not core or len(core) > _LONGEST_TYPO:
        return False
    known = all_stop().compact
    spelled = {"".join(one.plain for one in core), "".join(one.skeleton for one in core)}
    if len(core) <= 2 and any(letter.isalpha() for letter in text):
        spelled.add(letters_for_digits(text))
    return any(
        _unrepeated(one) in known
        or one.strip(digits) in UNMISTAKABLE
        or _GLUED.fullmatch(one)
        or _is_glued_to_keyword(one, names)
        for one in spelled
        if len(one) > 3
    )


def _is_glued_to_keyword(word: str, names: KeywordTable) -> bool:
    """Whether it is STOP and a keyword without a space, and no keyword itself."""
    rests = (word[len(stop) :] for stop in UNMISTAKABLE if word.startswith(stop))
    return not names.named(word, word) and any(names.named(rest, rest) for rest in rests)


def _unrepeated(word: str) -> str:
    """ "stopstopstop" as "stop"."""
    return word[: (word + word).find(word, 1)]


def revocation(sentence: Sentence, text: str) -> Revocation:
    """Whether plain language in `sentence`, read from `text`, revokes."""
    joking = bool(LAUGHING & set(text) or laughter() & set(sentence.texts))
    doubtful = False
    for lexicon in lexicons():
        revocations = list(_revocations(sentence, lexicon))
        exclamations = list(_exclamations(sentence, lexicon))
        ordered = any(_is_order(sentence, at, lexicon) for at in revocations) or (
            not joking and any(_is_order(sentence, at, lexicon) for at in exclamations)
        )
        if ordered or _has_stop_clause(sentence, lexicon):
            return Revocation.CERTAIN
        doubtful |= any(
            not sentence.is_negated(at, lexicon) for at in (*revocations, *exclamations)
        )
    if _is_typo_of_stop(sentence):
        return Revocation.CERTAIN
    return Revocation.DOUBTFUL if doubtful else Revocation.NONE


def _revocations(sentence: Sentence, lexicon: Lexicon) -> Iterator[int]:
    """Where plain language that revokes begins."""
    yield from sentence.find(lexicon.stop_phrases)
    for at, word in enumerate(sentence.texts):
        if lexicon.stems and word.startswith(lexicon.stems):
            yield at


def _exclamations(sentence: Sentence, lexicon: Lexicon) -> Iterator[int]:
    """Where "stop it", "stop, …" or "…, stop" stands: an order, unless somebody is laughing."""
    yield from sentence.find(lexicon.joking_phrases)
    for part in (sentence.opening(), sentence.closing()):
        revoking, courteous = part.phrases(lexicon.stop), part.words_of(lexicon.polite)
        if len(part) < len(sentence) and part.is_made_of(revoking, courteous):
            yield 0


def _is_order(sentence: Sentence, at: int, lexicon: Lexicon) -> bool:
    """Whether the revocation at `at` is asked for, neither refused nor told of."""
    before = sentence.texts[max(0, at - 2) : at]
    if sentence.texts[at] in lexicon.negators and before and before[-1] in lexicon.askers:
        return False
    return not sentence.is_negated(at, lexicon) and not lexicon.reported & set(before)


def _has_stop_clause(sentence: Sentence, lexicon: Lexicon) -> bool:
    return any(
        clause.is_made_of(clause.phrases(lexicon.stop), clause.words_of(lexicon.stop_filler))
        for clause in sentence.clauses()
    )


def _is_typo_of_stop(sentence: Sentence) -> bool:
    core = [token.text for token in sentence.tokens if token.text not in polite()]
    if len(core) != 1 or len(core[0]) > _LONGEST_TYPO:
        return False
    (word,) = core
    if word in not_typos() or word in known_words():
        return False
    for target, slips in typo_targets().items():
        distance = OSA.distance(word, target)
        if distance <= slips and OSA.distance(word, "subscribe") >= distance:
            return True
    return False


def may_revoke(sentence: Sentence) -> bool:
    """Whether a word in it could be meant to revoke, so that a member should look."""
    return any(_may_be_meant(sentence, lexicon) for lexicon in lexicons())


def _may_be_meant(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a revocation word orders or asks something ("can you stop friday's?"), rather than
    telling ("what time does it end") or naming ("bus stop")."""
    texts = sentence.texts
    if len(texts) == 2 and lexicon.leave.lengths_at(texts, 0) == [1]:
        return True
    addressed = bool(lexicon.channel & set(texts))
    for at, word in enumerate(texts):
        if word not in lexicon.possible or sentence.is_negated(at, lexicon):
            continue
        starts = sentence.begins_clause(at)
        if not _is_noun_or_chatter(texts, at, starts, lexicon) and (
            starts or addressed or _is_asked(texts, at, lexicon)
        ):
            return True
    return False


def _is_noun_or_chatter(texts: list[str], at: int, starts: bool, lexicon: Lexicon) -> bool:
    """Whether the words around show another reading: "the end", "end of", "stop playing"."""
    if not starts and texts[at - 1] in lexicon.nouns:
        return True
    after = at + 1
    return after < len(texts) and (
        texts[after].endswith("ing") or bool(lexicon.continues.lengths_at(texts, after))
    )


def _is_asked(texts: list[str], at: int, lexicon: Lexicon) -> bool:
    """Whether somebody asks or wonders: "maybe stop", "can you stop", "have to cancel"."""
    before = texts[at - 1] if at else ""
    if before in _TO_US:
        return at > 1 and texts[at - 2] in lexicon.orders | _WISHES
    return before in lexicon.orders
