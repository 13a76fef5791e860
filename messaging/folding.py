"""Texts reduced to plain words: case, accents, punctuation, width and look-alike letters undone.

A text goes through these steps, each blind to meaning:

1. compatibility forms and letters in boxes become plain letters (NFKD; ＳＴＯＰ, 𝐒𝐓𝐎𝐏, 🆂🆃🅾🅿);
2. characters that cannot be seen go (zero-width, direction marks, soft hyphens, NUL), and accents;
3. whatever is neither letter, vowel sign nor digit divides words, and some of it divides clauses;
4. letters case-fold.

Every word keeps two forms: the plain one, and its skeleton, in which each letter that looks like
a Latin one has become it (Unicode UTS 39). Two words that look the same have the same skeleton.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from confusable_homoglyphs import utils as confusables

# Far above the 1,600 characters of the longest text, and a bound on the work a forged one causes.
LONGEST: Final = 4000

# Accents and other combining marks, and the selectors that choose an emoji's look. Marks of other
# scripts (Devanagari vowels, say) stay in their word.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000e0100-\U000e01ef]"
)
_INVISIBLE: Final = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# "My # off your list" names a number; "#STOP" is only a hashtag.
_NUMBER_SIGN: Final = re.compile(r"(?<=\w\s)#(?=\s|$)")
# Halves of flags can spell a word ("🇸🇹🇴🇵"), but two are a flag: Slovenia's must not say "si".
_FLAGS: Final = re.compile("[\U0001f1e6-\U0001f1ff]{3,}")
# An apostrophe after one letter or "qu" parts two words (l'arrêt, d'accord, qu'on); elsewhere it
# joins one (don't), and a word in quotes has its apostrophe outside.
_APOSTROPHES: Final = "'’‘ʼ`´‛ʹ＇"
_ELISION: Final = re.compile(rf"(?<!\w)([cdjlmnst]|qu)[{_APOSTROPHES}](?=\w)", re.IGNORECASE)
_JOINING: Final = re.compile(rf"(?<=\w)[{_APOSTROPHES}](?=\w)")
# Vowel signs and the like, which stand inside a word, in the scripts from Devanagari to Myanmar.
_SIGNS: Final = "".join(
    sign for sign in map(chr, range(0x0900, 0x10A0)) if unicodedata.category(sign) in ("Mn", "Mc")
)
_WORD: Final = re.compile(rf"(?:[^\W_]|[{_SIGNS}])+")
# A comma, dash or line end sets the words on its two sides apart; so does a full stop.
# A hyphen or dot inside a word does not ("opt-out", "s.t.o.p").
_BREAK: Final = re.compile(r"[,;:!?…\n\r\u2028\u2029¡¿،。，、—–()\"“”«»]|[.\-]\s|\s-")
_END_OF_SENTENCE: Final = re.compile(r"[!?;…\n\r\u2028\u2029¡¿。]|\.(?=\s)")
_DIGITS_AS_LETTERS: Final = str.maketrans("01345789@$", "oieastbgas")
_DIGITS_IN_A_WORD: Final = re.compile(r"(?<=[A-Za-z])[\d@$]+(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its plain form, its skeleton, and whether a comma or more, or a sentence's end,
    comes before it."""

    plain: str
    skeleton: str
    after_break: bool = False
    after_sentence: bool = False


def fold(text: str) -> str:
    """The plain words of `text` with one space between them: "«Ｓtop»  IT!" gives "stop it"."""
    return " ".join(word.plain for word in words(text))


def canonical_keyword(word: str) -> str:
    """The form in which keywords are stored and compared: folded, without spaces.

    "Neon-Nights" gives "neonnights". Empty when `word` has neither letter nor digit; such a
    keyword cannot be texted and is to be refused.
    """
    return fold(word).replace(" ", "")


def is_word(text: str) -> bool:
    """Whether `text` is one word: letters, vowel signs and digits of any script, nothing else."""
    return _WORD.fullmatch(text) is not None


