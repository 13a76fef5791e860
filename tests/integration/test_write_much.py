"""Transactions that go through whole indexes have room for them, and give it back."""

import pytest
from sqlalchemy import text

from models.database import Database


def cache_kib(database: Database) -> int:
    with database.read() as session:
        return -int(session.execute(text("PRAGMA cache_size")).scalar_one())


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
    usual = cache_kib(sqlite_database)
    with sqlite_database.write_much() as session:
        room = -int(session.execute(text("PRAGMA cache_size")).scalar_one())
    assert room >= 4 * usual
    with pytest.raises(ZeroDivisionError):
        lose_much(sqlite_database)
    assert cache_kib(sqlite_database) == usual
