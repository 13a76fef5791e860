"""Many rows in one statement, on both databases: given to it, and taken back from it.

Statements for hot paths are made once a process: making one costs more than running it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CursorResult,
    DateTime,
    Delete,
    Enum,
    FromClause,
    Insert,
    Row,
    Select,
    String,
    Text,
    Update,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from models.base import table_of

_ROWS, _GIVEN = "given_rows", "given_{}"

# A statement that writes, and its parameters; on SQLite also many of them, one for each row.
Writing = tuple[Insert | Update | Delete, Mapping[str, Any] | Sequence[Mapping[str, Any]]]


def is_postgresql(session: Session) -> bool:
    """Which of the two databases it is: statements that differ are made for each."""
    return session.get_bind().dialect.name == "postgresql"


class Given:
    """The shape of rows that are given to a statement, with the types of their columns.

    Values are numbers, texts, aware datetimes or None. However many rows there are, they are one
    parameter, a JSON text, or on PostgreSQL one for each column, the text of an array: the drivers
    take long for many parameters, and for arrays.
    """

    def __init__(self, **columns: TypeEngine[Any]) -> None:
        self._columns = columns

    def table(self, on_postgresql: bool) -> FromClause:
        """The rows as a table that a statement joins; their values come with `values`."""
        if on_postgresql:
            return _columns_of(self._columns)
        each = func.json_each(bindparam(_ROWS, type_=String())).table_valued("value")
        parts = [
            func.json_extract(each.c.value, f"$[{place}]").label(name)
            for place, name in enumerate(self._columns)
        ]
        return select(*parts).subquery()

    def values(self, on_postgresql: bool, rows: Sequence[Sequence[Any]]) -> Mapping[str, Any]:
        """The parameters that hold `rows`, each with a value for each column in their order."""
        if on_postgresql:
            return _arrays(self._columns, rows)
        return {_ROWS: json.dumps(rows, default=_as_kept)}


class Insertion:
    """INSERT of rows into a table, given by column name; `returning` are columns to take back.
    What is left out is for the database to fill.

    On PostgreSQL it is one statement with one parameter for each column, however many rows there
    are. Server and driver prepare it once. A VALUES list of each length would be a statement of its
    own.
    """

    def __init__(self, model: type[SQLModel], *columns: str, returning: Sequence[str] = ()) -> None:
        self._table = table_of(model)
        self._names, self._returning = columns, [self._table.c[name] for name in returning]
        left_out = [column for column in self._table.c if column.name not in columns]
        assert all(one.default is None or one.server_default is not None for one in left_out)
        # So that several of them can be one statement, on PostgreSQL.
        self._given = [f"{self._table.name}_{name}" for name in columns]

    def run(
        self, session: Session, rows: Sequence[Mapping[str, Any]], *others: Writing
    ) -> list[Row[Any]]:
        """Insert them, together with `others`; what is taken back comes in no particular order."""
        result = _write(session, *others, *self.writing(session, rows))
        return list(result.all()) if rows and self._returning and result else []

    def writing(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> list[Writing]:
        """The same, to be written together with something else; nothing if there are no rows."""
        if not rows:
            return []
        if is_postgresql(session):
            given = [[row.get(name) for name in self._names] for row in rows]
            return [(self._on_postgresql, _arrays(self._given, given))]
        return [(self._on_sqlite, [dict(row) for row in rows])]

    def run_plain(self, session: Session, rows: Sequence[Sequence[Any]], *others: Writing) -> int:
        """The same for rows of nothing but numbers, texts and bytes, in the order of the columns,
        together with `others`; how many rows the last of these wrote. On SQLite by the driver's own
        statement, since making them values of SQLAlchemy's takes longer than writing them."""
        if is_postgresql(session) and rows:
            own = self._on_postgresql, _arrays(self._given, rows)
            return write_together(session, own, *others)
        written = write_together(session, *others)
        if rows:
            session.connection().exec_driver_sql(self._plain, [tuple(row) for row in rows])
        return written

    @cached_property
    def _on_postgresql(self) -> Any:
        kinds = [_as_given(self._table.c[name].type) for name in self._names]
        given = _columns_of(dict(zip(self._given, kinds, strict=True)))
        return self._taking_back(
            insert(self._table).from_select(
                list(self._names), select(*given.c), include_defaults=False
            )
        )

    @cached_property
    def _on_sqlite(self) -> Any:
        return self._taking_back(insert(self._table))

    @cached_property
    def _plain(self) -> str:
        names, places = ", ".join(self._names), ", ".join("?" for _ in self._names)
        return f"INSERT INTO {self._table.name} ({names}) VALUES ({places})"  # noqa: S608

    def _taking_back(self, inserted: Insert) -> Any:
        return inserted.returning(*self._returning) if self._returning else inserted


