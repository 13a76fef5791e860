"""Every revocation word of every language, in every disguise that phones and people give it."""

import pytest

from bot.keywords import Intent, classify
from bot.vocabulary import LANGUAGES
from bot.vocabulary.language import entries
from bot.vocabulary.lexicon import lexicons, not_typos

STRONG = sorted({word for language in LANGUAGES for word in entries(language.stop)})
WEAK = sorted({word for language in LANGUAGES for word in entries(language.weak_stop)})
# 47 CFR 64.1200(a)(10) and the CTIA handbook, and the words that Twilio acts on.
PER_SE = (
    *("stop", "quit", "end", "revoke", "opt out", "opt-out", "optout", "cancel", "unsubscribe"),
    *("stopall", "stop all", "arret", "remove", "arrêt", "стоп", "alto", "parar", "baja"),
)
CYRILLIC = str.maketrans("aceopxyisjABCEHIJKMOPSTXY", "асеорхуіѕјАВСЕНІЈКМОРЅТХУ")
GREEK = str.maketrans("ABEHIKMNOPTXYZ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BOLD = {ord("a") + index: 0x1D41A + index for index in range(26)}
SQUARED = {ord("a") + index: 0x1F130 + index for index in range(26)}


def test_the_words_that_revoke_by_law_are_all_known() -> None:
    for word in PER_SE:
        assert classify(word, ()).intent is Intent.stop


@pytest.mark.parametrize("word", [*STRONG, *WEAK])
def test_every_way_to_write_it(word: str) -> None:
    variants = [
        *(word.upper(), word.title(), f"  {word}\n", f"{word}!!!", f"{word}.", f"{word}?"),
        *(f"«{word}»", f"‘{word}’", f"“{word}”", f"'{word}'", f"({word})", f"*{word}*", f"#{word}"),
        *(f"🎸 {word} 🎸", f"{word}🙏", f"\u202e{word}\u202c", f"\ufeff{word}\u200f"),
        *("\u200b".join(word), "\u00ad".join(word), "\0".join(word), word.replace(" ", "\u00a0")),
        *(word.translate(FULL_WIDTH), word.upper().translate(FULL_WIDTH)),
        *(word.translate(BOLD), word.translate(SQUARED), word.replace(" ", "-")),
        *("".join(letter + "\u0336" for letter in word), f"{word}\r\n\r\nSent from my iPhone"),
        *(f"please {word}", f"{word} please", f"ok {word}", f"{word}, thanks", f"hi, {word}"),
    ]
    for variant in variants:
        assert classify(variant, ["JOIN"]).intent is Intent.stop, variant


@pytest.mark.parametrize("word", [word for word in STRONG if len(word) > 3 and " " not in word])
def test_spelled_out_and_in_look_alikes(word: str) -> None:
    variants = [" ".join(word), ".".join(word), "-".join(word.upper()), f"{' '.join(word)} please"]
    if word.isascii():
        variants += [word.translate(CYRILLIC), word.upper().translate(CYRILLIC)]
        variants += [word.upper().translate(GREEK), word[0] + word[1:].translate(CYRILLIC)]
    for variant in variants:
        assert classify(variant, ["JOIN"]).intent is Intent.stop, variant


@pytest.mark.parametrize("kind", ["help", "start", "yes"])
def test_the_other_words_in_every_way_to_write_them(kind: str) -> None:
    for language, lexicon in zip(LANGUAGES, lexicons(), strict=True):
        for word in entries(getattr(language, kind)):
            found = {
                classify(variant, ["JOIN"]).intent
                for variant in (word, word.upper(), f"«{word}»!", word.translate(FULL_WIDTH))
            }
            assert found == {Intent(kind)}, (lexicon.name, word)


@pytest.mark.parametrize(
    "word",
    [
        *("stpo", "sotp", "tsop", "stip", "stopp", "dtop", "srop", "unsuscribe"),
        *("unsubcribe", "unsubscibe", "unscribe", "cancle", "canel", "revok", "отписатся"),
    ],
)
def test_a_slip_of_the_thumb_still_stops(word: str) -> None:
    assert classify(word, ()).intent is Intent.stop
    assert classify(f"{word} please", ()).intent is Intent.stop


@pytest.mark.parametrize("word", sorted(not_typos()))
def test_words_of_their_own_are_no_slips(word: str) -> None:
    assert classify(word, ()).intent is not Intent.stop


@pytest.mark.parametrize(
    "word", ["stop", "cancel", "quit", "unsubscribe", "opt out", "stop texting me"]
)
@pytest.mark.parametrize("negation", ["don't", "do not", "never", "please don't", "can't", "won't"])
def test_a_negated_revocation_is_none(negation: str, word: str) -> None:
    assert classify(f"{negation} {word}", ()).intent is not Intent.stop
    assert classify(f"{negation} ever {word} lol", ()).intent is not Intent.stop


@pytest.mark.parametrize("word", PER_SE)
def test_two_of_them_together_revoke_as_surely_as_one(word: str) -> None:
    for other in PER_SE:
        both = f"{word} {other}"
        for variant in (f"{word}/{other}", both.upper(), f"please {word} or {other}, thanks"):
            assert classify(variant, ["JOIN"]).intent is Intent.stop, variant
