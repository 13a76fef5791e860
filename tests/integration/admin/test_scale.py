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
from sqlmodel import col, select

from models import FileKind, Program, Subscriber, Subscription, SubscriptionState
from models.database import Database
from models.number_files import Upload, keep, take
from tests.integration.admin.browser import Browser
from tests.integration.admin.conftest import auditor_of
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
    *("/reports?program=1", "/lists/1?q=13035550700", "/lists/1?q=5551&state=unsubscribed"),
    *("/inbox?folder=answers&page=2", "/reports/stops?program=1&older=1500"),
)
# Files hold all that they are about, however long that takes; they are streamed.
FILES = (".csv", ".zip")
# Steps that a request may take more, whatever it is: a larger number has more digits.
SLACK = 400

pytestmark = pytest.mark.usefixtures("small_bounds")


@dataclass
class Work:
    """What the database did: its steps, and the statements with their parameters."""

    steps: int = 0
    statements: list[tuple[str, Any]] = field(default_factory=list)


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


def small_program(world: World) -> int:
    """A program that few of the organization's people are in."""
    with world.database.write() as session:
        values = session.get_one(Program, 1).model_dump(exclude={"id"})
        program = Program(**values | {"name": "Encores", "slug": "encores"})
        session.add(program)
        session.flush()
        key = program.id
        people = session.exec(select(Subscriber.id).order_by(col(Subscriber.id)).limit(5)).all()
        session.add_all(
            Subscription(
                organization_id=world.organization_id,
                program_id=key,
                subscriber_id=person,
                state=SubscriptionState.subscribed,
                changed_at=world.now,
            )
            for person in people
        )
    return key


@pytest.mark.parametrize(
    "place",
    [
        *("/suppressions", "/suppressions?older=300", "/suppressions?q=0123", "/reports/acts"),
        *("/inbox", "/inbox?folder=answers", "/inbox?folder=review", "/inbox?older=900"),
        *("/reports", "/reports/stops", "/reports/stops?older=1500"),
    ],
)
def test_a_program_of_few_is_not_looked_for_among_all(world: World, app: Flask, place: str) -> None:
    broadcast = fill(world)
    reader = auditor_of(app, world, small_program(world))
    grow(world, broadcast, 1_001, 1_000 + FEW)
    few = steps(world, reader, place)
    grow(world, broadcast, 1_001 + FEW, 1_000 + MANY)
    assert steps(world, reader, place) <= 1.2 * few + SLACK
