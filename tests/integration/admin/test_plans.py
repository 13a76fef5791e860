"""Pages on PostgreSQL: whatever it thinks of a table, no statement of a page goes through one that
grows. Every page is asked for, also one that is added later."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from models.database import Database
from tests.integration.admin.browser import Browser
from tests.integration.admin.many import grow
from tests.integration.admin.test_pages import fill
from tests.integration.admin.test_scale import GROWING, pages, small_program
from tests.world import World

PEOPLE = 20_000
# The bounds of a page (small_bounds) are a hundred at most, each looked at a few times.
LOOKED_AT = PEOPLE // 10

pytestmark = [
    pytest.mark.usefixtures("small_bounds"),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]


@contextmanager
def noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The questions to the database meanwhile, with their parameters. What inserts rows, also in
    several parts, is none: it cannot be done again."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        is_question = re.match(r"\s*(SELECT(?! set_config| pg_)|WITH)", statement)
        if is_question and not re.search(r"\bINSERT INTO\b", statement):
            asked.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def large(plan: dict[str, Any]) -> Iterator[str]:
    """The scans of a plan that was carried out which went through much of a table that grows."""
    passed = (plan.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter"))
    rows, of = sum(passed) * plan.get("Actual Loops", 1), plan.get("Relation Name")
    if of in GROWING and rows > LOOKED_AT:
        yield f"{plan['Node Type']} of {of}: {rows:,.0f} rows"
    for part in plan.get("Plans", ()):
        yield from large(part)


def looked_through(database: Database, asked: list[tuple[str, Any]]) -> set[str]:
    """The large scans of these statements, planned as for a page."""
    found: set[str] = set()
    with closing(database.session(reads_only=True)) as session:
        connection = session.connection()
        for statement, given in asked:
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
            (answer,) = connection.exec_driver_sql(explain, given).scalar_one()
            found |= {f"{scan}: {statement}" for scan in large(answer["Plan"])}
    return found


def analyze(database: Database) -> None:
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def test_no_page_goes_through_a_table_that_grows(world: World, app: Flask, reader: Browser) -> None:
    grow(world, fill(world), 1_001, 1_000 + PEOPLE)
    analyze(world.database)
    bad = {}
    for place in pages(app):
        with noted(world.database) as asked:
            assert reader.get(place).status_code < 500
        if found := looked_through(world.database, asked):
            bad[place] = found
    assert not bad, "\n".join(f"{k} {v}" for k, v in bad.items())


def test_the_latest_of_an_older_program_are_found_at_once(
    world: World, app: Flask, owner: Browser
) -> None:
    """Half as many as those who came since, to another program."""
    key = small_program(world)
    grow(world, fill(world), 20_001, 20_000 + PEOPLE)
    with world.database.write() as session:
        session.execute(
            text(
                "INSERT INTO subscription"
                " (id, organization_id, program_id, subscriber_id, state, changed_at)"
                " SELECT id - 15000, 1, :program, id, 'subscribed', changed_at"
                " FROM subscription WHERE id BETWEEN 20001 AND 30000"
            ),
            {"program": key},
        )
    analyze(world.database)
    with noted(world.database) as asked:
        assert owner.get(f"/programs/{key}/self-audit").status_code == 200
    assert not looked_through(world.database, asked)


def test_only_pages_are_kept_from_reading_a_table_whole(database: Database) -> None:
    def ways(session: Any) -> set[str]:
        names = ("seqscan", "hashjoin", "mergejoin")
        return {session.execute(text(f"SHOW enable_{name}")).scalar_one() for name in names}

    for reads_only in (True, False):
        with closing(database.session(reads_only=reads_only)) as page:
            assert ways(page) == {"off"}
            page.commit()
            assert ways(page) == {"off"}, "nor in its second transaction"
    with database.read() as session:  # on the same connection, e.g. for a file of everything
        assert ways(session) == {"on"}
