"""Consent replayed: may somebody be messaged as of a moment, and because of which events."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance.why import Answer, Fact, Standing, replay
from models import ConsentKind

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLUB, BAR = 1, 2


def facts(*rows: tuple[str, int | None, int | None]) -> list[Fact]:
    """(kind, program, list), one an hour from noon on."""
    return [
        Fact(number, kind, "text", program, list_id, NOON + timedelta(hours=number))
        for number, (kind, program, list_id) in enumerate(rows)
    ]


def now(*rows: tuple[str, int | None, int | None]) -> Answer:
    return replay(facts(*rows), [CLUB, BAR], NOON + timedelta(days=9))[CLUB]


def because(answer: Answer) -> list[int]:
    return [fact.event_id for fact in answer.because]


@pytest.mark.parametrize("kind", ConsentKind)
def test_every_kind_of_event_is_known(kind: ConsentKind) -> None:
    befores: list[list[tuple[str, int | None, int | None]]]
    befores = [[], [("requested", CLUB, 7)], [("opted_in", CLUB, 7)]]
    assert any(now(*before, (kind.value, CLUB, 7)) != now(*before) for before in befores)


def test_without_events_nobody_may_be_messaged() -> None:
    assert now() == Answer()
    assert not now().may


def test_an_opt_in_is_consent_to_its_program_alone() -> None:
    history = facts(("opted_in", CLUB, 7))
    answers = replay(history, [CLUB, BAR], NOON)
    assert answers[CLUB].may
    assert answers[CLUB].lists == {7}
    assert because(answers[CLUB]) == [0]
    assert answers[BAR].standing is Standing.never


def test_a_moment_before_an_event_does_not_know_it() -> None:
    history = facts(("opted_in", CLUB, 7), ("opted_out", None, None))
    before = replay(history, [CLUB], NOON + timedelta(minutes=59, seconds=59))[CLUB]
    at = replay(history, [CLUB], NOON + timedelta(hours=1))[CLUB]
    assert (before.may, at.may) == (True, False)
    assert because(at) == [0, 1]


def test_an_opt_out_of_everything_ends_every_program_and_a_return_lifts_it_in_one() -> None:
    history = facts(
        ("opted_in", CLUB, 7),
        ("opted_in", BAR, 8),
        ("opted_out", None, None),
        ("opted_in", BAR, None),
    )
    answers = replay(history, [CLUB, BAR], NOON + timedelta(days=1))
    assert not answers[CLUB].may
    assert answers[BAR].may
    assert answers[BAR].lists == {8}  # START names no list and gives back what there was
    assert because(answers[BAR]) == [2, 3]


def test_joining_anew_by_a_keyword_is_consent_to_its_list_alone() -> None:
    back = now(("opted_in", CLUB, 7), ("opted_out", None, None), ("opted_in", CLUB, 9))
    assert back.lists == {9}


def test_a_request_waits_for_its_yes_and_can_lapse() -> None:
    asked = ("requested", CLUB, 7)
    assert now(asked).standing is Standing.pending
    assert because(now(asked, ("opted_in", CLUB, None))) == [0, 1]
    assert now(asked, ("lapsed", CLUB, None)).standing is Standing.unsubscribed
    assert now(("opted_in", CLUB, 7), ("lapsed", CLUB, None)).may


def test_a_request_does_not_lift_a_revocation() -> None:
    answer = now(("opted_in", CLUB, 7), ("opted_out", None, None), ("requested", CLUB, 7))
    assert answer.standing is Standing.pending
    assert because(answer) == [1, 2]


def test_leaving_a_list_keeps_the_consent() -> None:
    left = now(("opted_in", CLUB, 7), ("joined_list", CLUB, 8), ("left_list", CLUB, 7))
    assert left.may
    assert left.lists == {8}


def test_a_deactivated_number_is_nobodys() -> None:
    answer = now(("opted_in", CLUB, 7), ("deactivated", None, None))
    assert not answer.may
    assert because(answer) == [0, 1]
