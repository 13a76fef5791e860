"""What the linter says of when a draft goes out: too often, too early, too late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance.rules import History, Recipients
from messaging.areas import area_of
from tests.unit.rules.facts import NOW, point, said


def test_stop_and_help_are_due_once_in_thirty_days() -> None:
    bare = "Neon Nights: Friday 23h"
    for days, expected in ((29, {}), (31, {"C030": "warning", "C031": "hint"})):
        told = NOW - timedelta(days=days)
        history = History(stop_told_at=told, contact_told_at=told)
        assert said(bare, history=history) == expected


def test_the_fifth_broadcast_of_a_month_asks_and_the_fourth_does_not() -> None:
    three = tuple(NOW - timedelta(days=days) for days in (1, 9, 29))
    assert said(history=History(sent_at=three)) == {}
    four = History(sent_at=(*three, NOW - timedelta(days=20)))
    assert said(history=four) == {"C020": "warning"}
    text = point("C020", history=four).text
    assert "number 5 of this program in a month" in text
    assert text.endswith("Whoever has had as many by then is skipped.")
    long_ago = History(sent_at=(*three, NOW - timedelta(days=30)))
    assert said(history=long_ago) == {}


def test_every_promise_that_would_be_broken_is_named() -> None:
    promise = {"message_frequency": "2 msgs per day and 3 msgs per month"}
    just_now = tuple(NOW - timedelta(hours=hours) for hours in (1, 2))
    text = point("C020", history=History(sent_at=just_now), **promise).text
    assert text.startswith("It would be number 3 of this program in a day, and people were")
    lately = History(sent_at=(*just_now, NOW - timedelta(days=3)))
    text = point("C020", history=lately, **promise).text
    assert "number 3 of this program in a day and number 4 of this program in a month" in text


def test_broadcasts_that_are_planned_for_later_count_too() -> None:
    planned = tuple(NOW + timedelta(days=days) for days in (1, 2, 3, 4))
    assert said(history=History(sent_at=planned)) == {"C020": "warning"}


@pytest.mark.parametrize(
    ("promise", "hours", "expected"),
    [
        ("1 msg/day", 23, {"C020": "warning"}),
        ("1 msg/day", 24, {}),
        ("2 texts per week", 23, {}),
        ("Recurring messages", 1, {}),
        ("Up to 1 message each week", 24 * 6, {"C020": "warning"}),
        ("1 per week", 24 * 6, {"C020": "warning"}),
        ("1/week", 24 * 6, {"C020": "warning"}),
        ("1x a week", 24 * 6, {"C020": "warning"}),
        ("Once a week", 24 * 6, {"C020": "warning"}),
        ("One text a week", 24 * 6, {"C020": "warning"}),
        ("Daily", 23, {"C020": "warning"}),
        ("daily updates", 24, {}),
        ("A message every day", 23, {"C020": "warning"}),
        ("Twice a month", 24, {}),
        ("Twice monthly", 24, {}),
        ("Up to 2 messages weekly", 24, {}),
        ("1 message weekly", 24 * 6, {"C020": "warning"}),
        ("Up to 1,000 msgs/month", 1, {}),
        ("1-2 msgs/month", 24, {}),
        ("Message frequency varies", 1, {}),
    ],
)
def test_every_way_to_promise_is_read(promise: str, hours: int, expected: dict[str, str]) -> None:
    before = History(sent_at=(NOW - timedelta(hours=hours),))
    assert said(history=before, message_frequency=promise) == expected


@pytest.mark.parametrize(
    ("promise", "zone", "last", "at", "expected"),
    [
        # The clocks go forward in between: 23 hours are a day then, and 167 a week.
        ("1 msg/day", "Europe/Berlin", "2027-03-27T18:00", "2027-03-28T18:00", {}),
        ("1 msg/week", "Europe/Berlin", "2027-03-26T18:00", "2027-04-02T18:00", {}),
        ("Biweekly", "America/New_York", "2027-03-05T12:00", "2027-03-19T12:00", {}),
        (
            "1 msg/week",
            "Europe/Berlin",
            "2027-03-26T18:00",
            "2027-04-02T17:59",
            {"C020": "warning"},
        ),
        # February is shorter than 30 days, and its last day is January's.
        ("1 msg/month", "America/New_York", "2027-02-01T12:00", "2027-03-01T12:00", {}),
        ("1 msg/month", "Asia/Tokyo", "2027-01-31T09:00", "2027-02-28T09:00", {}),
        ("Quarterly", "America/New_York", "2027-02-01T12:00", "2027-05-01T12:00", {}),
        ("1 msg/month", "UTC", "2027-02-02T12:00", "2027-03-01T12:00", {"C020": "warning"}),
        ("1 msg/month", "UTC", "2027-01-31T12:01", "2027-02-28T12:00", {"C020": "warning"}),
        ("1 msg/month", "UTC", "2027-07-02T12:00", "2027-08-01T12:00", {}),
        ("1 msg/30 days", "UTC", "2027-02-01T12:00", "2027-03-01T12:00", {"C020": "warning"}),
        ("1 msg/hour", "UTC", "2027-02-01T12:00", "2027-02-01T12:59", {"C020": "warning"}),
    ],
)
def test_what_comes_at_the_same_time_of_each_day_week_or_month_is_one_of_each(
    promise: str, zone: str, last: str, at: str, expected: dict[str, str]
) -> None:
    before, now = (
        datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for wall in (last, at)
    )
    given = {"message_frequency": promise, "timezone": zone, "recipients": ()}
    assert said(history=History(sent_at=(before,)), at=now, **given) == expected
    planned = said(history=History(sent_at=(now,)), at=before, **given)
    assert planned == expected, "in whatever order they are ordered"


# -- the hour ---------------------------------------------------------------------------------

NEW_YORK, LOS_ANGELES, LONDON = (
    area_of(number) for number in ("+12125550100", "+12135550100", "+442079460000")
)


@pytest.mark.parametrize(
    ("at", "area", "is_quiet"),
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
        # States of their own: Florida from 8, Kentucky from 10, Alabama never on a Sunday.
        (datetime(2026, 11, 23, 13, 0, tzinfo=UTC), area_of("+13055550100"), False),
        (datetime(2026, 11, 23, 14, 59, tzinfo=UTC), area_of("+15025550100"), True),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), area_of("+15025550100"), False),
        (datetime(2026, 11, 22, 20, 0, tzinfo=UTC), area_of("+12055550100"), True),
        # Pensacola or Tallahassee: both must be open.
        (datetime(2026, 11, 23, 13, 59, tzinfo=UTC), area_of("+18505550100"), True),
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), area_of("+18505550100"), False),
    ],
)
def test_quiet_hours_are_the_recipients_own(at: datetime, area: str, is_quiet: bool) -> None:
    told = said(at=at, recipients=(Recipients(area, 1),), audience=1)
    assert told == ({"C021": "hint"} if is_quiet else {})


def test_the_warning_counts_who_where_and_says_when_all_are_open() -> None:
    groups = (Recipients(NEW_YORK, 300), Recipients(LOS_ANGELES, 212))
    at = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 10:30 and 7:30
    told = point("C021", at=at, recipients=groups, audience=512)
    assert told.text == (
        "212 people of 512 are in quiet hours then: 212 in California, where it is Monday 07:30 "
        "(allowed: 9:00 to 20:00 Monday to Saturday, 12:00 to 20:00 on Sunday). "
        "For 212 people it is outside the federal 8:00 to 21:00 too. They get it by itself when "
        "their quiet hours are over: at Monday 23 November, 12:00 America/New_York."
    )
    assert told.remedy == (
        "Everybody on the list may get it from Monday 23 November, 12:00 America/New_York on."
    )
    one = point("C021", at=at, recipients=(Recipients(LOS_ANGELES, 1),), audience=1)
    assert one.text.startswith("1 person of 1 is in quiet hours")
    # Of a sample the share is told of the whole list.
    sample = point("C021", at=at, recipients=groups, audience=51_200)
    assert sample.text.startswith("About 21,200 people of 51,200 are in quiet hours")


def test_it_asks_where_somebody_would_not_get_it_at_all() -> None:
    """Who only waits gets it without anybody's doing: there is nothing to decide."""
    at = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # 7:30 and 4:30
    groups = (Recipients(NEW_YORK, 300), Recipients(LOS_ANGELES, 1))
    given = {"at": at, "recipients": groups, "audience": 301}
    waits = point("C021", **given)
    assert waits.level.value == "hint"
    assert waits.text.endswith(
        "They get it by itself when their quiet hours are over: from Monday 23 November, 09:00 "
        "America/New_York on, the last at Monday 23 November, 12:00 America/New_York."
    )
    opens = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # in Los Angeles
    assert point("C021", useful_until=opens, **given).level.value == "hint"
    late = point("C021", useful_until=opens - timedelta(minutes=1), **given)
    assert late.level.value == "warning"
    assert late.text.endswith(
        "1 person does not get it: their quiet hours end after the message is of use (Monday 23 "
        "November, 11:59 America/New_York). The others get it by itself when their quiet hours are "
        "over: at Monday 23 November, 09:00 America/New_York."
    )
    skips = point("C021", waits=False, **given)
    assert skips.level.value == "warning"
    assert skips.text.endswith(
        "301 people do not get it: this broadcast leaves out who is in quiet hours."
    )


