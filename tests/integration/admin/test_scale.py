"""Pages of an organization with millions: no page reads a table that grows from end to end, and
none takes longer because others than those it shows became more.

Every page is asked for, also one that is added later. The work of a request is counted in steps of
SQLite's machine, which no load of the computer changes.
"""

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from admin import linting
from admin.pages import reports, self_audit
from admin.queries import dashboard, deliveries, inbox, lists, searching
from models import FileKind, Member, Role, sizes
from models.database import Database
from models.number_files import Upload, keep, take
from scheduler import counting, gate
from tests.integration.admin.browser import Browser, add_member
from tests.integration.admin.many import grow
from tests.integration.admin.test_access import address, rules
from tests.integration.admin.test_pages import fill
from tests.world import World

GROWING = (
    *("delivery", "consent_event", "consent_evidence", "inbound_message", "log_leaf", "unsealed"),
    *("subscriber", "subscription", "list_subscription", "suppression", "answer", "notice"),
)
SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)})(_\d+)?\b")
FEW, MANY = 1_200, 6_000
# What is asked for beside the pages themselves: filters, searches, later pages.
QUERIES = (
    *("/subscribers?q=5551", "/subscribers?q=13035550700", "/subscribers?state=pending"),
    *("/subscribers?page=2", "/lists/1?q=5551", "/lists/1?state=unsubscribed", "/lists/1?page=2"),
    *("/inbox?folder=review", "/inbox?folder=answers", "/inbox?folder=all", "/inbox?page=2"),
    *("/subscribers?older=1500", "/subscribers?q=5551&older=1500", "/lists/1?older=1500"),
    *("/subscribers?state=pending&older=1500", "/lists/1?state=pending&older=1500"),
    *("/lists/1?q=5551&older=1500", "/suppressions?q=0123&older=300", "/suppressions?older=300"),
    *("/inbox?older=900", "/inbox?folder=answers&older=900", "/inbox?folder=review&older=900"),
    *("/reports/stops?older=1500", "/reports/acts?older=900", "/broadcasts?older=5"),
    *("/suppressions?q=0123", "/suppressions?q=13035550700", "/suppressions?page=2"),
    *("/broadcasts/1?status=delivered", "/broadcasts/1?status=failed"),
    *("/broadcasts/1?status=pending", "/broadcasts/1?reason=opted_out", "/broadcasts/1?number=77"),
    *("/broadcasts/1?number=13035550700", "/broadcasts/1?after=100", "/broadcasts/1?before=300"),
    *("/broadcasts/new?list_id=1", "/broadcasts/audience?list_id=1"),
    *("/reports/stops?page=2", "/reports/stops?program=1", "/reports/acts?page=2"),
)
# Files hold all that they are about, however long that takes; they are streamed.
FILES = (".csv", ".zip")
# Steps that a request may take more, whatever it is: a larger number has more digits.
SLACK = 400


@dataclass
class Work:
    """What the database did: its steps, and the statements with their parameters."""

    steps: int = 0
    statements: list[tuple[str, Any]] = field(default_factory=list)


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of a page, as much smaller as the tables are here."""
    for module in (sizes, gate, dashboard):
        monkeypatch.setattr(module, "COUNTED_TO", 100)
    monkeypatch.setattr(searching, "SEARCHED", 60)
    for module in (counting, lists):
        monkeypatch.setattr(module, "SMALL", 40)
    for module, name, bound in (
        (deliveries, "LOOKED_AT", 100),
        (reports, "SUMMED", 20),
        (linting, "SAMPLE", 50),
        (self_audit, "_LOOKED_AT", 40),
        (inbox, "_LATEST_ACTS", 40),
    ):
        monkeypatch.setattr(module, name, bound)


@contextmanager
def watched(engine: Engine) -> Iterator[Work]:
    """All that the database does meanwhile, on whatever connection."""
    work = Work()

    def step() -> int:
        work.steps += 1
        return 0

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        work.statements.append((statement, given))

    def lend(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_progress_handler(step, 1)

    def give_back(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_progress_handler(None, 0)

    listeners = (
        (engine, "before_cursor_execute", note),
        (engine, "checkout", lend),
        (engine, "checkin", give_back),
    )
    for listener in listeners:
        event.listen(*listener)
    yield work
    for listener in listeners:
        event.remove(*listener)


def pages(app: Flask) -> list[str]:
    found = [
        address(rule)
        for rule in rules(app)
        if "GET" in (rule.methods or ()) and not rule.rule.endswith(FILES)
    ]
    return [*found, *QUERIES]


def scans(world: World, work: Work) -> set[str]:
    """The lines of the statements' plans that read a growing table from end to end."""
    found = set()
    with world.database.engine.connect() as connection:
        for statement, given in work.statements:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
                found |= {row[3] for row in plan if SCAN.search(row[3])}
    return found


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Steps and plans are SQLite's own."""
    return sqlite_database


