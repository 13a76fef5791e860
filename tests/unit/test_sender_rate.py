"""How fast a sender may go: window, daily cap, too many requests, rest. Pure: the row alone."""

from datetime import UTC, datetime, timedelta

import pytest

from models import Sender
from scheduler.lanes import state_of

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def sender(rate: float = 100, **values: object) -> Sender:
    return Sender(
        organization_id=1,
        kind="short_code",
        address="24680",
        replies_by="application",
        segments_per_second=rate,
        created_at=NOW,
        **values,
    )


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_quarter_of_a_second_may_be_claimed_ahead() -> None:
    one = sender(100)
    assert one.room(1, NOW) == 25
    one.reserve(25, NOW)
    assert one.room(1, NOW) == 0
    assert one.room(1, after(0.1)) == 10


def test_a_slow_sender_keeps_its_rate_exactly() -> None:
    one, went = sender(1), 0
    for tenth in range(600):
        if one.room(1, after(tenth / 10)):
            one.reserve(1, after(tenth / 10))
            went += 1
    assert went == 61, "one at once, and one a second"


def test_a_long_message_goes_and_takes_its_time() -> None:
    one = sender(1)
    assert one.room(7, NOW) == 1
    one.reserve(7, NOW)
    assert one.room(7, after(6.7)) == 0
    assert one.room(7, after(6.8)) == 1


@pytest.mark.parametrize(("rate", "segments"), [(0.05, 5), (0.01, 2), (1, 70)])
def test_a_message_that_takes_longer_than_a_minute_takes_all_its_time(
    rate: float, segments: int
) -> None:
    one = sender(rate)
    one.reserve(segments, NOW)
    assert one.room(segments, after(1)) == 0
    assert one.room(segments, after(segments / rate - 0.3)) == 0
    assert one.room(segments, after(segments / rate - 0.2)) == 1


def test_many_replies_hold_up_what_follows_until_the_last_of_them_has_left() -> None:
    one = sender(1)
    for second in range(200):
        one.owe(2, NOW, after(second))
    assert one.room(1, after(200)) == 0
    assert one.room(1, after(399)) == 0
    assert one.room(1, after(400)) == 1


def test_a_long_message_of_a_slowed_sender_takes_as_long_as_the_growing_rate_lets_it() -> None:
    one = sender(1, throttled_to=0.0, throttled_at=NOW)
    one.reserve(10, NOW)
    assert one.room(10, after(19.7)) == 0, "ten segments while the rate grows from nothing to one"
    assert one.room(10, after(19.8)) == 1
    one.reserve(10, after(20))
    assert one.room(1, after(29.7)) == 0
    assert one.room(1, after(29.8)) == 1


def test_a_clock_that_was_set_back_by_an_hour_takes_every_time_of_the_row_with_it() -> None:
    one = sender(1)
    one.slow_down(0, after(3598))
    one.rest(after(3599))
    one.reserve(5, after(3600))
    taken = one.busy_until
    assert taken is not None
    assert one.room(1, NOW) == 0
    assert one.busy_until == taken - timedelta(hours=1)
    assert one.rests_until == after(9)
    assert one.rate(after(20)) == 1


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    one = sender(100, busy_until=after(3600))
    assert one.room(1, NOW) == 25


def test_too_many_requests_halve_the_rate_and_it_grows_back() -> None:
    one = sender(100)
    one.slow_down(80, NOW)
    assert one.rate(NOW) == 40
    assert one.room(1, NOW) == 0, "nothing for a second"
    assert one.rate(after(2)) == 50
    assert one.rate(after(60)) == 100
    one.slow_down(80, after(0.5))
    assert one.rate(after(0.5)) == 42.5, "the same news is not counted twice"


def test_too_many_requests_end_nothing_that_is_still_on_its_way() -> None:
    one = sender(1)
    one.reserve(7, NOW)
    one.slow_down(0, after(0.5))
    assert one.room(7, after(6.7)) == 0
    assert one.room(7, after(6.8)) == 1


def test_a_slowed_sender_never_stands_still() -> None:
    one = sender(100)
    for second in range(0, 40, 2):
        one.slow_down(0.001, after(second))
    assert one.rate(after(38)) >= 1


@pytest.mark.parametrize(("used", "room"), [(0, 25), (990, 10), (1000, 0)])
def test_the_daily_cap_is_never_exceeded(used: int, room: int) -> None:
    one = sender(100, daily_cap=1000, used_today=used, cap_day=datetime(2026, 11, 25).date())  # noqa: DTZ001
    assert one.room(1, NOW) == room


