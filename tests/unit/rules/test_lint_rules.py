"""What the linter says of a draft: what blocks, what asks, what is only told."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance.rules import RULES, History, Level, Point, Recipients
from compliance.rules.price import few_costly_characters
from tests.unit.rules.facts import GOOD, NOW, points, said


def point(code: str, body: str = GOOD, **changes: object) -> Point:
    return next(one for one in points(body, **changes) if one.code == code)


def test_a_good_draft_gets_no_word_and_neither_does_an_empty_one() -> None:
    assert said() == {}
    assert said("  \n") == {}


SAYS = [
    ("C001", Level.error, "Neon Nights: xxx night. STOP to end, HELP for help"),
    ("C002", Level.error, f"{GOOD}. Happy hour till 10"),
    ("C005", Level.error, f"{GOOD} http://203.0.113.7/x"),
    ("C005", Level.error, f"{GOOD} https://neon.example@evil.example"),
    ("C006", Level.error, "PayPal: log in. Neon Nights. STOP to end, HELP for help"),
    ("C017", Level.warning, f"{GOOD}. Free msgs!"),
    ("C018", Level.warning, f"{GOOD} bit.ly/xyz"),
    ("C018", Level.warning, f"{GOOD} https://www.tinyurl.com/a"),
    ("C018", Level.warning, f"{GOOD} HTTPS://BIT.LY/x"),
    ("C019", Level.warning, f"{GOOD} https://elsewhere.example/x"),
    ("C019", Level.warning, f"{GOOD} http://neon.example/x"),
    ("C028", Level.warning, "Friday 23h. Reply STOP to end, HELP for help"),
    ("C030", Level.warning, "Neon Nights: Friday 23h. HELP for help"),
    ("C031", Level.hint, "Neon Nights: Friday 23h. Reply STOP to end"),
    ("C033", Level.warning, "Neon Nights: DOORS OPEN LATE TONIGHT. STOP to end, HELP for help"),
    ("C033", Level.warning, f"{GOOD}!!!"),
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
    by_time = {"C020", "C021"}
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


@pytest.mark.parametrize("body", ["Don't stop the music", "Non-stop party", "unstoppable night"])
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
        "root beer",
        "ginger",
        "gunny",
    ],
)
def test_what_a_venue_writes_of_a_show_is_no_forbidden_content(body: str) -> None:
    assert said(f"{GOOD}. {body}") == {}


@pytest.mark.parametrize("word", ["beer", "Cigars", "shotgun", "CBD", "vape"])
def test_an_age_gate_turns_the_error_into_a_question(word: str) -> None:
    assert said(f"{GOOD}. {word}") == {"C002": "error"}
    assert said(f"{GOOD}. {word}", minimum_age=21) == {"C002": "warning"}


def test_no_age_gate_makes_sex_or_hate_allowed() -> None:
    assert said(f"{GOOD}. Porn", minimum_age=21) == {"C001": "error"}


def test_keywords_and_a_single_loud_word_are_no_shouting() -> None:
    assert said("Neon Nights: NOVA plays! Text JOIN, HELP for help, STOP to end") == {}


# -- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    ["neon.example/bit.ly", "https://tickets.neon.example/a?b=c.", "http://[", "a..b", "at 9.30"],
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


# -- the month --------------------------------------------------------------------------------


def test_stop_and_help_are_due_once_in_thirty_days() -> None:
    bare = "Neon Nights: Friday 23h"
    for days, expected in ((29, {}), (31, {"C030": "warning", "C031": "hint"})):
        told = NOW - timedelta(days=days)
        history = History(stop_told_at=told, contact_told_at=told)
        assert said(bare, history=history) == expected


def test_the_fifth_broadcast_of_a_month_asks_and_the_fourth_does_not() -> None:
    three = tuple(NOW - timedelta(days=days) for days in (1, 9, 29))
    assert said(history=History(to_this_list=three)) == {}
    four = History(to_this_list=(*three, NOW - timedelta(days=20)))
    assert said(history=four) == {"C020": "warning"}
    assert "number 5 to this list in a month" in point("C020", history=four).text
    long_ago = History(to_this_list=(*three, NOW - timedelta(days=30)))
    assert said(history=long_ago) == {}


def test_broadcasts_that_are_planned_for_later_count_too() -> None:
    planned = tuple(NOW + timedelta(days=days) for days in (1, 2, 3, 4))
    assert said(history=History(to_this_list=planned)) == {"C020": "warning"}


@pytest.mark.parametrize(
    ("promise", "hours", "expected"),
    [
        ("1 msg/day", 23, {"C020": "warning"}),
        ("1 msg/day", 24, {}),
        ("2 texts per week", 23, {}),
        ("Recurring messages", 1, {}),
        ("Up to 1 message each week", 24 * 6, {"C020": "warning"}),
    ],
)
def test_every_way_to_promise_is_read(promise: str, hours: int, expected: dict[str, str]) -> None:
    before = History(to_this_list=(NOW - timedelta(hours=hours),))
    assert said(history=before, message_frequency=promise) == expected


# -- the hour ---------------------------------------------------------------------------------

NEW_YORK, LOS_ANGELES, LONDON = "+12125550100", "+12135550100", "+442079460000"


@pytest.mark.parametrize(
    ("at", "number", "is_quiet"),
    [
        (datetime(2026, 11, 23, 13, 59, tzinfo=UTC), NEW_YORK, True),  # Monday, 8:59
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), NEW_YORK, False),
        (datetime(2026, 11, 24, 0, 59, tzinfo=UTC), NEW_YORK, False),  # Monday, 19:59
        (datetime(2026, 11, 24, 1, 0, tzinfo=UTC), NEW_YORK, True),
        (datetime(2026, 11, 22, 16, 59, tzinfo=UTC), NEW_YORK, True),  # Sunday, 11:59
        (datetime(2026, 11, 22, 17, 0, tzinfo=UTC), NEW_YORK, False),
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), LOS_ANGELES, True),  # 6:00
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), LONDON, False),
        (datetime(2026, 7, 6, 12, 59, tzinfo=UTC), NEW_YORK, True),  # summer time: 8:59
        (datetime(2026, 7, 6, 13, 0, tzinfo=UTC), NEW_YORK, False),
    ],
)
def test_quiet_hours_are_the_recipients_own(at: datetime, number: str, is_quiet: bool) -> None:
    told = said(at=at, recipients=(Recipients(number, 1),), audience=1)
    assert told == ({"C021": "warning"} if is_quiet else {})


def test_the_warning_counts_who_would_get_it_outside() -> None:
    groups = (Recipients(NEW_YORK, 300), Recipients(LOS_ANGELES, 212))
    at = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 10:30 and 7:30
    text = point("C021", at=at, recipients=groups, audience=512).text
    assert text.startswith("212 people may get it outside")
    assert "America/Los Angeles it is then Monday, 07:30" in text
    assert "legal 8:00 to 21:00" in text
    # Of a sample the share is told of the whole list.
    text = point("C021", at=at, recipients=groups, audience=51_200).text
    assert text.startswith("About 21,200 people")


def test_a_number_that_may_be_in_many_zones_must_be_allowed_in_all() -> None:
    toll_free = (Recipients("+18005550100", 1),)
    assert said(at=NOW, recipients=toll_free, audience=1) == {"C021": "warning"}


def test_a_number_that_tells_no_zone_is_taken_to_be_in_the_broadcasts() -> None:
    nowhere = (Recipients("+99912345678", 1),)
    night = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert said(at=night, recipients=nowhere, audience=1, timezone="UTC") == {"C021": "warning"}
    assert said(at=night, recipients=nowhere, audience=1, timezone="Asia/Tokyo") == {}


# -- the price --------------------------------------------------------------------------------


def test_a_curly_quote_that_costs_a_segment_is_told_with_both_prices() -> None:
    body = GOOD + " Don’t miss it: " + "a" * 60
    (told,) = points(body)
    assert "3 segments instead of 1" in told.text
    assert [(one.character, one.replacement) for one in told.costly] == [("’", "'")]


def test_few_costly_characters_are_named_once_each_in_order() -> None:
    found = few_costly_characters("“Don’t” say “no” to a long enough evening of music")
    assert [(c.character, c.replacement) for c in found] == [("“", '"'), ("’", "'"), ("”", '"')]


def test_a_text_in_another_script_is_not_nagged() -> None:
    assert few_costly_characters("Пятница, 23:00, вход свободный") == []
    assert few_costly_characters("plain") == []


def test_without_a_list_only_the_text_is_judged() -> None:
    assert said("Doors at 9", at=None, recipients=(), name="") == {
        "C030": "warning",
        "C031": "hint",
    }