def test_many_areas_are_summed_up() -> None:
    night = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    states = ("+12125550100", "+13125550100", "+13055550100", "+12135550100", "+12065550100")
    groups = tuple(Recipients(area_of(one), 5 - place) for place, one in enumerate(states))
    told = point("C021", at=night, recipients=groups, audience=15)
    assert "5 in New York, where it is Monday 00:00" in told.text
    assert "Washington" not in told.text
    assert "; 3 elsewhere." in told.text


def test_a_list_that_is_never_open_at_once_is_told_so() -> None:
    groups = (Recipients(LONDON, 1), Recipients(area_of("+6491234567"), 1))
    told = point("C021", at=NOW, recipients=groups, audience=2)
    assert told.remedy.startswith("Send to lists of one region each")


def test_a_number_that_may_be_in_many_zones_must_be_allowed_in_all() -> None:
    toll_free = (Recipients(area_of("+18005550100"), 1),)
    assert said(at=NOW, recipients=toll_free, audience=1) == {"C021": "hint"}


@pytest.mark.parametrize(
    ("state", "before", "expected"),
    [
        ("+13055550100", 2, {}),
        ("+13055550100", 3, {"C035": "warning"}),
        ("+12125550100", 9, {}),
    ],
)
def test_a_fourth_message_in_a_day_asks_where_a_state_allows_three(
    state: str, before: int, expected: dict[str, str]
) -> None:
    history = History(sent_at=tuple(NOW - timedelta(hours=hour + 1) for hour in range(before)))
    given = {"history": history, "message_frequency": "Recurring messages", "audience": 7}
    recipients = (Recipients(area_of(state), 7),)
    assert said(recipients=recipients, **given) == expected
    if expected:
        told = point("C035", recipients=recipients, **given).text
        assert "number 4 of this program in 24 hours" in told
        assert "7 people in Florida" in told
