"""Transactions that go through whole indexes have room for them, and give it back."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from models.database import Database
from scheduler import freeze
from tests.references import lost_references
from tests.world import World


def pragma(session: Session, name: str) -> int:
    return int(session.execute(text(f"PRAGMA {name}")).scalar_one())


def usual(database: Database, name: str) -> int:
    with database.read() as session:
        return pragma(session, name)


def names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.execute(text("SELECT name FROM heartbeat ORDER BY name")).scalars())


def beat(name: str) -> str:
    return f"INSERT INTO heartbeat (name, beat_at) VALUES ('{name}', '2026-07-01 12:00:00')"


def lose_much(database: Database) -> None:
    with database.write_much() as session:
        session.execute(text(beat("lost")))
        raise ZeroDivisionError


def test_it_commits_and_rolls_back_like_any_other(database: Database) -> None:
    with database.write_much() as session:
        session.execute(text(beat("kept")))
    with pytest.raises(ZeroDivisionError):
        lose_much(database)
    assert names(database) == ["kept"]


def test_on_sqlite_it_has_room_and_gives_it_back(sqlite_database: Database) -> None:
    before = usual(sqlite_database, "cache_size")
    with sqlite_database.write_much() as session:
        assert pragma(session, "cache_size") <= 2 * before < 0, "negative: in KiB"
        assert pragma(session, "foreign_keys") == 1
    with sqlite_database.write_much(room=8 * -before) as session:
        assert pragma(session, "cache_size") == 8 * before
    with pytest.raises(ZeroDivisionError):
        lose_much(sqlite_database)
    assert usual(sqlite_database, "cache_size") == before


def test_references_are_looked_up_again_by_the_next(sqlite_database: Database) -> None:
    with sqlite_database.write_much(refers_to_what_it_reads=True) as session:
        assert pragma(session, "foreign_keys") == 0
    assert usual(sqlite_database, "foreign_keys") == 1
    nobody = text("INSERT INTO heartbeat_of_nobody SELECT 1")
    with (
        pytest.raises(OperationalError),
        sqlite_database.write_much(refers_to_what_it_reads=True) as session,
    ):
        session.execute(nobody)
    assert usual(sqlite_database, "foreign_keys") == 1


def test_a_frozen_audience_refers_to_what_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "FIRST_PART", 10)
    world.crowd(30)
    broadcast = world.order()
    world.fire(broadcast)
    assert len(world.deliveries(broadcast.id)) == 30
    assert lost_references(world.database) == []