def test_a_new_day_in_california_begins_the_cap_anew() -> None:
    one = sender(100, daily_cap=10)
    one.reserve(10, NOW)
    last_minute = datetime(2026, 11, 26, 7, 59, tzinfo=UTC)
    assert one.room(1, last_minute) == 0
    assert one.room(1, last_minute + timedelta(minutes=1)) == 10


def test_a_clock_that_is_a_little_behind_at_midnight_begins_no_other_day() -> None:
    one = sender(100, daily_cap=10)
    midnight = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    one.reserve(10, midnight)
    assert one.room(1, midnight - timedelta(seconds=1)) == 0
    assert one.room(1, midnight + timedelta(seconds=1)) == 0


def test_replies_of_yesterday_do_not_count_against_todays_cap() -> None:
    one = sender(100, daily_cap=10)
    midnight = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    one.owe(9, midnight - timedelta(hours=3), midnight + timedelta(hours=3))
    assert one.room(1, midnight + timedelta(hours=3)) == 10
    one.owe(9, midnight + timedelta(hours=1), midnight + timedelta(hours=3))
    assert one.room(1, midnight + timedelta(hours=3, seconds=1)) == 1


def test_what_was_taken_before_midnight_gives_nothing_back_to_the_new_day() -> None:
    one = sender(100, daily_cap=10)
    midnight = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    evening = midnight - timedelta(milliseconds=200)
    one.reserve(5, evening)
    one.reserve(10, midnight)
    one.release(5, midnight, evening)
    assert one.room(1, midnight + timedelta(seconds=1)) == 0


def test_what_was_not_used_is_given_back() -> None:
    one = sender(100, daily_cap=100)
    one.reserve(25, NOW)
    one.release(25, NOW)
    assert one.room(1, NOW) == 25
    assert one.used_today == 0


def test_a_cap_that_is_set_or_set_again_counts_what_went_before() -> None:
    one = sender(100)
    one.reserve(15, NOW)
    one.release(5, after(1), NOW)
    one.daily_cap = 20
    assert (one.used(after(2)), one.room(1, after(2))) == (10, 10)
    one.daily_cap = None
    one.reserve(7, after(3))
    one.owe(2, after(3), after(3))
    one.uncount(1, after(3))
    one.daily_cap = 20
    assert (one.used(after(4)), one.room(1, after(4))) == (18, 2)


def test_what_is_given_back_after_too_many_requests_does_not_end_the_rest() -> None:
    one = sender(100)
    one.reserve(25, NOW)
    one.slow_down(5, after(0.6))
    one.release(24, after(0.6), NOW)
    assert one.busy_until == after(1.6)


def test_no_more_time_is_given_back_than_was_taken() -> None:
    one = sender(100)
    one.owe(300, NOW, NOW)  # three seconds of replies
    one.reserve(100, NOW)
    one.slow_down(5, after(0.5))
    one.release(100, after(0.5), NOW)
    assert one.busy_until == after(3)


def test_while_the_provider_fails_it_rests_longer_each_time_and_then_tries_one() -> None:
    one = sender(100)
    one.rest(NOW)
    assert one.room(1, after(9.9)) == 0
    assert one.room(1, after(10)) == 1, "a probe"
    one.reserve(1, after(10))
    assert one.room(1, after(10.5)) == 0, "one at a time"
    one.rest(after(10.5))
    assert one.room(1, after(30)) == 0
    assert one.room(1, after(30.6)) == 1
    one.recover(after(31))
    assert one.room(1, after(40)) == 25


def test_a_day_that_carriers_ended_lasts_until_midnight_in_california() -> None:
    one = sender(100)
    midnight = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    one.end_day(NOW)
    one.recover(NOW)  # what was under way still arrives
    one.rest(after(1))
    assert one.is_day_over(midnight - timedelta(seconds=1))
    assert one.room(1, midnight - timedelta(seconds=1)) == 0
    assert one.waits_for_day(1, after(2)) == midnight
    assert not one.is_day_over(midnight)
    assert one.room(1, midnight) == 25
    assert one.waits_for_day(1, midnight) is None


def test_whatever_a_claim_changes_is_written() -> None:
    """Also when the clock was set back, and a new day has begun."""
    later = after(2 * 24 * 3600)
    times = dict.fromkeys(("busy_until", "reserved_at", "throttled_at", "rests_until"), later)
    one = sender(10, daily_cap=50, throttled_to=5.0, rest_seconds=20, **times)
    before = one.model_dump()
    one.owe(3, NOW, NOW)
    one.room(1, NOW)
    one.reserve(2, NOW)
    one.share += 1
    changed = {name for name, value in one.model_dump().items() if value != before[name]}
    assert changed == {name.removeprefix("its_") for name in state_of(one)}
