"""What the linter says of a draft: what blocks, what asks, what is only told."""

import pytest

from compliance.rules import RULES, Level
from compliance.rules.price import cheaper, replaceable
from messaging.segments import measure
from tests.unit.rules.facts import GOOD, point, points, said


def test_a_good_draft_gets_no_word_and_neither_does_an_empty_one() -> None:
    assert said() == {}
    assert said("  \n") == {}


SAYS = [
    ("C001", Level.error, "Neon Nights: xxx night. STOP to end, HELP for help"),
    ("C002", Level.error, f"{GOOD}. Happy hour till 10"),
    ("C005", Level.error, f"{GOOD} http://203.0.113.7/x"),
    ("C005", Level.error, f"{GOOD} https://neon.example@evil.example"),
    ("C005", Level.error, f"{GOOD} http://0x7f000001/x"),
    ("C005", Level.error, f"{GOOD} http://2130706433/x"),
    ("C005", Level.error, f"{GOOD} https://neon.example%2eevil.example/x"),
    ("C006", Level.error, "PayPal: log in. Neon Nights. STOP to end, HELP for help"),
    ("C017", Level.warning, f"{GOOD}. Free msgs!"),
    ("C017", Level.warning, f"FreeMsg {GOOD}"),
    ("C018", Level.warning, f"{GOOD} bit.ly/xyz"),
    ("C018", Level.warning, f"{GOOD} https://www.tinyurl.com/a"),
    ("C018", Level.warning, f"{GOOD} HTTPS://BIT.LY/x"),
    ("C018", Level.warning, f"{GOOD} (go.bit.ly/x)"),
    ("C018", Level.warning, f"{GOOD} see:Dub.sh/x"),
    ("C018", Level.warning, f"{GOOD} https://bit.ly./x"),
    ("C018", Level.warning, f"{GOOD} https://bit.ly:443/x"),
    ("C018", Level.warning, f"{GOOD} bit.ly"),
    ("C018", Level.warning, f"{GOOD} new.ly/3xYz9"),  # none of the list, but it looks like one
    ("C019", Level.warning, f"{GOOD} https://elsewhere.example/x"),
    ("C019", Level.warning, f"{GOOD} http://neon.example/x"),
    ("C028", Level.warning, "Friday 23h. Reply STOP to end, HELP for help"),
    ("C030", Level.warning, "Neon Nights: Friday 23h. HELP for help"),
    ("C031", Level.hint, "Neon Nights: Friday 23h. Reply STOP to end"),
    ("C033", Level.warning, "Neon Nights: DOORS OPEN LATE TONIGHT. STOP to end, HELP for help"),
    ("C033", Level.warning, "Neon Nights: BIG SALE NOW. STOP to end, HELP for help"),
    ("C033", Level.warning, f"{GOOD}!!!"),
    ("C033", Level.warning, f"{GOOD}!?!?"),
    ("C034", Level.hint, "Neon Nights: don’t miss it. STOP to end, HELP for help"),
    ("C034", Level.warning, f"{GOOD}. Don’t miss it"),
]


@pytest.mark.parametrize(("code", "level", "body"), SAYS)
def test_each_thing_is_said_by_its_own_rule_alone(code: str, level: Level, body: str) -> None:
    if (code, level) == ("C034", Level.warning):
        body += " " + "a" * 40
    if code == "C005":
        # Such a link is not the brand's own either.
        assert {key: value for key, value in said(body).items() if key != "C019"} == {code: level}
    else:
        assert said(body) == {code: level.value}
    assert all((point(code, body).text, point(code, body).remedy, point(code, body).source))


def test_every_rule_that_lints_is_met_here() -> None:
    by_time = {"C020", "C021", "C035"}
    assert {one.code for one in RULES if one.lint} == {code for code, _, _ in SAYS} | by_time


def test_errors_stand_before_warnings_and_hints() -> None:
    levels = [one.level for one in points("Free msgs, don’t miss the xxx show")]
    assert levels == sorted(levels, key=list(Level).index)
    assert levels[0] is Level.error


# -- words ------------------------------------------------------------------------------------


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
    assert "C030" not in said(f"Neon Nights: tonight. {wording}")


@pytest.mark.parametrize(
    "body",
    [
        *("Don't stop the music", "Non-stop party", "unstoppable night"),
        *("DON’T STOP THE MUSIC", "NON-STOP PARTY"),
        *("We meet at the BUS STOP", "Never STOP dancing"),
    ],
)
def test_the_word_alone_is_no_instruction(body: str) -> None:
    assert "C030" in said(body)


def test_the_name_is_found_whatever_its_case_and_spacing() -> None:
    assert said(GOOD.replace("Neon Nights", "NEON  NIGHTS")) == {}


@pytest.mark.parametrize(
    "body",
    [
        "Guns N' Roses tribute",
        "Sex Pistols night",
        "first 100 in free",
        "free context at the door",
        "root beer",
        "ginger",
        "gunny",
        "ginger ale",
        "a water gun fight",
        "sale ends soon, printed on scale",
        "9in pizza from 1am, B2B room 5 till 4am",
    ],
)
def test_what_a_venue_writes_of_a_show_is_no_forbidden_content(body: str) -> None:
    assert said(f"{GOOD}. {body}") == {}


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [("s3xy night", "C001", "s3xy"), ("p0rn", "C001", "p0rn"), ("W33D", "C002", "W33D")],
)
def test_a_word_is_not_hidden_by_digits_in_it(body: str, code: str, word: str) -> None:
    assert word in point(code, f"{GOOD}. {body}").text


