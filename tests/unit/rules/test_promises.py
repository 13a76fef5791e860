"""Which promises of how often are read in a program's record, and in any text."""

from datetime import timedelta

import pytest

from compliance.rules.promises import Promise, promised, told
from compliance.rules.wording import tells_recurring

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK, MONTH, QUARTER, YEAR = 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY

# A number and its period, in one order or the other.
ONE_PROMISE: list[tuple[str, int, timedelta]] = [
    ("Up to 4 msgs/month", 4, MONTH),
    ("Up to 4 SMS per month", 4, MONTH),
    ("4 marketing messages per month", 4, MONTH),
    ("Up to 4 promo texts/month", 4, MONTH),
    ("4 offers a month", 4, MONTH),
    ("four (4) messages per month", 4, MONTH),
    ("4 (four) messages a month", 4, MONTH),
    ("4 messages per calendar month", 4, MONTH),
    ("up to 4 messages in a month", 4, MONTH),
    ("4 notifications a month", 4, MONTH),
    ("4 SMS/MMS per month", 4, MONTH),
    ("4 msgs per user per month", 4, MONTH),
    ("4 msgs/month per user", 4, MONTH),
    ("Up to 4 texts about our club nights per month", 4, MONTH),
    ("4 msgs. per mo.", 4, MONTH),
    ("4 or fewer messages a month", 4, MONTH),
    ("4 texts each and every month", 4, MONTH),
    ("4 msgs per month every month", 4, MONTH),
    ("4x/month", 4, MONTH),
    ("4 times in any given month", 4, MONTH),
    ("4 msgs/30 days", 4, MONTH),
    ("4/30 days", 4, MONTH),
    ("4 per 30-day period", 4, MONTH),
    ("less than 5 messages a month", 4, MONTH),
    ("no more than 4 messages a month", 4, MONTH),
    ("at most 4 messages a month", 4, MONTH),
    ("Max. 4/month", 4, MONTH),
    ("As many as 4 messages a month", 4, MONTH),
    ("Message frequency varies, up to 10 per month", 10, MONTH),
    ("Monthly: up to 4 msgs", 4, MONTH),
    ("Every month up to 4 messages", 4, MONTH),
    ("Up to 4 messages, monthly", 4, MONTH),
    ("Up to 4 messages (monthly)", 4, MONTH),
    ("Messages per month (max): 4", 4, MONTH),
    ("Monthly. Up to 4 messages.", 4, MONTH),
    ("4 monthly messages", 4, MONTH),
    ("Each week up to 4 texts", 4, WEEK),
    ("2 per week", 2, WEEK),
    ("Twice-weekly", 2, WEEK),
    ("Weekly on Fridays, 2 texts max", 2, WEEK),
    ("1 per weekend", 1, WEEK),
    ("2 a night", 2, DAY),
    ("1 msg per business day", 1, DAY),
    ("at most 3 messages within 24 hours", 3, DAY),
    ("2 messages per hour", 2, HOUR),
    ("1 message every two weeks", 1, 2 * WEEK),
    ("1 message every other week", 1, 2 * WEEK),
    ("1 message every couple of weeks", 1, 2 * WEEK),
    ("12 per quarter", 12, QUARTER),
    ("1 every 3 months", 1, QUARTER),
    ("6 alerts annually", 6, YEAR),
    ("1 msg every 2 years", 1, YEAR),  # nothing longer is looked back upon
]
# Words for numbers, and ranges, of which the upper end is promised.
NUMBERS: list[tuple[str, int, timedelta]] = [
    ("a message every day", 1, DAY),
    ("an alert a day", 1, DAY),
    ("a single message per month", 1, MONTH),
    ("once a month", 1, MONTH),
    ("twice monthly", 2, MONTH),
    ("a couple of texts a month", 2, MONTH),
    ("half a dozen texts a month", 6, MONTH),
    ("a dozen texts a month", 12, MONTH),
    ("two dozen texts a month", 24, MONTH),
    ("thirteen texts a month", 13, MONTH),
    ("twenty messages a month", 20, MONTH),
    ("thirty-one messages a month", 31, MONTH),
    ("thirty one messages a month", 31, MONTH),
    ("one hundred texts a year", 100, YEAR),
    ("Up to 1,000 msgs/month", 1000, MONTH),
    ("Up to 10000 msgs/month", 10000, MONTH),
    ("4+ msgs per month", 4, MONTH),
    ("1-2 msgs/month", 2, MONTH),
    ("2 – 4 texts a month", 4, MONTH),
    ("2 to 4 texts a month", 4, MONTH),
    ("between 2 and 4 texts a month", 4, MONTH),
    ("once or twice a month", 2, MONTH),
    ("Monthly: 1-2 msgs", 2, MONTH),
    ("1 message every 1-2 weeks", 1, 2 * WEEK),
]
# No number stands beside these, or none that belongs to them.
ONCE: list[tuple[str, int, timedelta]] = [
    ("Daily", 1, DAY),
    ("daily updates", 1, DAY),
    ("weekly", 1, WEEK),
    ("biweekly", 1, 2 * WEEK),
    ("bi-weekly", 1, 2 * WEEK),
    ("fortnightly", 1, 2 * WEEK),
    ("monthly", 1, MONTH),
    ("bimonthly", 1, 2 * MONTH),
    ("quarterly", 1, QUARTER),
    ("yearly", 1, YEAR),
    ("News every week", 1, WEEK),
    ("Monthly deals. Msg & data rates may apply. 18+", 1, MONTH),
    ("18 or older, monthly", 1, MONTH),
    ("Over 18, monthly", 1, MONTH),
    ("Weekly. Text HELP to 24680", 1, WEEK),
    ("Text JOIN to 24680 weekly", 1, WEEK),
    ("Help: 212-555-0100, weekly", 1, WEEK),
    ("1 of 3 lists, monthly", 1, MONTH),
    ("$5 off weekly", 1, WEEK),
    ("50% off every week", 1, WEEK),
    ("Doors 9pm daily", 1, DAY),
    ("Top 40 hits weekly", 1, WEEK),
]
SEVERAL: list[tuple[str, list[tuple[int, timedelta]]]] = [
    ("Up to 2 msgs per day and 5 msgs per month", [(2, DAY), (5, MONTH)]),
    ("4 msgs/month, max 1 per day", [(1, DAY), (4, MONTH)]),
    ("Up to 4/month (max. 1/day)", [(1, DAY), (4, MONTH)]),
    ("2/day,5/month", [(2, DAY), (5, MONTH)]),
    ("1 msg/day, 3/week & 10 per month", [(1, DAY), (3, WEEK), (10, MONTH)]),
    ("Monthly: up to 4 msgs, weekly: up to 1", [(1, WEEK), (4, MONTH)]),
    ("Every day 1 and every week 5", [(1, DAY), (5, WEEK)]),
    ("Daily deals, 4 msgs/month", [(1, DAY), (4, MONTH)]),
    ("Daily deals, 4 msgs/month, 1 text", [(1, DAY), (4, MONTH)]),
    ("4 msgs/month; 2 msgs/month", [(2, MONTH)]),
    ("24/7 support, 4 msgs/month", [(4, MONTH)]),
    ("Open 7 nights a week. 4 msgs/month", [(4, MONTH)]),
]
NOTHING = [
    "",
    "Message frequency varies",
    "Msgs vary",
    "Recurring messages",
    "Several texts a week",
    "a few messages weekly",
    "Frequency varies weekly",
    "Up to 4 messages",
    "0 msgs/month",
    "1.5 msgs/month",
    "Msg & data rates may apply. 18+",
    "text HELP to 24680",
    "24/7",
    "24 hours a day",
    "7 nights a week",
    "1 of 3 lists",
]


