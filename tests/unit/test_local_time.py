"""Wall clocks to instants and back, over the changes of clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.local_time import BadMoment, Moment, distance, in_words, parse, zones

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "zone", "utc"),
    [
        ("2026-11-27", "20:00", "Europe/Berlin", datetime(2026, 11, 27, 19, 0, tzinfo=UTC)),
        ("2027-03-14", "01:59", "America/New_York", datetime(2027, 3, 14, 6, 59, tzinfo=UTC)),
        ("2027-03-14", "03:00", "America/New_York", datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),
        ("2026-10-04", "02:30", "Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        # Brazil gave up the change in 2019: what was once a gap is a time like any other.
        ("2027-10-17", "00:30", "America/Sao_Paulo", datetime(2027, 10, 17, 3, 30, tzinfo=UTC)),
        ("2026-11-27", "20:00", "Asia/Kathmandu", datetime(2026, 11, 27, 14, 15, tzinfo=UTC)),
        ("2026-11-27", "20:00", "UTC", datetime(2026, 11, 27, 20, 0, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_names_its_instant(day: str, clock: str, zone: str, utc: datetime) -> None:
    assert parse(day, clock, zone) == Moment(utc, zone)


@pytest.mark.parametrize(
    ("day", "clock", "zone", "nearest"),
    [
        ("2027-03-14", "02:00", "America/New_York", "01:59 or 03:00"),
        ("2027-03-14", "02:30", "America/New_York", "01:59 or 03:00"),
        ("2027-03-14", "02:59", "America/New_York", "01:59 or 03:00"),
        ("2027-03-28", "02:15", "Europe/Berlin", "01:59 or 03:00"),
        ("2026-10-04", "02:29", "Australia/Lord_Howe", "01:59 or 02:30"),
        ("2027-09-05", "00:10", "America/Santiago", "23:59 on 2027-09-04 or 01:00"),
        ("2018-11-04", "00:30", "America/Sao_Paulo", "23:59 on 2018-11-03 or 01:00"),
    ],
)
def test_a_time_that_clocks_jump_over_is_refused_with_its_neighbours(
    day: str, clock: str, zone: str, nearest: str
) -> None:
    with pytest.raises(BadMoment) as refused:
        parse(day, clock, zone)
    assert refused.value.field == "time"
    assert f"{clock} does not exist" in refused.value.reason
    assert refused.value.reason.endswith(f"Choose {nearest}.")


@pytest.mark.parametrize(
    ("day", "clock", "zone", "first"),
    [
        ("2027-11-07", "01:30", "America/New_York", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        ("2027-10-31", "02:00", "Europe/Berlin", datetime(2027, 10, 31, 0, 0, tzinfo=UTC)),
        ("2027-10-31", "02:59", "Europe/Berlin", datetime(2027, 10, 31, 0, 59, tzinfo=UTC)),
        ("2027-04-04", "01:45", "Australia/Lord_Howe", datetime(2027, 4, 3, 14, 45, tzinfo=UTC)),
    ],
)
def test_of_a_time_that_comes_twice_the_first_is_taken(
    day: str, clock: str, zone: str, first: datetime
) -> None:
    assert parse(day, clock, zone) == Moment(first, zone, True)


@pytest.mark.parametrize(
    ("day", "clock", "zone"),
    [
        ("2027-10-31", "01:59", "Europe/Berlin"),
        ("2027-10-31", "03:00", "Europe/Berlin"),
        ("2027-04-04", "01:29", "Australia/Lord_Howe"),
        ("2027-04-04", "02:00", "Australia/Lord_Howe"),
    ],
)
def test_the_minutes_beside_an_overlap_come_once(day: str, clock: str, zone: str) -> None:
    assert not parse(day, clock, zone).is_first_of_two


@pytest.mark.parametrize(
    ("day", "clock", "zone", "field"),
    [
        ("", "20:00", "UTC", "date"),
        ("27.11.2026", "20:00", "UTC", "date"),
        ("2026-02-30", "20:00", "UTC", "date"),
        ("0001-01-01", "00:00", "Asia/Tokyo", "date"),
        ("9999-12-31", "23:59", "America/New_York", "date"),
        ("2026-11-27", "", "UTC", "time"),
        ("2026-11-27", "24:01", "UTC", "time"),
        ("2026-11-27", "8 pm", "UTC", "time"),
        ("2026-11-27", "20:00", "Mars/Olympus", "timezone"),
        ("2026-11-27", "20:00", "../../etc/passwd", "timezone"),
        ("2026-11-27", "20:00", "", "timezone"),
    ],
)
def test_what_is_no_moment_says_which_field_to_mend(
    day: str, clock: str, zone: str, field: str
) -> None:
    with pytest.raises(BadMoment) as refused:
        parse(day, clock, zone)
    assert refused.value.field == field
    assert refused.value.reason.endswith(".")


def test_every_zone_in_the_list_can_be_chosen() -> None:
    assert {"Europe/Berlin", "America/New_York", "UTC"} <= set(zones())
    for zone in zones():
        assert parse("2027-06-15", "12:00", zone).timezone == zone


def test_an_instant_is_told_in_words() -> None:
    moment = parse("2026-11-27", "20:00", "Europe/Berlin")
    assert in_words(moment, NOW) == "Friday 27 November 2026, 20:00 Europe/Berlin – in 4 days"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(0), "has passed"),
        (timedelta(seconds=1), "in less than a minute"),
        (timedelta(seconds=60), "in 1 minute"),
        (timedelta(minutes=59, seconds=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=11), "in 11 hours"),
        (timedelta(hours=20), "tomorrow"),
        (timedelta(hours=32), "in 2 days"),
    ],
)
def test_the_distance_is_told_as_people_count(ahead: timedelta, words: str) -> None:
    assert distance(Moment(NOW + ahead, "UTC"), NOW) == words
