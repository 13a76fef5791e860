"""How verifying reads tables that somebody may have written anything into by hand."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, select, type_coerce
from sqlalchemy.types import NullType
from sqlmodel import Session

CHUNK = 1_000  # rows in memory at a time
Leaf = dict[str, Any]


def as_stored(column: Any) -> ColumnElement[Any]:
    """A column of bytes, read without the check that it holds bytes: see `stored_bytes`."""
    return type_coerce(column, NullType()).label(column.key)


def stored_bytes(value: Any) -> bytes:
    """What a column of bytes holds, also when it was written as a text or a number."""
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def in_chunks(session: Session, key: Any, wanted: ColumnElement[bool]) -> Iterator[list[int]]:
    """The ids of the rows that are wanted, in their order, CHUNK at a time."""
    last = -(2**62)
    while True:
        query = select(key).where(wanted, key > last).order_by(key).limit(CHUNK)
        if not (keys := list(session.execute(query).scalars())):
            return
        yield keys
        last = keys[-1]


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
