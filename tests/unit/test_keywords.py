"""Each text has one right answer: STOP is never missed, and chatter never unsubscribes anybody.

The texts themselves are in data/texts.json, by the intent that a reasonable person reads in them,
for a program with the keywords JOIN, TECHNO and JAZZ.
"""

import json
import sys
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.keywords import Classification, Intent, canonical_keyword, classify, fold, is_reserved

KEYWORDS = ("JOIN", "TECHNO", "JAZZ")
TEXTS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("data").joinpath("texts.json").read_text(encoding="utf-8")
)
CASES = [(text, Intent(intent)) for intent, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("text", "intent"), CASES, ids=[repr(text) for text, _ in CASES])
def test_reads_as_a_reasonable_person_would(text: str, intent: Intent) -> None:
    assert classify(text, KEYWORDS).intent is intent


@pytest.mark.parametrize(("text", "intent"), CASES, ids=[repr(text) for text, _ in CASES])
def test_case_and_what_cannot_be_seen_never_matter(text: str, intent: Intent) -> None:
    for variant in (text.upper(), text.lower(), f"\u202b\ufeff  {text}\u200b\u00ad \n"):
        if "ß" not in text and "\u03a3" not in text:
            assert classify(variant, KEYWORDS).intent is intent, variant


@pytest.mark.parametrize("text", TEXTS["stop"])
def test_a_revocation_needs_no_keywords(text: str) -> None:
    if not {"TECHNO", "JOIN"} & set(text.upper().split()):
        assert classify(text, ()).intent is Intent.stop


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("join", "JOIN"),
        ("Join TECHNO please", "TECHNO"),
        ("ＴＥＣＨＮＯ!!!", "TECHNO"),
        ("ТЕСНNО", "TECHNO"),
        ("t.e.c.h.n.o", "TECHNO"),
        ("neonnights", "Neon Nights"),
        ("Neon-Nights, please", "Neon Nights"),
        ("join neon nights", "Neon Nights"),
        ("ДЖАЗ", "Джаз"),
        ("джаз!", "Джаз"),
        ("Cafe", "Café"),
        ("save20", "SAVE20"),
        ("hi join", "JOIN"),
        ("hi", "HI"),
        ("ＳＡＶＥ２０", "SAVE20"),
    ],
)
def test_a_keyword_comes_back_as_configured(text: str, keyword: str) -> None:
    keywords = ["JOIN", "TECHNO", "Neon Nights", "Джаз", "Café", "SAVE20", "HI"]
    assert classify(text, keywords) == Classification(Intent.join, keyword)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [("LEAVE TECHNO", "TECHNO"), ("leave: jazz!", "JAZZ"), ("sair techno", "TECHNO")],
)
def test_leaving_one_list(text: str, keyword: str) -> None:
    assert classify(text, KEYWORDS) == Classification(Intent.leave, keyword)


def test_leaving_two_lists_or_an_unknown_one() -> None:
    assert classify("leave techno and jazz", KEYWORDS).intent is Intent.stop
    assert classify("leave disco", KEYWORDS) == Classification(Intent.unclear)


@pytest.mark.parametrize("text", ["STOPTECHNO", "stopjazz!", "please STOPTECHNO", "стопtechno"])
def test_a_stop_with_a_keyword_and_no_space(text: str) -> None:
    assert classify(text, KEYWORDS).intent is Intent.stop
    assert classify(text, ()).intent is not Intent.stop
    # A keyword of its own is one.
    assert classify("STOPGAP", ["STOPGAP", "GAP"]) == Classification(Intent.join, "STOPGAP")


@pytest.mark.parametrize("text", ["jion", "joim", "tecno", "J0IN", "technoo", "jazzz", "tech no"])
def test_consent_is_never_guessed(text: str) -> None:
    assert classify(text, KEYWORDS).intent is not Intent.join


