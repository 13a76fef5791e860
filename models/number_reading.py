"""Reads a file of phone numbers, as people and their spreadsheets write them.

Text in UTF-8 (with or without a byte order mark), UTF-16 (Excel's "Unicode text") or Latin-1;
commas, semicolons, tabs or bars between columns; any line ends; with or without a header. Memory
stays bounded, whatever the file. A row that holds no number is refused by itself, with a reason; a
file that cannot be read as a whole raises BrokenFile before any of it is acted on (`examine`).
"""

import codecs
import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO, Final, NamedTuple

from messaging.line_types import why_not_textable
from messaging.numbers import InvalidNumber, parse_number, usual_number

LARGEST_BYTES: Final = 64 * 1024 * 1024
MOST_ROWS: Final = 2_000_000
_LONGEST_LINE: Final = 20_000
_PIECE: Final = 256 * 1024

# What a column of numbers is called, without its case, spaces and marks.
_NAMES: Final = frozenset(
    {
        *("phone", "phonenumber", "phoneno", "number", "e164", "tn", "to", "recipient", "handset"),
        *("mobile", "mobilenumber", "mobilephone", "cell", "cellphone", "cellnumber", "msisdn"),
        *("telephone", "telephonenumber", "tel"),
    }
)
_DELIMITERS: Final = ",;\t|"
_DIVIDER: Final = re.compile(r"sep=(.)")  # Excel's own first line
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_FRACTION: Final = re.compile(r"\+?\d{5,}[.,]\d*")
_AS_FORMULA: Final = re.compile(r'="([^"]*)"')  # how a sheet is told to keep every digit

_FORMAT_AS_TEXT: Final = "Format the column as text and save the file again."
_SHORTENED: Final = f"A spreadsheet has shortened this number and lost digits. {_FORMAT_AS_TEXT}"
_AS_FRACTION: Final = f"A spreadsheet has written this number with a fraction. {_FORMAT_AS_TEXT}"
_NO_NUMBER: Final = "There is no number in this row."
_NO_CELL: Final = "This row is shorter than the others: it has no number."
_BINARY: Final = {
    b"PK": "This is an Excel workbook or an archive. Save the sheet as CSV and import that.",
    b"\xd0\xcf\x11\xe0": "This is an Excel workbook. Save the sheet as CSV and import that.",
    b"%PDF": "This is a PDF. Import the numbers as CSV or plain text.",
}
_NO_TEXT: Final = "This is no text file. Save the numbers as CSV or plain text and import that."


class BrokenFile(ValueError):
    """The file cannot be read as a list of numbers; the message says what to do about it."""


class NoNumbers(Exception):
    """No row of the file holds a number: it cannot be what the member meant to give."""


class FileRow(NamedTuple):
    """One row of a file: an E.164 number, or the reason why it was refused."""

    row: int
    phone_number: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """How to read the numbers of a file. One without "+" is of `region` (ISO 3166); with `regions`
    only those count that a program which serves them can text."""

    region: str = "US"
    regions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What a whole look at a file tells: its SHA-256 (hex), and its rows that are not blank."""

    sha256: str
    rows: int


def examine(file: BinaryIO, served: Served) -> Examined:
    """Look at all of a seekable file: BrokenFile or NoNumbers if it cannot be acted on."""
    sha256, encoding = _scan(file)
    file.seek(0)
    records, column = _opened(_lines(file, encoding), served)
    count, has_numbers = 0, False
    for row, cells in records:
        count += 1
        has_numbers = has_numbers or _read_row(row, cells, column, served).phone_number is not None
    if not has_numbers:
        raise NoNumbers
    return Examined(sha256, count)


def read_rows(file: BinaryIO, served: Served, skipped: int = 0) -> Iterator[FileRow]:
    """The rows of a seekable file that was examined, without the first `skipped`.

    Blank lines and the header are passed over and do not count.
    """
    _, encoding = _scan(file)
    file.seek(0)
    records, column = _opened(_lines(file, encoding), served)
    for row, cells in islice(records, skipped, None):
        yield _read_row(row, cells, column, served)


def read_number(cell: str, region: str = "US") -> str:
    """One cell as an E.164 number; InvalidNumber with a reason that does not repeat the cell."""
    if usual := usual_number(cell, region):
        return usual
    # Direction marks and zero-width characters come along when a number is pasted.
    seen = "".join(one for one in cell if unicodedata.category(one) != "Cf").strip()
    if quoted := _AS_FORMULA.fullmatch(seen):
        seen = quoted[1].strip()
    seen = seen.removeprefix("'").strip()  # a spreadsheet's mark for text
    if not seen:
        raise InvalidNumber(_NO_NUMBER)
    if _SCIENTIFIC.fullmatch(seen):
        raise InvalidNumber(_SHORTENED)
    if _FRACTION.fullmatch(seen):
        raise InvalidNumber(_AS_FRACTION)
    return parse_number(seen, region)


def _scan(file: BinaryIO) -> tuple[str, str]:
    """The SHA-256 and the encoding, in one pass over the bytes."""
    file.seek(0)
    start = piece = file.read(4)
    for magic, advice in _BINARY.items():
        if start.startswith(magic):
            raise BrokenFile(advice)
    digest, size, is_utf8 = hashlib.sha256(), 0, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        digest.update(piece)
        size += len(piece)
        if size > LARGEST_BYTES:
            raise BrokenFile(f"Give at most {LARGEST_BYTES // 2**20} MB; divide a larger file.")
        try:
            if is_utf8:
                decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            is_utf8 = False
        if not piece:
            return digest.hexdigest(), _encoding(start, is_utf8)
        piece = file.read(_PIECE)


def _encoding(start: bytes, is_utf8: bool) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # A number's first characters are ASCII, of which UTF-16 makes a zero and a byte.
    if len(start) > 1 and 0 in start[:2]:
        return "utf-16-le" if start[1] == 0 else "utf-16-be"
    return "utf-8-sig" if is_utf8 else "latin-1"


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines with their ends, each of a bearable length."""
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        while line := text.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE or "\0" in line:
                raise BrokenFile(_NO_TEXT)
            yield line
    except UnicodeDecodeError:
        raise BrokenFile(_NO_TEXT) from None
    finally:
        if not file.closed:
            text.detach()  # the file is its owner's to close


