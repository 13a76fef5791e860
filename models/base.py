"""What every table shares: key and enum types, constraint names, dialect-aware inserts."""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, Enum, ForeignKeyConstraint, Integer, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as SASession
from sqlmodel import Field, SQLModel

# Stable names, so that a migration can drop on PostgreSQL what it made on SQLite.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# How a row is locked that is about to change (for Session.get; with_for_update has the same word):
# FOR NO KEY UPDATE, since its key stays. Whoever inserts a row that refers to it need not wait, and
# nobody waits for them in a ring.
LOCKED: Final = {"key_share": True}
LARGEST_KEY = 2**63 - 1
# SQLite gives out row ids only for a column that is declared exactly INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")


def primary_key() -> Any:
    """A 64-bit key that the database gives out in order of insertion."""
    return Field(default=None, primary_key=True, sa_type=BigId)


def references(
    column: str, *, optional: bool = False, index: bool = False, unique: bool = False
) -> Any:
    """A foreign key to `table.column`; `optional` makes it nullable with default None."""
    return Field(
        default=None if optional else ...,
        foreign_key=column,
        nullable=optional,
        index=index,
        unique=unique,
        sa_type=BigId,
    )


def looked_up_on_sqlite(column: str, target: str) -> ForeignKeyConstraint:
    """A foreign key from `column` to `target` (`table.column`) that SQLite has alone, for tables in
    which each message writes rows.

    SQLite looks the target up in a microsecond. PostgreSQL runs a query for each row and writes a
    lock into the row that it points to: an eighth to a quarter of what a message costs its server.
    Such a key is read in the transaction that writes it, from a table that nothing is deleted from.
    """
    key = ForeignKeyConstraint([column], [target], info={"dialect": "sqlite"})
    return key.ddl_if(dialect="sqlite")


def choice(members: type[StrEnum], **field: Any) -> Any:
    """An enum stored as its string, with a CHECK that knows the allowed values."""
    kind = Enum(
        members,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=members.__name__.lower(),
        values_callable=lambda enum: [member.value for member in enum],
    )
    return Field(sa_type=kind, **field)


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for its rows without objects, and for statements kept ready."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def insert(session: SASession, table: type[SQLModel]) -> Any:
    """INSERT in the session's dialect, so that ON CONFLICT reads the same on both databases."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return make(table)


class IllegalMove(Exception):
    """A state machine was asked for a move that its transition table does not hold."""