def _columns_of(columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """PostgreSQL's table of rows whose columns are given as texts of arrays (`_arrays`).

    Each is selected: a parameter by itself would be read while the plan is made, and the plan be
    made anew each time.
    """
    arrays = (
        sql_cast(
            select(bindparam(_GIVEN.format(name), type_=String())).scalar_subquery(), ARRAY(kind)
        )
        for name, kind in columns.items()
    )
    named = (column(name, kind) for name, kind in columns.items())
    return func.unnest(*arrays).table_valued(*named).render_derived()


def _as_given(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type in which PostgreSQL reads a column's values."""
    if isinstance(kind, UTCDateTime):
        return DateTime(timezone=True)
    return Text() if isinstance(kind, Enum | String | AutoString) else kind


def _arrays(names: Iterable[str], rows: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Each column of `rows` as the text of an array (PostgreSQL's manual, 8.15.6): read in half the
    time of JSON, and written in a fifth."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {
        _GIVEN.format(name): f"{{{','.join([_FORMS[type(value)](value) for value in values])}}}"
        for name, values in zip(names, columns, strict=True)
    }


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class _Forms(dict[type, Callable[[Any], str]]):
    """How a value of a type is written into the text of an array."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        assert issubclass(kind, StrEnum), kind
        self[kind] = form = self[str]
        return form


_FORMS = _Forms(
    {
        type(None): lambda _: "NULL",
        bool: str,
        int: str,
        str: _quoted,
        bytes: lambda value: f'"\\\\x{value.hex()}"',
        datetime: datetime.isoformat,
        dict: lambda value: _quoted(json.dumps(value)),
        list: lambda value: _quoted(json.dumps(value)),
    }
)


def write_together(session: Session, *writings: Writing) -> int:
    """Write to different tables what does not depend on each other; how many rows the last wrote.
    On PostgreSQL it is one statement (its manual, 7.8.4), since with rows locked each question to
    the server counts; so no two parameters may have one name."""
    result = _write(session, *writings)
    return result.rowcount if result else 0


def _write(session: Session, *writings: Writing) -> CursorResult[Any] | None:
    """The same; the result of the last."""
    run, result = session.connection().execute, None
    if is_postgresql(session) and writings:
        given: dict[str, Any] = {}
        for _, values in writings:
            assert isinstance(values, Mapping), "many rows are one parameter for each column"
            assert given.keys().isdisjoint(values), "one name for two values"
            given.update(values)
        return run(_together(*(statement for statement, _ in writings)), given)
    for statement, values in writings:
        result = run(statement, values)
    return result


@lru_cache(maxsize=64)
def _together(*statements: Insert | Update | Delete) -> Insert | Update | Delete:
    *others, last = statements
    return last.add_cte(*(one.cte(f"part_{place}") for place, one in enumerate(others)))


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


# Some queries are asked once and never again: a claim's, with its counts.
@lru_cache(maxsize=64)
def _as_one(query: Select[Any]) -> Select[Any]:
    rows = query.subquery()
    return select(func.json_group_array(func.json_array(*rows.c)))


def _as_kept(moment: datetime) -> str:
    """A datetime in the form in which SQLAlchemy keeps it on SQLite."""
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]