def test_words_of_another_script_are_not_taken_for_english_ones() -> None:
    assert not {"C001", "C002", "C017"} & said(f"{GOOD}. Але пива й рому нема").keys()


@pytest.mark.parametrize(
    "word",
    [
        "beer",
        "Cigars",
        "shotgun",
        "CBD",
        "vape",
        "ＢＥＥＲ",
        "be\u200ber",
        "ｗｅｅｄ",
        "сannabis",
        "vаре",
        "wéed",
        "🍻",
        "half-price drinks",
    ],
)
def test_an_age_gate_turns_the_error_into_a_question(word: str) -> None:
    assert said(f"{GOOD}. {word}")["C002"] == "error"
    assert said(f"{GOOD}. {word}", minimum_age=21)["C002"] == "warning"


def test_no_age_gate_makes_sex_or_hate_allowed() -> None:
    assert said(f"{GOOD}. Porn", minimum_age=21) == {"C001": "error"}
    assert said(f"{GOOD}. Роrn", minimum_age=21)["C001"] == "error"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("C017", "Frее msgs"),
        ("C033", "！！！"),
        ("C033", "!‼"),
        ("C033", "ＢＩＧ ＳＡＬＥ ＮＯＷ ＡＮＤ ＡＬＬ ＤＡＹ ＬＯＮＧ"),
    ],
)
def test_what_is_written_in_other_letters_reads_the_same(code: str, body: str) -> None:
    assert code in said(f"{GOOD}. {body}")


def test_keywords_and_a_single_loud_word_are_no_shouting() -> None:
    assert said("Neon Nights: NOVA plays! Text JOIN, HELP for help, STOP to end") == {}
    assert "C033" not in said(f"{GOOD}. ＪＯＩＮ ＨＥＬＰ ＳＴＯＰ")


# -- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        "neon.example/bit.ly",
        "https://tickets.neon.example/a?b=c.",
        "http://[",
        "a..b",
        "at 9.30",
        "tonight.Doors at 9",
        "https://neon.example/tour2026",
    ],
)
def test_the_brands_own_links_and_what_is_none_pass(link: str) -> None:
    assert said(f"{GOOD} {link}") == {}


def test_a_mailbox_at_a_public_provider_says_nothing_of_the_brand() -> None:
    changes = {"support_contact": "neon@gmail.com", "terms_url": "", "privacy_url": ""}
    assert said(f"{GOOD} https://neon.example", **changes) == {}
    mail = {"support_contact": "neon@gmail.com"}
    assert said(f"{GOOD} https://gmail.com/x", **mail) == {"C019": "warning"}


def test_a_brand_that_is_tried_out_on_one_machine_may_link_there() -> None:
    own = {"terms_url": "http://127.0.0.1:8000/p/n/terms", "privacy_url": "http://127.0.0.1:8000/p"}
    assert said(f"{GOOD} http://127.0.0.1:8000/p/n", **own) == {}


def test_below_a_countrys_second_level_only_the_same_name_is_the_brands() -> None:
    own = {
        "terms_url": "https://neon.co.uk/t",
        "privacy_url": "https://www.neon.co.uk/p",
        "support_contact": "+1 202 555 0100",
    }
    assert said(f"{GOOD} https://shop.neon.co.uk", **own) == {}
    assert said(f"{GOOD} https://other.co.uk", **own) == {"C019": "warning"}


# -- the price --------------------------------------------------------------------------------


def test_a_curly_quote_that_costs_a_segment_is_told_with_both_prices() -> None:
    body = GOOD + " Don’t miss it: " + "a" * 60
    (told,) = points(body)
    assert "3 segments instead of 1" in told.text
    assert [(one.character, one.replacement) for one in told.costly] == [("’", "'")]


def test_each_costly_character_is_pointed_at_with_what_could_stand_there() -> None:
    body = "“Don’t” say “no” to a café with a naïve crêpe™ 🎉 👍🏽"
    found = replaceable(body)
    assert [(one.character, one.replacement) for one in found] == [
        ("“", '"'),
        ("’", "'"),
        ("”", '"'),
        ("“", '"'),
        ("”", '"'),
        ("ï", "i"),
        ("ê", "e"),
        ("™", "TM"),
        ("🎉", None),
        ("👍", None),
        ("🏽", ""),
    ]
    assert [body[one.index] for one in found] == [one.character for one in found]
    cheap = cheaper(body, found)
    assert cheap == '"Don\'t" say "no" to a café with a naive crepeTM  '
    assert measure(cheap).encoding == "GSM-7"


def test_many_different_characters_are_all_named() -> None:
    body = "“a” ‘b’ – c — d… e‹f›"
    assert len(replaceable(body)) == 9


def test_a_text_in_another_script_is_not_nagged() -> None:
    assert replaceable("Пятница, 23:00, вход свободный") == []
    assert replaceable("plain") == []


def test_without_a_list_only_the_text_is_judged() -> None:
    assert said("Doors at 9", at=None, recipients=(), name="") == {
        "C030": "warning",
        "C031": "hint",
    }
