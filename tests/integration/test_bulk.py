"""Many rows in one statement: what it leaves behind."""

import gc
import weakref
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import DateTime, String, bindparam, event, insert, update
from sqlmodel import col, select

from models import Organization, Sender, SenderDebit
from models.base import BigId
from models.bulk import Given, Insertion, Writing, fetch, is_postgresql, write_together
from models.log import Unsealed
from tests.world import NOON, World

TEXTS = [
    "",
    "NULL",
    "null",
    None,
    "{}",
    "{a,b}",
    "a,b",
    '"',
    '""',
    "\\",
    '\\"',
    "\\x41",
    "'",
    "\n\t ",
    "é😀",
]


def test_a_query_that_was_asked_once_does_not_stay(world: World) -> None:
    """A claim asks a new one wherever messages are counted against a limit, many times a second."""
    queries = []
    with world.database.read() as session:
        for number in range(200):
            query = select(col(Organization.id)).where(col(Organization.id) < number + 2)
            queries.append(weakref.ref(query))
            assert fetch(session, query)[0][0] == 1
            del query
    gc.collect()
    assert sum(query() is not None for query in queries) < 100


def test_texts_are_given_as_they_are(world: World) -> None:
    given = Given(place=BigId, text=String(), at=DateTime(timezone=True))
    moment = datetime(2026, 3, 8, 9, 30, 0, 123456, tzinfo=UTC)
    rows = [(place, text, moment if place % 2 else None) for place, text in enumerate(TEXTS)]
    with world.database.read() as session:
        kind = is_postgresql(session)
        table = given.table(kind)
        query = select(table.c.place, table.c.text, table.c.at.is_(None)).order_by(table.c.place)
        found = session.connection().execute(query, given.values(kind, rows)).all()
        assert [tuple(row) for row in found] == [(one, two, at is None) for one, two, at in rows]
        assert not session.connection().execute(query, given.values(kind, [])).all()


def test_bytes_are_inserted_as_they_are(world: World) -> None:
    leaves = [bytes(range(256)), b"", b'{"a":"\\\\"}']
    insertion = Insertion(Unsealed, "organization_id", "leaves", returning=["leaves"])
    with world.database.write() as session:
        before = len(session.exec(select(Unsealed)).all())
        rows = [{"organization_id": world.organization_id, "leaves": leaf} for leaf in leaves]
        assert sorted(row.leaves for row in insertion.run(session, rows)) == sorted(leaves)
        assert not insertion.run(session, [])
        Insertion(Unsealed, "organization_id", "leaves").run_plain(
            session, [(world.organization_id, leaf) for leaf in leaves]
        )
        assert len(session.exec(select(Unsealed)).all()) == before + 2 * len(leaves)


def renamed(name: str) -> Writing:
    return update(Organization).values(name=bindparam("called")), {"called": name}


def waits(leaf: bytes) -> Writing:
    whose, what = bindparam("whose"), bindparam("what")
    values: dict[str, Any] = {"organization_id": whose, "leaves": what, "number": 1}
    return insert(Unsealed).values(values), {"whose": 1, "what": leaf}


def test_what_is_written_together_is_all_written(world: World) -> None:
    with world.database.write() as session:
        write_together(session)
        write_together(session, renamed("Neon"), waits(b"together"))
    with world.database.read() as session:
        assert session.exec(select(Organization.name)).all() == ["Neon"]
        assert b"together" in session.exec(select(Unsealed.leaves)).all()


def test_what_is_written_together_is_one_statement_on_postgresql(world: World) -> None:
    asked: list[str] = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda *said: asked.append(said[2])
    )
    with world.database.write() as session:
        write_together(session, renamed("Neon"), waits(b"together"))
    writes = [statement for statement in asked if "UPDATE" in statement or "INSERT" in statement]
    assert len(writes) == (1 if world.database.is_postgresql else 2)


def test_two_values_of_one_name_are_not_mixed_up(world: World) -> None:
    both = [waits(b"one"), waits(b"other")]
    if world.database.is_postgresql:
        with pytest.raises(AssertionError), world.database.write() as session:
            write_together(session, *both)
        return
    with world.database.write() as session:
        write_together(session, *both)
    with world.database.read() as session:
        assert {b"one", b"other"} <= set(session.exec(select(Unsealed.leaves)).all())


def test_what_is_inserted_with_others_is_taken_back(world: World) -> None:
    asked: list[str] = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda *said: asked.append(said[2])
    )
    insertion = Insertion(Unsealed, "organization_id", "leaves", returning=["leaves"])
    other = Insertion(SenderDebit, "sender_id", "segments", "created_at")
    with world.database.write() as session:
        sender = session.exec(select(col(Sender.id))).first()
        debits = [{"sender_id": sender, "segments": n, "created_at": NOON} for n in range(3)]
        rows = [{"organization_id": world.organization_id, "leaves": b"leaf"}]
        taken = insertion.run(session, rows, *other.writing(session, debits[:2]))
        assert [row.leaves for row in taken] == [b"leaf"]
        assert not insertion.run(session, [], *other.writing(session, []))
        assert not insertion.run(session, [], *other.writing(session, debits[2:]))
        assert set(session.exec(select(SenderDebit.segments)).all()) == {0, 1, 2}
    writes = [statement for statement in asked if "INSERT" in statement]
    assert len(writes) == (2 if world.database.is_postgresql else 3)
