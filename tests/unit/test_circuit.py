"""When a sender rests because the provider fails."""

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError
from scheduler.circuit import LAST, Circuit

TAKEN = Accepted("SM1")


def failure(outcome: Outcome = Outcome.unknown) -> SendError:
    return SendError(outcome, None, "for the test")


def after(answers: list[Accepted | SendError]) -> Circuit:
    circuit = Circuit()
    for answer in answers:
        circuit.saw(answer)
    return circuit


def test_it_opens_when_most_of_the_last_hundred_failed() -> None:
    half = LAST // 2
    assert not after([failure()] * half + [TAKEN] * half).is_failing
    assert after([failure()] * (half + 1) + [TAKEN] * (half - 1)).is_failing
    assert not after([failure()] * (LAST - 1)).is_failing, "too few to tell"


def test_a_number_that_does_not_exist_says_nothing_about_the_provider() -> None:
    for outcome in (Outcome.permanent, Outcome.suppress, Outcome.slow_down, Outcome.pause):
        assert not after([failure(outcome)] * LAST).is_failing


def test_one_success_closes_it_again() -> None:
    circuit = after([failure()] * LAST)
    assert circuit.is_failing
    assert circuit.is_news
    circuit.told()
    circuit.saw(failure())
    assert circuit.is_failing
    circuit.saw(TAKEN)
    assert circuit.is_news
    assert not circuit.is_failing
    circuit.told()
    assert not circuit.is_news


def test_a_probe_decides_also_for_a_process_that_did_not_open_it() -> None:
    circuit = Circuit()
    circuit.saw(failure(), is_probe=True)
    assert circuit.is_news
    assert circuit.is_failing
    circuit.told()
    circuit.saw(TAKEN, is_probe=True)
    assert circuit.is_news
    assert not circuit.is_failing