def words(text: str) -> list[Word]:
    """The words of `text`, in order. Never raises, whatever the text holds."""
    plain = plain_letters(text)
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(plain):
        between = plain[end : match.start()]
        sentence = _END_OF_SENTENCE.search(between) is not None
        found.append(
            Word(
                match.group().casefold(),
                skeleton(match.group()),
                after_break=sentence or _BREAK.search(between) is not None,
                after_sentence=sentence,
            )
        )
        end = match.end()
    return found


def skeleton(word: str) -> str:
    """`word` with every letter that looks Latin made Latin, case-folded. Case matters before:
    a capital Greek Ν looks like N, a small ν like v."""
    return word.translate(_look_alikes()).casefold()


def letters_for_digits(text: str) -> str:
    """`text` folded to one word in which digits and signs are read as letters: "$T0P" is "stop"."""
    return canonical_keyword(plain_letters(text).translate(_DIGITS_AS_LETTERS))


def letters_in_words(text: str) -> str:
    """`text`, as long as before, with digits and signs between letters read as letters: "w33d" is
    "weed", and "9pm" stays."""
    return _DIGITS_IN_A_WORD.sub(lambda found: found[0].translate(_DIGITS_AS_LETTERS), text)


def undisguised(text: str) -> str:
    """`text` with every letter that looks Latin made Latin; case and punctuation stay."""
    return plain_letters(text).translate(_look_alikes())


def plain_letters(text: str) -> str:
    """`text`, its first LONGEST characters, after the steps 1 and 2; case, punctuation and other
    scripts stay."""
    text = _FLAGS.sub(_letters_of_flags, _NUMBER_SIGN.sub(" number ", text[:LONGEST]))
    unboxed = unicodedata.normalize("NFKD", text.translate(_unboxing()))[:LONGEST]
    visible = _INVISIBLE.sub("", _MARKS.sub("", unboxed))
    spread = _JOINING.sub("", _ELISION.sub(r"\1 ", visible))
    return unicodedata.normalize("NFC", spread)


@cache
def _unboxing() -> dict[int, str]:
    """What NFKD does not do: letters in black circles and squares made plain, and an acute accent
    that stands for an apostrophe (it would become a space)."""
    starts = (0x1F150, 0x1F170)
    table = {start + index: chr(ord("A") + index) for start in starts for index in range(26)}
    return table | {ord("´"): "'"}


def _letters_of_flags(match: re.Match[str]) -> str:
    return "".join(chr(ord(half) - 0x1F1E6 + ord("A")) for half in match.group())


@cache
def _look_alikes() -> dict[int, str]:
    """Letter to the ASCII letter it looks like, from Unicode's confusables and letter names.

    The library's own functions would keep all of its data, 7 MB a process, for as long as it lives.
    """
    table: dict[int, str] = {}
    for letter, candidates in confusables.load("confusables.json").items():
        if len(letter) == 1 and letter.isalpha() and not letter.isascii():
            likeness = _best_likeness(letter, [candidate["c"] for candidate in candidates])
            if likeness:
                table[ord(letter)] = likeness
    # "ø", "ł", "ʙ": letters whose name says which one they vary.
    for first, last in ((0xC0, 0x24F), (0x250, 0x2AF), (0x1D00, 0x1DBF), (0xA720, 0xA7FF)):
        for code in range(first, last + 1):
            named = _VARIANT.fullmatch(unicodedata.name(chr(code), ""))
            if named:
                table.setdefault(code, named.group(1).lower())
    # A small letter without a likeness of its own, such as "т", borrows its capital's.
    for code, likeness in list(table.items()):
        small = chr(code).lower()
        if len(small) == 1 and not small.isascii():
            table.setdefault(ord(small), likeness.lower())
    return table


_VARIANT: Final = re.compile(
    r"LATIN (?:LETTER )?(?:SMALL |CAPITAL )+(?:LETTER )?(?:DOTLESS )?([A-Z])(?: WITH .*)?"
)


def _best_likeness(letter: str, candidates: list[str]) -> str | None:
    latin = [one for one in candidates if len(one) == 1 and one.isascii() and one.isalpha()]
    if letter.isupper() and "l" in latin:
        return "I"  # The source gives capital I as "l": the two look the same.
    same_case = [one for one in latin if one.isupper() == letter.isupper()]
    return next(iter(same_case or latin), None)
