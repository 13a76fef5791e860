"""When a sender rests because the provider fails."""

import time

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError
from scheduler.circuit import LAST, Circuit

TAKEN = Accepted("SM1")


def failure(outcome: Outcome = Outcome.unknown) -> SendError:
    return SendError(outcome, None, "for the test")


def after(answers: list[Accepted | SendError]) -> Circuit:
    circuit = Circuit()
    for answer in answers:
        circuit.saw(answer, time.monotonic())
    return circuit


def test_it_opens_when_most_of_the_last_hundred_failed() -> None:
    half = LAST // 2
    assert not after([failure()] * half + [TAKEN] * half).is_failing
    assert after([failure()] * (half + 1) + [TAKEN] * (half - 1)).is_failing
    assert not after([failure()] * (LAST - 1)).is_failing, "too few to tell"


def test_a_number_that_does_not_exist_says_nothing_about_the_provider() -> None:
    for outcome in (Outcome.permanent, Outcome.suppress, Outcome.slow_down, Outcome.pause):
        assert not after([failure(outcome)] * LAST).is_failing


def test_what_was_claimed_before_it_opened_does_not_close_it() -> None:
    before = time.monotonic()
    circuit = after([failure()] * LAST)
    assert circuit.is_failing
    assert circuit.is_news
    circuit.told()
    for answer in (TAKEN, failure()):
        circuit.saw(answer, before)
        assert circuit.is_failing
        assert not circuit.is_news


def test_what_failed_before_a_probe_went_well_does_not_open_it_again() -> None:
    before = time.monotonic()
    circuit = after([failure()] * LAST)
    circuit.saw(TAKEN, time.monotonic(), is_probe=True)
    for _ in range(LAST):
        circuit.saw(failure(), before)
    assert not circuit.is_failing


def test_another_process_can_close_it() -> None:
    circuit = after([failure()] * LAST)
    circuit.told()
    circuit.saw(TAKEN, time.monotonic())
    assert not circuit.is_failing
    assert not circuit.is_news, "its row says so already"


def test_a_probe_decides_also_for_a_process_that_did_not_open_it() -> None:
    circuit = Circuit()
    circuit.saw(failure(), time.monotonic(), is_probe=True)
    assert circuit.is_news
    assert circuit.is_failing
    circuit.told()
    circuit.saw(TAKEN, time.monotonic(), is_probe=True)
    assert circuit.is_news
    assert not circuit.is_failing
