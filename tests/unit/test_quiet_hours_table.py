"""A table of quiet hours that an operator has changed: taken over, or refused with one sentence."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance import quiet_hours
from compliance.quiet_hours_table import BadTable, own_table, parse, read

HEADER = "region,weekdays,saturday,sunday,most_in_24_hours,source\n"
NEEDED = (
    "federal,08:00-21:00,08:00-21:00,08:00-21:00,,47 CFR\n"
    "default,09:00-20:00,09:00-20:00,12:00-20:00,,Ours\n"
)


@pytest.fixture(autouse=True)
def own_table_again() -> Iterator[None]:
    yield
    quiet_hours.use(None)


def test_each_row_of_marquees_own_table_has_a_source() -> None:
    assert all(row.source for row in own_table().rows.values())


def test_a_changed_table_is_in_force_for_states_countries_and_the_default() -> None:
    quiet_hours.use(
        parse(
            "\ufeff"  # as Excel writes it
            + HEADER
            + NEEDED.replace("09:00-20:00,09:00", "11:00-20:00,09:00")
            + 'US-NY,10:00-20:00,10:00-20:00,none,2,"A law, somewhere"\n'
            + "GB,10:30-24:00,none,none,,UK\n\n"
        )
    )
    for area, hour, minute in (
        ("US-NY|Etc/UTC", 10, 0),
        ("GB|Etc/UTC", 10, 30),
        ("US-CA|Etc/UTC", 11, 0),
    ):
        opens = datetime(2026, 11, 23, hour, minute, tzinfo=UTC)
        assert quiet_hours.next_open(area, datetime(2026, 11, 23, 2, tzinfo=UTC)) == opens
    assert quiet_hours.is_open("GB|Etc/UTC", datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    assert not quiet_hours.is_open("GB|Etc/UTC", datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert quiet_hours.most_in_24_hours("US-NY|Etc/UTC") == 2
    quiet_hours.use(None)
    assert quiet_hours.is_open("US-NY|Etc/UTC", datetime(2026, 11, 23, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1 must name the columns"),
        (HEADER.replace(",", ";"), "line 1 must name the columns"),
        (HEADER, "a row for the region default is missing"),
        (HEADER + NEEDED.split("\n")[1], "a row for the region federal is missing"),
        (HEADER + NEEDED + "US-ZZ,none,none,none,,x", "line 4 names no region"),
        (HEADER + NEEDED + "us-ny,none,none,none,,x", "line 4 names no region"),
        (HEADER + NEEDED + "US-NY,none,none,none,x", "line 4 has 5 cells and must have 6"),
        (HEADER + NEEDED + "US-NY,9-20,none,none,,x", r"line 4 \(US-NY\): write hours like"),
        (HEADER + NEEDED + "US-NY,,none,none,,x", r"line 4 \(US-NY\): write hours like"),
        (HEADER + NEEDED + "US-NY,25:00-26:00,none,none,,x", "write hours like"),
        (HEADER + NEEDED + "US-NY,20:00-09:00,none,none,,x", "end after they begin"),
        (HEADER + NEEDED + "US-NY,09:00-09:00,none,none,,x", "end after they begin"),
        (HEADER + NEEDED + "GB,09:00-24:01,none,none,,x", "by 24:00"),
        (HEADER + NEEDED + "US-NY,none,none,none,0,x", "empty or from 1 to 999"),
        (HEADER + NEEDED + "US-NY,none,none,none,many,x", "empty or from 1 to 999"),
        (HEADER + NEEDED + "US-NY,none,none,none,1000,x", "empty or from 1 to 999"),
        (HEADER + NEEDED + "US-NY,none,none,none,,", "source must say"),
        (HEADER + NEEDED + "US-NY,none,none,none,,x\n" * 2, "US-NY a second row"),
        (HEADER + NEEDED + 'US-NY,"none,none,none,,x', "is no CSV"),
        (HEADER + NEEDED + "US-NY,07:59-20:00,none,none,,x", "US-NY go beyond those of federal"),
        (HEADER + NEEDED + "US-NY,none,none,08:00-21:01,,x", "US-NY go beyond those of federal"),
        (HEADER + NEEDED + "PR,07:59-20:00,none,none,,x", "PR go beyond those of federal"),
        (HEADER + NEEDED + "GU,none,none,08:00-21:01,,x", "GU go beyond those of federal"),
        (HEADER + NEEDED.replace("09:00", "07:00"), "default go beyond those of federal"),
    ],
)
def test_a_bad_table_is_refused_with_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadTable, match=sentence) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="cannot be read"):
        read(tmp_path / "nowhere.csv")
    (tmp_path / "latin.csv").write_bytes("§".encode("latin-1"))
    with pytest.raises(BadTable, match="save it as UTF-8"):
        read(tmp_path / "latin.csv")
