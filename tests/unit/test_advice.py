"""What a promoter is warned of before sending, and what passes in silence."""

import pytest

from compliance.advice import Topic, advice, few_costly_characters

GOOD = "Neon Nights: Friday 23h, doors open late. Reply STOP to end"


def topics(body: str, program: str = "Neon Nights") -> list[Topic]:
    return [point.topic for point in advice(body, program)]


def test_a_good_message_gets_no_advice_and_neither_does_an_empty_one() -> None:
    assert topics(GOOD) == []
    assert topics("  \n") == []


@pytest.mark.parametrize(
    "wording",
    [
        "Reply STOP to end",
        "reply stop to end",
        "Txt 'stop' to quit",
        "STOP=end",
        "Stop2end",
        "To opt-out visit us",
        "Répondez ARRÊT",
        "Ответьте СТОП",
    ],
)
def test_wording_that_tells_how_to_stop_is_seen(wording: str) -> None:
    assert Topic.stop not in topics(f"Neon Nights: tonight. {wording}")


@pytest.mark.parametrize("body", ["Don't stop the music", "Non-stop party", "unstoppable night"])
def test_the_word_alone_is_no_instruction(body: str) -> None:
    assert Topic.stop in topics(body)


def test_a_message_without_the_programs_name_is_anonymous() -> None:
    assert topics("Friday 23h. Reply STOP to end") == [Topic.brand]
    assert topics("NEON  NIGHTS Friday. Reply STOP to end") == []


@pytest.mark.parametrize("link", ["bit.ly/xyz", "https://www.tinyurl.com/a", "HTTP://BIT.LY/x"])
def test_a_public_shortener_is_advised_against(link: str) -> None:
    assert topics(f"{GOOD} {link}") == [Topic.short_link]


@pytest.mark.parametrize("link", ["neon.example/bit.ly", "https://habit.ly", "http://[", "a..b"])
def test_other_links_pass(link: str) -> None:
    assert topics(f"{GOOD} {link}") == []


def test_a_curly_quote_that_costs_a_segment_is_told_with_both_prices() -> None:
    body = GOOD + " Don’t miss it: " + "a" * 60
    point = advice(body, "Neon Nights")[0]
    assert point.topic is Topic.cost
    assert "3 segments instead of 1" in point.text


def test_few_costly_characters_are_named_once_each_in_order() -> None:
    found = few_costly_characters("“Don’t” say “no” to a long enough evening of music")
    assert [(c.character, c.replacement) for c in found] == [("“", '"'), ("’", "'"), ("”", '"')]


def test_a_text_in_another_script_is_not_nagged() -> None:
    assert few_costly_characters("Пятница, 23:00, вход свободный") == []
    assert few_costly_characters("plain") == []


def test_every_advice_has_a_remedy_and_a_source() -> None:
    for point in advice("Don’t stop bit.ly/x and a little more text here", "Neon Nights"):
        assert all((point.text, point.remedy, point.source))