@pytest.fixture(params=["owner", "newcomer", "auditor of a program"])
def reader(request: pytest.FixtureRequest, app: Flask, world: World) -> Browser:
    """Whoever reads: an auditor of one program, and another organization's owner, see less, which
    must not take longer either."""
    if request.param in ("owner", "newcomer"):
        browser: Browser = request.getfixturevalue(request.param)
        return browser
    email = "auditor@neon.example"
    key = add_member(world.database, world.organization_id, email, Role.auditor)
    with world.database.write() as session:
        member = session.get_one(Member, key)
        member.program_id = 1
        session.add(member)
    browser = Browser(app)
    assert browser.log_in(email).status_code == 302
    return browser


def test_no_page_reads_a_growing_table_from_end_to_end(
    world: World, app: Flask, reader: Browser
) -> None:
    grow(world, fill(world), 1_001, 1_000 + FEW)
    found = {}
    for place in pages(app):
        with watched(world.database.engine) as work:
            reader.get(place)
        if bad := scans(world, work):
            found[place] = bad
    assert not found, "\n".join(f"{k} {v}" for k, v in found.items())


def test_no_page_takes_longer_when_there_are_many(
    world: World, app: Flask, reader: Browser
) -> None:
    broadcast = fill(world)
    grow(world, broadcast, 1_001, 1_000 + FEW)
    few = {place: steps(world, reader, place) for place in pages(app)}
    grow(world, broadcast, 1_001 + FEW, 1_000 + MANY)
    many = {place: steps(world, reader, place) for place in few}
    slower = {
        place: (few[place], many[place]) for place in few if many[place] > 1.2 * few[place] + SLACK
    }
    assert not slower, "\n".join(f"{k} {v}" for k, v in slower.items())


def steps(world: World, browser: Browser, place: str) -> int:
    browser.get(place)  # what is made once a process is made
    with watched(world.database.engine) as work:
        assert browser.get(place).status_code < 500
    return work.steps


@pytest.mark.parametrize("kind", [FileKind.subscribers, FileKind.suppression])
def test_no_import_takes_longer_when_there_are_many(world: World, kind: FileKind) -> None:
    broadcast = fill(world)
    grow(world, broadcast, 1_001, 1_000 + FEW)
    few = imported(world, kind, 0)
    grow(world, broadcast, 10_001, 10_000 + MANY - FEW)
    many = imported(world, kind, 100)
    assert many < 1.2 * few, (few, many)


def imported(world: World, kind: FileKind, first: int) -> int:
    """The steps of a file with strangers and with people who are known."""
    strangers = [f"+1202556{number:04d}" for number in range(first, first + 100)]
    known = [f"+1303{5550000 + number * 7}" for number in range(1_001 + first, 1_101 + first)]
    with world.database.read() as session:
        list_id = world.list_id(session)
    of_list = (list_id, world.now.date(), "I agree.") if kind is FileKind.subscribers else ()
    upload = Upload(kind, "a.csv", "the door", world.member_id, *of_list)
    content = io.BytesIO("\n".join([*strangers, *known]).encode())
    file = keep(world.database, world.organization_id, upload, content, world.now)
    with watched(world.database.engine) as work:
        take(world.database, file.id, lambda: world.now)
    assert not scans(world, work)
    return work.steps