@pytest.mark.parametrize(("text", "number", "window"), [*ONE_PROMISE, *NUMBERS, *ONCE])
def test_a_promise_is_read_in_many_words(text: str, number: int, window: timedelta) -> None:
    assert promised(text) == (Promise(number, window),)
    assert promised(text.upper()) == (Promise(number, window),)


@pytest.mark.parametrize(("text", "promises"), SEVERAL)
def test_every_promise_of_a_record_is_read(
    text: str, promises: list[tuple[int, timedelta]]
) -> None:
    assert promised(text) == tuple(Promise(*one) for one in promises)


@pytest.mark.parametrize("text", NOTHING)
def test_what_can_not_be_counted_is_no_promise(text: str) -> None:
    assert promised(text) == ()


@pytest.mark.parametrize(
    "text", [text for text, *_ in [*ONE_PROMISE, *NUMBERS, *ONCE, *SEVERAL]] + NOTHING
)
def test_no_confirmation_reads_otherwise_than_the_record_that_it_quotes(text: str) -> None:
    confirmation = (
        f"Neon Nights: weekly party, 7 nights! Get 2 drinks every day. {text}. "
        "Msg & data rates may apply. 18+. Reply HELP for help, STOP to cancel."
    )
    assert set(told(confirmation)) <= set(promised(text))


@pytest.mark.parametrize(
    ("text", "promises"),
    [
        ("4 SMS per calendar month", [(4, MONTH)]),
        ("Monthly: up to 4 msgs", [(4, MONTH)]),
        ("2 msgs a day, 5 texts a month", [(2, DAY), (5, MONTH)]),
        ("We sent 4 messages. Every month has a party", []),
        ("4 offers a month", []),
        ("2 drinks every day", []),
        ("A text every day", []),
        ("Weekly", []),
    ],
)
def test_any_text_promises_only_numbers_of_messages(
    text: str, promises: list[tuple[int, timedelta]]
) -> None:
    assert told(text) == tuple(Promise(*one) for one in promises)


@pytest.mark.parametrize("text", ["Up to 4 SMS per month", "1 message every two weeks"])
def test_whoever_tells_a_promise_tells_that_messages_recur(text: str) -> None:
    assert tells_recurring(text)
    assert not tells_recurring("Buy 2 drinks in one month")


@pytest.mark.parametrize(
    ("window", "span", "length"),
    [
        (HOUR, "1 hour", "1 hour"),
        (12 * HOUR, "12 hours", "12 hours"),
        (DAY, "a day", "1 day"),
        (WEEK, "a week", "7 days"),
        (2 * WEEK, "14 days", "14 days"),
        (MONTH, "a month", "30 days"),
        (QUARTER, "a quarter", "90 days"),
        (YEAR, "a year", "365 days"),
    ],
)
def test_a_window_is_named(window: timedelta, span: str, length: str) -> None:
    promise = Promise(1, window)
    assert (promise.span, promise.length) == (span, length)
