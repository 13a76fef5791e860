"""How many messages are with the HTTP client at a time."""

import pytest

from scheduler.places import Places


def after(most: int, *latencies: float) -> int:
    places = Places(most)
    for seconds in latencies:
        places.answered(seconds)
    return places.all


def test_nothing_is_handed_over_early_before_the_first_answer() -> None:
    assert after(100) == 100


@pytest.mark.parametrize(
    ("most", "latency", "places"),
    [(100, 0.05, 116), (1000, 0.05, 1160), (100, 0.001, 120), (100, 1, 100), (1, 0.05, 1)],
)
def test_as_much_is_handed_over_early_as_leaves_soon(
    most: int, latency: float, places: int
) -> None:
    assert after(most, latency) == places


def test_a_provider_that_becomes_slow_is_given_nothing_early() -> None:
    assert after(100, 0.05, *[5.0] * 10) == 100


def test_one_slow_answer_changes_little() -> None:
    assert after(100, *[0.05] * 50, 0.2) >= 110
