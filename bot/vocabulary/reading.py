"""From a text to its sentence: spelled-out words joined, look-alikes and chat spellings known."""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.vocabulary.lexicon import (
    SPELLINGS,
    all_stop,
    by_skeleton,
    known_words,
    lexicons,
    signatures,
)
from bot.vocabulary.sentence import Sentence, Steps, Token
from messaging.folding import Word, skeleton, words

# How many words of a text one keyword can be spread over ("N E O N  N I G H T S").
_LONGEST_SPELLED: Final = 24
_REFUSALS: Final = frozenset({"no", "not", "non", "nao", "nein", "не", "нет"})


class KeywordTable:
    """A program's keywords, found in a text however they are spaced or drawn."""

    def __init__(self, keywords: Iterable[str]) -> None:
        self.keywords: list[str] = []
        self._by_plain: dict[str, str] = {}
        self._by_skeleton: dict[str, str] = {}
        self._longest = 0
        self._words: dict[str, set[str]] = {}
        for keyword in keywords:
            found = words(keyword)
            plain = "".join(word.plain for word in found)
            if plain and plain not in self._by_plain:
                self.keywords.append(keyword)
                self._longest = max(self._longest, len(plain))
                self._by_plain[plain] = keyword
                self._by_skeleton.setdefault("".join(word.skeleton for word in found), keyword)
                self._words[keyword] = {word.plain for word in found}

    def named(self, plain: str, look_alike: str) -> str | None:
        """The keyword written so, or looking so."""
        return self._by_plain.get(plain) or self._by_skeleton.get(look_alike)

    def found_in(self, sentence: Sentence) -> list[str]:
        """The keywords that stand anywhere in `sentence`, in the order in which they were given."""
        places = range(len(sentence))
        found = {keyword for start in places for _, keyword in self._at(sentence, start)}
        return [keyword for keyword in self.keywords if keyword in found] if found else []

    def steps(self, sentence: Sentence, only: str | None = None) -> Steps:
        """Steps over any keyword in `sentence`, or over `only` that one."""
        return lambda index: [
            length for length, keyword in self._at(sentence, index) if only in (None, keyword)
        ]

    def _at(self, sentence: Sentence, start: int) -> Iterator[tuple[int, str]]:
        plain = look_alike = ""
        pieces: set[str] = set()
        nearby = sentence.tokens[start : start + _LONGEST_SPELLED]
        for length, token in enumerate(nearby, start=1):
            if len(plain) >= self._longest:
                return
            plain, look_alike = plain + token.plain, look_alike + token.skeleton
            pieces.add(token.plain)
            keyword = self.named(plain, look_alike)
            # "Tech no" declines TECHNO, unless the keyword itself is divided so.
            if keyword and (length == 1 or not (pieces & _REFUSALS) - self._words[keyword]):
                yield length, keyword


def read(text: str, names: KeywordTable) -> Sentence:
    """The sentence of `text`, in which the keywords of `names` are words like any other."""
    tokens = _respelled(_resolved(_joined(words(text), names), names))
    return Sentence(_without_signature(tokens))


def _joined(found: list[Word], names: KeywordTable) -> list[Word]:
    """Runs of single letters that spell a word ("S T O P", "s.t.o.p") made into that word."""
    joined: list[Word] = []
    index = 0
    while index < len(found):
        end = index
        while end < len(found) and len(found[end].plain) == 1:
            end += 1
        run = _one_word(found[index:end], names) if end - index >= 3 else None
        joined.extend([run] if run else found[index : max(end, index + 1)])
        index = max(end, index + 1)
    return joined


def _one_word(letters: list[Word], names: KeywordTable) -> Word | None:
    plain = "".join(letter.plain for letter in letters)
    look_alike = "".join(letter.skeleton for letter in letters)
    sets = [one for lexicon in lexicons() for one in (lexicon.help, lexicon.start, lexicon.yes)]
    for spelled in (plain, look_alike):
        known = any(spelled in one.compact for one in (all_stop(), *sets))
        if known or names.named(plain, look_alike):
            return Word(spelled, look_alike, letters[0].after_break, letters[0].after_sentence)
    return None


def _resolved(found: list[Word], names: KeywordTable) -> Iterator[Token]:
    for word in found:
        text = word.plain
        if text not in known_words() and names.named(text, "") is None:
            # A small Greek ν looks like v, but in small letters it may stand for the N of "ΕΝD".
            shapes = (word.skeleton, skeleton(text.upper()))
            seen = (by_skeleton().get(shape) for shape in shapes)
            text = next(filter(None, seen), None) or _shortened(text)
        yield Token(text, word.plain, word.skeleton, word.after_break, word.after_sentence)


def _shortened(word: str) -> str:
    """ "stoooop" as "stop", where a letter is drawn out and a known word comes of it."""
    once = "".join(
        letter for index, letter in enumerate(word) if index == 0 or letter != word[index - 1]
    )
    drawn_out = any(word[index] * 3 == word[index : index + 3] for index in range(len(word) - 2))
    return once if drawn_out and once in known_words() else word


def _respelled(tokens: Iterable[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        pair = f"{found[-1].text} {token.text}" if found and not token.after_break else ""
        if pair in SPELLINGS:
            found[-1:] = _replaced(found[-1], SPELLINGS[pair], token)
        else:
            found.extend(_replaced(token, SPELLINGS.get(token.text, token.text)))
    return found


def _replaced(token: Token, meant: str, merged: Token | None = None) -> list[Token]:
    first, *more = meant.split()
    plain = token.plain + (merged.plain if merged else "")
    look_alike = token.skeleton + (merged.skeleton if merged else "")
    head = Token(first, plain, look_alike, token.after_break, token.after_sentence)
    return [head, *(Token(word, "", "", False, False) for word in more)]


def _without_signature(tokens: list[Token]) -> list[Token]:
    """The text without what a phone adds at its end, and without our own "Reply STOP to end" in a
    text that quotes us. The latter needs a text before it: on its own it is a request."""
    texts = [token.text for token in tokens]
    for signature in signatures():
        size, least = len(signature), 3 if "stop" in signature else 1
        for start in range(max(least, len(tokens) - size - 2), len(tokens) - size + 1):
            window = texts[start : start + size]
            if all(known in ("_", word) for known, word in zip(signature, window, strict=True)):
                return tokens[:start]
    return tokens
