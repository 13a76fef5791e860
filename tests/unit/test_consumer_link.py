"""The link to a consumer's own page: short, bound to one person, and over after seven days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.consumer_link import LONGEST, VALID_DAYS, Expired, consumer_link, read, without_key

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BASE = "https://sms.example.com"
SECRET = "s" * 32
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token(subscriber_id: int = 12, now: datetime = NOON, secret: str = SECRET) -> str:
    return consumer_link(BASE, secret, subscriber_id, now).removeprefix(f"{BASE}/c/")


@given(st.integers(1, 2**63 - 1), st.integers(0, 100 * 365 * 24 * 60))
def test_a_link_leads_to_whom_it_was_made_for(subscriber_id: int, minutes: int) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    made = token(subscriber_id, now)
    assert read(SECRET, made, now) == subscriber_id
    assert len(made) <= LONGEST
    assert set(made) <= set(ALPHABET), "a phone cuts a link at other characters"


def test_it_is_short() -> None:
    assert len(token(1)) <= 17
    assert len(token(1_000_000)) <= 19


@pytest.mark.parametrize("started", [timedelta(0), timedelta(minutes=1), timedelta(minutes=59)])
def test_it_lasts_seven_days_and_not_a_full_hour_more(started: timedelta) -> None:
    made = token(12, NOON + started)
    end = NOON + started + timedelta(days=VALID_DAYS)
    assert read(SECRET, made, end - timedelta(microseconds=1)) == 12
    assert isinstance(read(SECRET, made, end + timedelta(hours=1)), Expired)


def test_an_altered_link_is_nobodys() -> None:
    made = token()
    for place in range(len(made)):
        for other in "0Az":
            if made[place] != other:
                assert read(SECRET, made[:place] + other + made[place + 1 :], NOON) is None
    for altered in (made[:-1], made + "0", "0" + made, made[::-1], made.swapcase()):
        assert read(SECRET, altered, NOON) is None


@pytest.mark.parametrize("junk", ["", "0", "ä" * 17, "-", "1" * 5000, "%00", "../login", "١٢٣٤"])
def test_junk_is_nobodys(junk: str) -> None:
    assert read(SECRET, junk, NOON) is None


def test_other_eyes_see_no_key() -> None:
    link = consumer_link(BASE, SECRET, 12, NOON)
    assert without_key(f"Your data: {link}. Bye") == f"Your data: {BASE}/c/…. Bye"
    assert without_key("and/or c/o") == "and/or c/o"


def test_another_installations_link_is_nobodys() -> None:
    assert read(SECRET, token(secret="t" * 32), NOON) is None