@pytest.mark.parametrize("text", ["STOP", "stop?", "JOIN", "HELP", "YES", "hello"])
def test_only_join_and_leave_carry_a_keyword(text: str) -> None:
    found = classify(text, KEYWORDS)
    assert (found.keyword is not None) == (found.intent is Intent.join)


@pytest.mark.parametrize(
    "word",
    [
        *(
            "STOP",
            "s t o p",
            "Ѕтор",
            "END",
            "INFO",
            "yes",
            "OK",
            "START",
            "стоп",
            "да",
            "BAJA",
            "no",
        ),
        *("leave", "opt-out", "ST0P", "help!", "", "🎸", "...", "unstop", "HILFE", "sì"),
    ],
)
def test_words_that_mean_something_already_are_reserved(word: str) -> None:
    assert is_reserved(word)
    # One that is configured all the same never wins.
    assert classify(word, [word]).intent is not Intent.join


@pytest.mark.parametrize(
    "word", ["JOIN", "TECHNO", "SUBSCRIBE", "SHOP", "STEP", "STOMP", "NEON NIGHTS", "ДЖАЗ", "24680"]
)
def test_other_words_are_free(word: str) -> None:
    assert not is_reserved(word)
    assert classify(word, [word]) == Classification(Intent.join, word)


def test_folding() -> None:
    assert fold("«Ｓtóp»\u200b  IT!") == "stop it"
    assert canonical_keyword("Neon-Nights") == canonical_keyword("NEON nights") == "neonnights"
    assert canonical_keyword("🎸!") == ""
    assert fold("ta\u200bke\u2028m\u00ade o\0ff\ufeff, l'arrêt") == "take me off l arret"
    assert fold("don’t don´t don't") == "dont dont dont"
    assert fold("कृपया, बंद करें। நிறுத்து") == "कृपया बंद करें நிறுத்து"


@pytest.mark.parametrize("flag", ["🇸🇮", "🇳🇴", "🇾🇪", "🎉🇸🇮🎉"])
def test_a_flag_is_no_answer(flag: str) -> None:
    assert classify(flag, KEYWORDS) == Classification(Intent.other)


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=1600), st.lists(st.text(), max_size=4))
@example("\ufdfa" * 1600, ["\ufdfa"])
@example("\ud83d stop \udc00", ["\ud83d"])
@example("\0" * 1600, ["\0"])
def test_any_text_has_an_answer(text: str, keywords: list[str]) -> None:
    found = classify(text, keywords)
    assert found.keyword is None or found.keyword in keywords
    assert isinstance(fold(text), str)
    assert isinstance(is_reserved(text), bool)


ALPHABET = [
    "stop",
    "don't",
    "please",
    "no",
    "me",
    "texting",
    "j",
    "s",
    "t",
    "techno",
    "leave",
    "не",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*ALPHABET, "?", ".", ",", "😂", "this", "list"]), max_size=300))
def test_any_row_of_telling_words_has_an_answer(row: list[str]) -> None:
    classify(" ".join(row), KEYWORDS)


@pytest.mark.parametrize(
    "piece",
    [
        *("a ", "stop ", "don't ", "j o i n ", "no me ", "stop all these ", "please ", "\ufdfa"),
        *("s", "'", ".", "hi stop ", "take me off of the ", "\u0301", "l'", "(", "reply stop to "),
    ],
)
def test_reading_a_text_is_no_more_work_than_it_is_long(piece: str) -> None:
    text = (piece * 4000)[:4000]
    classify(text, KEYWORDS)  # What is read from files once is not the text's work.
    assert _calls_to_read(text) < 2.5 * _calls_to_read(text[:2000]) + 500


def _calls_to_read(text: str) -> int:
    """How many calls it takes to read `text`: work, whatever else the machine does meanwhile.

    A pattern that backtracks is one call; it would take minutes, and end every run by its timeout.
    """
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        classify(text, KEYWORDS)
    finally:
        sys.setprofile(None)
    return calls
