"""Files of numbers as people's spreadsheets write them: each number read, or refused by name."""

import csv
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import number_reading
from models.number_reading import BrokenFile, FileRow, NoNumbers, Served, examine, read_rows

ONE, TWO = "+12025550100", "+12025550101"


def read(content: bytes | str) -> list[FileRow]:
    """The rows, as the look at the whole file has counted them."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    try:
        count = examine(file, Served()).rows
    except NoNumbers:
        return list(read_rows(file, Served()))
    rows = list(read_rows(file, Served()))
    assert len(rows) == count
    return rows


def numbers(content: bytes | str) -> list[str | None]:
    return [row.phone_number for row in read(content)]


@pytest.mark.parametrize(
    "cell",
    [
        "(202) 555-0100",
        "12025550100",
        "2025550100",
        "+1 202 555 0100",
        "202.555.0100",
        " +1 (202) 555-0100 ",
        "'12025550100",
        '"2025550100"',
        '="2025550100"',
        "\u202a+1 202-555-0100\u202c",
        "+1\u00a0202\u00a0555\u00a00100",
        "２０２５５５０１００",
    ],
)
def test_a_number_is_read_however_it_is_written(cell: str) -> None:
    assert numbers(f"{cell}\n{TWO}\n") == [ONE, TWO]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2025550100.0", "written this number with a fraction"),
        ("202555010.0", "written this number with a fraction"),  # ten digits, if the dot is lost
        ("12025550100,0", "fraction"),
        ("1.2E+10", "shortened this number"),
        ("1,2025E+10", "shortened this number"),
        ("12E9", "shortened this number"),
        ("call me", "in digits"),
        ("202-555-0100 x5", "in digits"),
        ("911", "No such phone number"),
        ("447911123456", "No such phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_row(cell: str, reason: str) -> None:
    (first, second) = read(f'phone;name\n\n"{cell}";Bob\n{TWO};Ann\n')
    assert (first.row, first.phone_number) == (3, None)
    assert reason in (first.reason or "")
    assert cell not in (first.reason or "")
    assert (second.row, second.phone_number) == (4, TWO)


@pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["Phone", "mobile number", "MSISDN", "Phone_Number", "E.164"])
def test_the_column_is_found_by_its_name(divider: str, ends: str, name: str) -> None:
    rows = [["Name", name, "Note"], ["Bob", "(202) 555-0100", "a\nb"], [], ["Ann", TWO, ""]]
    text = io.StringIO()
    quoted = {"quoting": csv.QUOTE_ALL, "lineterminator": ends}
    csv.writer(text, delimiter=divider, **quoted).writerows(rows)  # type: ignore[arg-type]
    assert numbers(text.getvalue()) == [ONE, TWO]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_a_spreadsheet_is_read(encoding: str) -> None:
    assert numbers(f"phone\tname\r\n{ONE}\tЗоя\r\n{TWO}\tZoé\r\n".encode(encoding)) == [ONE, TWO]


def test_an_old_encoding_is_no_reason_to_lose_a_number() -> None:
    assert numbers(f"Prénom,phone\nZoé,{ONE}\n".encode("latin-1")) == [ONE]


def test_without_a_header_the_column_is_found_by_its_numbers() -> None:
    assert numbers(f"Bob,{ONE},x\nAnn,{TWO},y\n") == [ONE, TWO]
    assert numbers(f"{ONE}\n{TWO}") == [ONE, TWO]
    assert numbers(f"Numbers that left us\n{ONE}\n") == [ONE]
    assert numbers(f"sep=;\n{ONE};x\n") == [ONE]


def test_rows_count_as_in_a_spreadsheet() -> None:
    rows = read(f"phone,note\n\n\nbad,x\n{ONE},y\n\n,z\n")
    assert [(row.row, row.phone_number) for row in rows] == [(4, None), (5, ONE), (7, None)]
    assert rows[-1].reason == "There is no number in this row."


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        (b"PK\x03\x04rest", "Save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "Save the sheet as CSV"),
        (b"%PDF-1.7", "PDF"),
        (b"phone\n\x00\x01\n", "no text file"),
        ("phone\n".encode("utf-16") + b"\x00", "no text file"),
        (b"phone\n" + b"1" * 50_000, "no text file"),
        (b'phone\n2025550100\n"2025550101\n2025550102\n', "Row 3 cannot be read"),
        (b"name,city\nBob,Rome\n", 'Write "phone"'),
        (b"phone,mobile\n2025550100,2025550101\n", "Several columns"),
        (b"2025550100,2025550101\n", "several numbers"),
    ],
)
def test_a_broken_file_says_what_to_do(content: bytes, advice: str) -> None:
    with pytest.raises(BrokenFile, match=advice):
        read(content)


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_reading, "MOST_ROWS", 3)
    assert len(read(f"phone\n{ONE}\n{TWO}\n")) == 2
    with pytest.raises(BrokenFile, match="at most 3 rows"):
        read(f"phone\n{ONE}\n{TWO}\n{ONE}\n")
    monkeypatch.setattr(number_reading, "LARGEST_BYTES", 10)
    with pytest.raises(BrokenFile, match="divide a larger file"):
        read(f"phone\n{ONE}\n{TWO}\n")


def test_the_hash_is_of_the_bytes_as_they_came() -> None:
    data = f"\ufeffphone\r\n{ONE}\r\n".encode()
    assert examine(io.BytesIO(data), Served()).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("content", ["phone\n", "phone\nBob\n", "phone\n+442079460958\n"])
def test_a_file_needs_a_number_that_the_program_can_text(content: str) -> None:
    with pytest.raises(NoNumbers):
        examine(io.BytesIO(content.encode()), Served("US", ["US"]))


def test_reading_goes_on_where_it_stopped() -> None:
    file = io.BytesIO(f"phone\n\n{ONE}\nbad\n+447400123456\n\n{TWO}\n".encode())
    served = Served("US", ["US", "CA"])
    rows = list(read_rows(file, served))
    assert [row.row for row in rows] == [3, 4, 5, 7]
    assert [row.phone_number for row in rows] == [ONE, None, None, TWO]
    assert "numbers of" in str(rows[2].reason)
    for skipped in range(5):
        assert list(read_rows(file, served, skipped)) == rows[skipped:]


@given(st.binary(max_size=400))
def test_no_bytes_at_all_do_more_than_be_refused(content: bytes) -> None:
    try:
        rows = read(content)
    except BrokenFile:
        return
    for row in rows:
        assert (row.phone_number is None) != (row.reason is None)
        assert row.reason is None or len(row.reason) <= 200


@given(
    st.lists(st.integers(2_000_000_000, 9_999_999_999), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20),
)
def test_every_number_that_is_written_is_read(
    given_numbers: list[int], divider: str, ends: str, encoding: str, note: str
) -> None:
    text = io.StringIO()
    rows = [["note", "phone"], *([note, f"+1{number}"] for number in given_numbers)]
    csv.writer(text, delimiter=divider, lineterminator=ends).writerows(rows)
    assert numbers(text.getvalue().encode(encoding)) == [f"+1{n}" for n in given_numbers]
