"""What points to rows that are not there."""

from sqlalchemy import ForeignKey, Select, func, select, text
from sqlmodel import SQLModel

from models.database import Database


def lost_references(database: Database) -> list[object]:
    """What refers to rows that are not there, as far as the database does not refuse it."""
    with database.read() as session:
        ask = session.connection().execute
        if not database.is_postgresql:
            return list(ask(text("PRAGMA foreign_key_check")).all())
        return [
            (key.parent.table.name, key.parent.name, lost)
            for table in SQLModel.metadata.tables.values()
            for constraint in table.foreign_key_constraints
            if constraint.info.get("dialect") == "sqlite"
            for key in constraint.elements
            for (lost,) in ask(_lost(key))
        ]


def _lost(key: ForeignKey) -> Select[tuple[int]]:
    """How many rows point by `key` to one that is not there; no row for none."""
    there = select(key.column).where(key.column == key.parent).exists()
    lost = select(func.count()).where(key.parent.is_not(None), ~there)
    return lost.having(func.count() > 0)
