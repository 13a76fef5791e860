"""Every provider code of the domain has its outcome in the one table."""

import pytest

from messaging.errors import Outcome, meaning, outcome_of_answer, outcome_of_receipt

TABLE = {
    Outcome.suppress: [21610],
    Outcome.permanent: [21211, 21614, 30005, 30006],
    Outcome.retry: [30003, 30008, 30036, 20503],
    Outcome.slow_down: [20429, 21611, 30001, 30022, 63017, 63038, 14107],
    Outcome.day_over: [30023, 30027],
    Outcome.pause: [
        *(30002, 30007, 30034, 21408, 21606, 30032, 20003),
        *(20005, 20404, 21659, 21660, 21703, 21704),
    ],
}


@pytest.mark.parametrize(
    ("code", "outcome"), [(code, outcome) for outcome, codes in TABLE.items() for code in codes]
)
def test_a_known_code_leads_to_its_outcome(code: int, outcome: Outcome) -> None:
    assert outcome_of_receipt(code) is outcome
    assert outcome_of_answer(400, code) is outcome
    assert str(code) not in meaning(code), "a promoter reads words, not numbers"


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (429, None, Outcome.slow_down),
        (429, 99999, Outcome.slow_down),
        (401, None, Outcome.pause),
        (402, None, Outcome.pause),
        (404, None, Outcome.pause),
        (408, None, Outcome.unknown),
        (425, None, Outcome.unknown),
        (400, None, Outcome.permanent),
        (400, 99999, Outcome.permanent),
        (500, None, Outcome.unknown),
        (500, 20500, Outcome.unknown),
        (502, None, Outcome.unknown),
        (503, None, Outcome.unknown),
        (503, 20503, Outcome.retry),
    ],
)
def test_an_answer_that_the_table_does_not_know_is_read_safely(
    status: int, code: int | None, outcome: Outcome
) -> None:
    assert outcome_of_answer(status, code) is outcome


@pytest.mark.parametrize("code", [None, 0, 12345])
def test_an_unknown_receipt_code_gives_up(code: int | None) -> None:
    assert outcome_of_receipt(code) is Outcome.permanent
    assert meaning(code or 0)
