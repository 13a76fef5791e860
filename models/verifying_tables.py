"""How verifying reads tables that somebody may have written anything into by hand."""

from typing import Any

from sqlalchemy import Row, Table, select
from sqlmodel import Session, SQLModel

CHUNK = 1_000  # rows in memory at a time
Leaf = dict[str, Any]


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for reading rows without making objects."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def tolerant(
    session: Session, table: Table, column: Any, keys: list[int]
) -> dict[int, Row[Any] | None]:
    """The rows with those keys; None for one that holds what its columns cannot (by hand, on
    SQLite, everything can be written anywhere)."""
    query = select(table, column.label("looked_up")).where(column.in_(keys))
    try:
        return {row.looked_up: row for row in session.execute(query)}
    except (LookupError, ValueError, TypeError):
        if len(keys) == 1:
            return {keys[0]: None}
    middle = len(keys) // 2
    return tolerant(session, table, column, keys[:middle]) | tolerant(
        session, table, column, keys[middle:]
    )
