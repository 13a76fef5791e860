"""Importing a file of numbers: parse, validate, deduplicate, consent events with their leaves."""

import time
from datetime import UTC, datetime

import phonenumbers
from sqlalchemy import func, insert, select
from sqlmodel import col

from benchmarks import world
from benchmarks.blast import running
from benchmarks.place import Place
from benchmarks.processes import Failed
from benchmarks.row import Mark, Row, Series, pick
from benchmarks.said import said
from benchmarks.visitor import Visitor
from benchmarks.web import serving
from models import ConsentEvent, ListSubscription, NumberFile, Subscriber
from models.database import Database
from models.number_reading import MOST_ROWS

_PARSER, _INSERT = "phonenumbers alone", "bare INSERT of subscribers"
_MILLION = 1_000_000
_PATIENCE = 600  # seconds after the page, while the clock does what is left
_ONCE_MORE, _BROKEN = 50, 100  # every so many-th row is there twice, or holds no number


def measure(place: Place) -> list[Row]:
    """The page's import beside the parser and a bare INSERT."""
    rows = place.size.import_rows
    files = _files(rows)
    numbers = sum(count for _, count in files)
    ours, beside = Series("Marquee"), list[Series]()
    for turn in range(place.size.rounds):
        with place.sqlite(0) as url:
            took = _product(place, url, files)
            ours.values.append(numbers / took)
            said(f"import of {rows:,} rows, round {turn + 1}: {took:.1f} s")
            pick(beside, _PARSER).values.append(_parser_rate())
            pick(beside, _INSERT).values.append(_insert_rate(url, min(rows, 200_000)))
    return [
        Row(
            key="import",
            title=f"Import of {rows:,} rows through the page, SQLite",
            unit="numbers/s",
            better="higher",
            ours=ours,
            beside=beside,
            floor=Mark(_MILLION / 45, "1 million in 45 s"),
            goal=Mark(_MILLION / 10, "1 million in 10 s"),
            notes=[
                f"From the upload until {numbers:,} numbers are on the list, each with its consent "
                f"event: {numbers / ours.median:.1f} s in all. Only they count; the other rows are "
                "there twice or hold no number, and are read all the same. The page begins, the "
                "clock goes on part by part, and meanwhile seals the leaves of the parts before."
            ],
        )
    ]


def _files(rows: int) -> list[tuple[bytes, int]]:
    """As a promoter would: as many files as the product's limit asks for, each full."""
    length = MOST_ROWS // _ONCE_MORE * _ONCE_MORE - _ONCE_MORE
    parts = [range(first, min(first + length, rows)) for first in range(0, rows, length)]
    return [_file(part) for part in parts]


def _product(place: Place, url: str, files: list[tuple[bytes, int]]) -> float:
    """Seconds from the upload of the files until all their numbers are on the list."""
    expected = sum(count for _, count in files)
    database = Database(url)
    with running(place, url), serving(place, url) as port:
        member = Visitor(port)
        form = {
            "declared_source": "Guest book at the door",
            "declared_on": datetime.now(UTC).date().isoformat(),
            "proof_text": "I agree to get texts from Neon Nights. Reply STOP to cancel.",
        }
        start = time.perf_counter()
        for content, _ in files:
            upload = {"file": ("guests.csv", content)}
            member.post("/lists/1/imports", form, page="/lists/1/imports", files=upload)
        answered = time.perf_counter()
        while not _is_over(database, len(files)):
            if time.perf_counter() - answered > _PATIENCE:
                raise Failed("The import did not end.")
            time.sleep(0.05)
        took = time.perf_counter() - start
    for table in (ListSubscription, ConsentEvent):
        if _count(database, table) != expected:
            raise Failed("Not every imported number is on the list with its consent event.")
    database.dispose()
    return took


def _file(part: range) -> tuple[bytes, int]:
    """A CSV file, and how many different numbers it holds."""
    lines, numbers = ["name,phone"], set()
    for index in part:
        if index % _BROKEN == _BROKEN - 1:
            lines.append(f"Guest {index},call me")
            continue
        number = world.number(index - 1 if index % _ONCE_MORE == 1 else index)
        numbers.add(number)
        lines.append(f"Guest {index},({number[2:5]}) {number[5:8]}-{number[8:]}")
    return "\n".join(lines).encode(), len(numbers)


def _is_over(database: Database, files: int) -> bool:
    finished = select(func.count()).where(col(NumberFile.finished_at).is_not(None))
    with database.read() as session:
        return bool(session.execute(finished).scalar_one() == files)


def _count(database: Database, table: type[ListSubscription | ConsentEvent]) -> int:
    with database.read() as session:
        found: int = session.execute(select(func.count()).select_from(table)).scalar_one()
        return found


def _parser_rate() -> float:
    """Numbers a second that the library parses and validates."""
    count = 20_000
    start = time.perf_counter()
    for index in range(count):
        number = world.number(index)
        given = f"({number[2:5]}) {number[5:8]}-{number[8:]}"
        phonenumbers.is_valid_number(phonenumbers.parse(given, "US"))
    return count / (time.perf_counter() - start)


def _insert_rate(url: str, count: int) -> float:
    """Subscribers a second that one statement with many rows inserts."""
    now = datetime.now(UTC)
    rows = [
        {
            "organization_id": 1,
            "phone_number": f"bare {index}",
            "number_hash": f"{index:064x}",
            "created_at": now,
        }
        for index in range(count)
    ]
    database = Database(url)
    start = time.perf_counter()
    with database.write() as session:
        session.connection().execute(insert(Subscriber), rows)
    took = time.perf_counter() - start
    database.dispose()
    return count / took
