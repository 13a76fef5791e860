"""Many new rows of a table in one statement, on both databases, with keys that are known before.

On SQLite the driver gives the interpreter's lock away at every row of an executemany, and a thread
beside a busy one would wait for it that often, with the database locked.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, LargeBinary, func, literal, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from models.base import table_of
from models.bulk import Given, is_postgresql

Columns = dict[str, TypeEngine[Any]]


def new_ids(session: Session, model: type[SQLModel], count: int) -> Sequence[int]:
    """Ascending keys for `count` new rows. The transaction must be a writing one."""
    table = table_of(model)
    if is_postgresql(session):
        run = session.connection().execute
        sequence = run(select(func.pg_get_serial_sequence(table.name, "id"))).scalar_one()
        series = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return list(run(series).scalars())
    # Nobody else writes meanwhile.
    last: int | None = session.connection().execute(select(func.max(table.c.id))).scalar()
    first = (last or 0) + 1
    return range(first, first + count)


def insert_many(
    session: Session,
    model: type[SQLModel],
    columns: Columns,
    rows: Sequence[Sequence[Any]],
    *,
    skips_known: bool = False,
    **shared: Any,
) -> None:
    """Insert `rows`, which hold values for `columns` in their order; `shared` ones are in each.

    JSON and binary columns are given as texts. With `skips_known` a row that is there already is
    left as it is.
    """
    if not rows:
        return
    on_postgresql = is_postgresql(session)
    given, table = Given(**columns), table_of(model)
    source = given.table(on_postgresql)
    same = {name: value for name, value in shared.items() if value is not None}
    picked = [_as_kept(source.c[name], table.c[name].type, on_postgresql) for name in columns]
    literals = [literal(value, table.c[name].type) for name, value in same.items()]
    make = postgresql.insert if on_postgresql else sqlite.insert
    statement = make(table).from_select([*columns, *same], select(*picked, *literals).where(true()))
    if skips_known:
        statement = statement.on_conflict_do_nothing()
    session.connection().execute(statement, given.values(on_postgresql, rows))


def _as_kept(column: Any, kind: TypeEngine[Any], on_postgresql: bool) -> Any:
    if isinstance(kind, LargeBinary):
        as_bytes = func.convert_to(column, "UTF8") if on_postgresql else column
        return as_bytes if on_postgresql else sql_cast(as_bytes, LargeBinary)
    # SQLite keeps JSON as the text that it is.
    return sql_cast(column, JSON) if isinstance(kind, JSON) and on_postgresql else column
