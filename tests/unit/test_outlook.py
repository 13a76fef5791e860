"""How long a broadcast takes, in words."""

from datetime import timedelta

import pytest

from models import Sender
from scheduler.outlook import expected, in_words


def sender(rate: float, daily_cap: int | None = None) -> Sender:
    return Sender(
        organization_id=1,
        kind="short_code",
        address="24680",
        replies_by="application",
        segments_per_second=rate,
        daily_cap=daily_cap,
    )


@pytest.mark.parametrize(
    ("rates", "messages", "body", "words"),
    [
        ([100], 10_000, "Hi", "10,000 messages at 100 segments a second: about 2 minutes"),
        (
            [100],
            10_000,
            "ж" * 71,
            "10,000 messages of 2 segments at 100 segments a second: about 3 minutes",
        ),
        ([1], 1, "Hi", "1 message at 1 segment a second: less than a minute"),
        ([100, 3], 1_000_000, "Hi", "1,000,000 messages at 103 segments a second: about 3 hours"),
        ([1], 200_000, "Hi", "200,000 messages at 1 segment a second: about 2 days"),
        ([0.25], 60, "Hi", "60 messages at 0.25 segments a second: about 4 minutes"),
    ],
)
def test_how_long_it_takes(rates: list[float], messages: int, body: str, words: str) -> None:
    assert expected([sender(rate) for rate in rates], messages, body).words == words


def test_a_daily_cap_takes_days() -> None:
    capped = expected([sender(10, 2_000)], 9_000, "Hi")
    assert capped.time >= timedelta(days=4)
    assert capped.words == (
        "9,000 messages at 10 segments a second, at most 2,000 a day: about 4 days"
    )
    assert expected([sender(10, 2_000)], 2_000, "Hi").time < timedelta(days=1)
    assert expected([sender(10, 2_000), sender(1)], 9_000, "Hi").daily_cap is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (49, "less than a minute"),
        (50, "about 1 minute"),
        (90 * 60, "about 90 minutes"),
        (91 * 60, "about 2 hours"),
        (36 * 3600, "about 36 hours"),
        (37 * 3600, "about 2 days"),
    ],
)
def test_times_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
