"""What a consumer's text asks for: the text and a program's keywords in, one intent out. Pure.

The readings are tried in this order, and the first that fits is the answer:

1.  A reaction to one of our texts ('Loved "… Reply STOP to end"') asks for nothing: `other`.
2.  Nothing but revocation words, keywords, cries for help and polite words: `stop`. Punctuation
    never matters, so "stop?" is one, and so are "STOP TECHNO" (when in doubt about how much,
    everything), "HELP STOP", "1 STOP", "STOP/END" and "stop or cancel".
3.  Nothing but one of the program's keywords and polite words: `join`. Consent must be explicit, so
    nothing is corrected or guessed here; two different keywords are `unclear`.
4.  A word for leaving and a keyword: `leave`.
5.  Plain language that revokes, anywhere ("please take me off this list"), or a revocation word as
    a clause of its own: `stop`, unless negated ("don't stop texting me": `other`), reported ("why
    did you remove me?") or said laughing ("stop it 😂"): `unclear`.
6.  A single word one slip away from a revocation: `stop`.
7.  Complaints and refusals ("too many texts", "no"): `unclear`.
8.  `help`, `start`, `yes`. "Who is this?" asks for help: the answer names the program and its
    contact.
9.  A revocation word that may be meant for us ("cancel friday?"): `unclear`.
10. Everything else: `other`.

The measure for 2, 5 and 6 is 47 CFR 64.1200(a)(10): the per-se words, and any reply that a
reasonable person would read as a revocation. `unclear` revokes nothing and goes before a member.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bot.revocation import (
    Revocation,
    is_bare_stop,
    is_disguised_stop,
    may_revoke,
    revocation,
)
from bot.vocabulary import AND, REACTIONS, STOP_SIGNS
from bot.vocabulary.lexicon import (
    Lexicon,
    PhraseSet,
    join_verbs,
    laughter,
    lexicons,
    polite,
)
from bot.vocabulary.reading import KeywordTable, read
from bot.vocabulary.sentence import Sentence
from messaging.folding import LONGEST, canonical_keyword, fold

__all__ = [
    "Classification",
    "Intent",
    "canonical_keyword",
    "classify",
    "fold",
    "is_reserved",
    "reads_as_stop",
]


class Intent(StrEnum):
    """What a text asks for."""

    stop = "stop"
    start = "start"
    help = "help"
    join = "join"  # type: ignore[assignment]  # nobody joins strings with an intent
    yes = "yes"
    leave = "leave"
    unclear = "unclear"
    other = "other"


@dataclass(frozen=True, slots=True)
class Classification:
    """An intent; for `join` and `leave` also the keyword, as the program has it configured."""

    intent: Intent
    keyword: str | None = None


_REACTION: Final = re.compile(rf'\W{{0,4}}{REACTIONS}\s{{0,3}}["“«„]', re.IGNORECASE)
_NO_KEYWORDS: Final = KeywordTable(())
# "Text JOIN" says what to do, not what to join.
_SAYING: Final = frozenset({"text", "send"})


def classify(text: str, keywords: Collection[str]) -> Classification:
    """Read `text`, sent to a program that has `keywords`. Never raises, whatever the text."""
    text = text[:LONGEST]
    if _REACTION.match(text):
        return Classification(Intent.other)
    names = _table(tuple(keywords))
    sentence = read(text, names)
    if not len(sentence):
        return Classification(Intent.unclear if STOP_SIGNS & set(text) else Intent.other)
    if is_bare_stop(sentence, names) or is_disguised_stop(sentence, text, names):
        return Classification(Intent.stop)
    return (
        _joining(sentence, names)
        or _leaving(sentence, names)
        or _revoking(sentence, text)
        or _asking(sentence)
        or Classification(Intent.other)
    )


# With forty keywords, making it anew took longer than reading the text with it.
@lru_cache(maxsize=256)
def _table(keywords: tuple[str, ...]) -> KeywordTable:
    return KeywordTable(keyword for keyword in keywords if not is_reserved(keyword))


def reads_as_stop(text: str, keywords: Collection[str]) -> bool:
    """Whether `text` revokes: what the inbox scan asks of texts that were read before."""
    return classify(text, keywords).intent is Intent.stop


@lru_cache(maxsize=4096)
def is_reserved(word: str) -> bool:
    """Whether `word` cannot be a keyword, since consumers who text it mean something already.

    True for every word that stops, starts, helps, agrees or declines in any language, and for
    words without a letter or digit. Words such as SUBSCRIBE, that only suggest starting, are free.
    """
    sentence = read(word, _NO_KEYWORDS)
    if not len(sentence) or is_bare_stop(sentence, _NO_KEYWORDS):
        return True
    if is_disguised_stop(sentence, word, _NO_KEYWORDS):
        return True
    courteous = sentence.words_of(polite())
    return any(
        sentence.is_made_of(sentence.phrases(*_reserving(lexicon)), courteous)
        for lexicon in lexicons()
    )


def _reserving(lexicon: Lexicon) -> tuple[PhraseSet, ...]:
    return lexicon.help, lexicon.start, lexicon.yes, lexicon.unclear, lexicon.leave


def _joining(sentence: Sentence, names: KeywordTable) -> Classification | None:
    """Reading 3."""
    found = [one for one in names.found_in(sentence) if _names_only(sentence, names, one)]
    if found:
        # Where a greeting is a keyword too ("HI"), the other one is meant.
        found.sort(key=lambda keyword: canonical_keyword(keyword) in polite())
        return Classification(Intent.join, found[0])
    if sentence.is_made_of(names.steps(sentence), sentence.words_of(polite() | _SAYING | AND)):
        return Classification(Intent.unclear)
    return None


def _names_only(sentence: Sentence, names: KeywordTable, keyword: str) -> bool:
    # "Join TECHNO" names TECHNO, even where JOIN is a keyword as well; but "join us" names nothing.
    filler = polite() | _SAYING
    if canonical_keyword(keyword) not in join_verbs():
        filler |= join_verbs()
    return sentence.is_made_of(names.steps(sentence, keyword), sentence.words_of(filler))


def _leaving(sentence: Sentence, names: KeywordTable) -> Classification | None:
    """Reading 4. Whoever leaves two lists at once leaves everything."""
    for lexicon in lexicons():
        if not any(lexicon.leave.lengths_at(sentence.texts, at) for at in range(len(sentence))):
            continue
        verbs = sentence.phrases(lexicon.leave)
        filler = sentence.words_of(lexicon.leave_filler)
        for keyword in names.found_in(sentence):
            if sentence.is_made_of(names.steps(sentence, keyword), verbs, filler):
                return Classification(Intent.leave, keyword)
        several = sentence.words_of(lexicon.leave_filler | AND)
        if sentence.is_made_of(names.steps(sentence), verbs, several):
            return Classification(Intent.stop)
    return None


def _revoking(sentence: Sentence, text: str) -> Classification | None:
    """Readings 5 and 6."""
    certainty = revocation(sentence, text)
    if certainty is Revocation.NONE:
        return None
    return Classification(Intent.stop if certainty is Revocation.CERTAIN else Intent.unclear)


def _asking(sentence: Sentence) -> Classification | None:
    """Readings 7 to 9."""
    courteous = sentence.words_of(polite())
    laughing = sentence.words_of(polite() | laughter())
    for lexicon in lexicons():
        if sentence.is_made_of(sentence.phrases(lexicon.unclear), laughing) or any(
            not sentence.is_negated(at, lexicon) for at in sentence.find(lexicon.unclear_phrases)
        ):
            return Classification(Intent.unclear)
    for lexicon in lexicons():
        helping = sentence.find(lexicon.help_phrases)
        if sentence.is_made_of(sentence.phrases(lexicon.help), courteous) or any(
            not sentence.is_negated(at, lexicon) for at in helping
        ):
            return Classification(Intent.help)
        if sentence.is_made_of(sentence.phrases(lexicon.start, lexicon.soft_start), courteous):
            return Classification(Intent.start)
        agreeing = sentence.words_of(lexicon.yes_filler)
        if sentence.is_made_of(sentence.phrases(lexicon.yes), agreeing, courteous):
            return Classification(Intent.yes)
    if may_revoke(sentence):
        return Classification(Intent.unclear)
    return None
