"""Many rows in one statement, on both databases: given to it, and taken back from it.

Statements for hot paths are made once a process: making one costs more than running it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, String, Subquery, bindparam, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

_ROWS = "given_rows"


def is_postgresql(session: Session) -> bool:
    """Which of the two databases it is: statements that differ are made for each."""
    return session.get_bind().dialect.name == "postgresql"


class Given:
    """The shape of rows that are given to a statement, with the types of their columns.

    Values are numbers, texts, aware datetimes or None. However many rows there are, it is one
    parameter on SQLite (json_each) and one for each column on PostgreSQL (unnest).
    """

    def __init__(self, **columns: TypeEngine[Any]) -> None:
        self._columns = columns

    def table(self, on_postgresql: bool) -> Subquery:
        """The rows as a table that a statement joins; their values come with `values`."""
        if on_postgresql:
            parts = [
                func.unnest(
                    sql_cast(bindparam(f"{_ROWS}_{name}", type_=ARRAY(kind)), ARRAY(kind))
                ).label(name)
                for name, kind in self._columns.items()
            ]
            return select(*parts).subquery()
        each = func.json_each(bindparam(_ROWS, type_=String())).table_valued("value")
        parts = [
            func.json_extract(each.c.value, f"$[{place}]").label(name)
            for place, name in enumerate(self._columns)
        ]
        return select(*parts).subquery()

    def values(self, on_postgresql: bool, rows: Sequence[Sequence[Any]]) -> Mapping[str, Any]:
        """The parameters that hold `rows`, each with a value for each column in their order."""
        if on_postgresql:
            lists = zip(*rows, strict=True) if rows else ([] for _ in self._columns)
            return {f"{_ROWS}_{n}": list(v) for n, v in zip(self._columns, lists, strict=True)}
        return {_ROWS: json.dumps(rows, default=_as_kept)}


def fetch(
    session: Session, query: Select[Any], values: Mapping[str, Any] | None = None
) -> list[Sequence[Any]]:
    """All rows of `query`, whose columns are numbers and texts.

    On SQLite they come as one JSON text: the driver gives the interpreter's lock away at every row,
    and a thread beside a busy event loop would wait for it that often.
    """
    if is_postgresql(session):
        return list(session.connection().execute(query, values or {}).all())
    found: list[Sequence[Any]] = json.loads(
        session.connection().execute(_as_one(query), values or {}).scalar_one()
    )
    return found


@cache
def _as_one(query: Select[Any]) -> Select[Any]:
    rows = query.subquery()
    return select(func.json_group_array(func.json_array(*rows.c)))


def _as_kept(moment: datetime) -> str:
    """A datetime in the form in which SQLAlchemy keeps it on SQLite."""
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]