def _opened(lines: Iterator[str], served: Served) -> tuple[Iterator[tuple[int, list[str]]], int]:
    """The rows below the header, each with its number, and the column of the numbers."""
    records = _records(lines)
    first = next(records, None)
    if first is None:
        raise BrokenFile("The file is empty. Give one phone number in each row.")
    column, is_header = _find_column(first[1], served.region)
    return (records if is_header else chain([first], records)), column


def _records(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with its number as a spreadsheet counts."""
    row, first = 0, ""
    while not first.strip():
        if not (first := next(lines, "")):
            return
        row += 1
    if divider := _DIVIDER.fullmatch(first.strip()):
        reader = csv.reader(lines, delimiter=divider[1], strict=True)
    else:
        row -= 1
        reader = csv.reader(chain([first], lines), delimiter=_delimiter(first), strict=True)
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BrokenFile(
                f"Row {row:,} cannot be read: a quotation mark is not closed or stands in the "
                "wrong place."
            ) from None
        if row > MOST_ROWS:
            raise BrokenFile(f"Give at most {MOST_ROWS:,} rows; divide a longer file.")
        for cell in cells:
            if cell and not cell.isspace():
                yield row, cells
                break


def _delimiter(line: str) -> str:
    unquoted = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=unquoted.count)


def _find_column(cells: list[str], region: str) -> tuple[int, bool]:
    """Which column holds the numbers, and whether this first row is a header."""
    names = ["".join(filter(str.isalnum, cell.casefold())) for cell in cells]
    named = [at for at, name in enumerate(names) if name in _NAMES]
    numbers = [at for at, cell in enumerate(cells) if _is_number(cell, region)]
    filled = [at for at, cell in enumerate(cells) if cell.strip()]
    if len(named) == 1:
        return named[0], True
    if len(named) > 1:
        raise BrokenFile("Several columns may hold the numbers. Leave one of them in the file.")
    if len(numbers) == 1:
        return numbers[0], False
    if len(numbers) > 1:
        raise BrokenFile("The first row holds several numbers. Give one in each row.")
    if len(filled) == 1:
        return filled[0], not any(map(str.isdigit, cells[filled[0]]))
    raise BrokenFile('No column is recognized. Write "phone" above the column of the numbers.')


def _is_number(cell: str, region: str) -> bool:
    try:
        read_number(cell, region)
    except InvalidNumber:
        return False
    return True


def _read_row(row: int, cells: list[str], column: int, served: Served) -> FileRow:
    if len(cells) <= column:
        return FileRow(row, None, _NO_CELL)
    try:
        number = read_number(cells[column], served.region)
    except InvalidNumber as refusal:
        return FileRow(row, None, str(refusal))
    reason = why_not_textable(number, served.regions) if served.regions else None
    return FileRow(row, None, reason) if reason else FileRow(row, number)
