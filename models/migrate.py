"""Alembic from code: no ini file, and the connection is always ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from models.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_TIME_OUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
_TURN = 0x4D52_4D47  # the advisory lock of whoever migrates (PostgreSQL)


class DatabaseIsNotUnicode(Exception):
    """The database cannot hold every text: СТОП would be answered with an error."""


def insist_on_unicode(connection: Connection) -> None:
    """Raise DatabaseIsNotUnicode, which says what to do, if the database has another encoding."""
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise DatabaseIsNotUnicode(
            f"The database keeps texts as {encoding}, which cannot hold all that people write. "
            "Make another one: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'"
        )


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to `revision`, all steps in one transaction. Of several at once, on any
    host, one does it, and the others find it done."""
    with _alone(database) as connection:
        insist_on_unicode(connection)
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Bring the schema down to `revision`; "base" removes every table."""
    with _alone(database) as connection:
        command.downgrade(_config(connection), revision)


def revise(database: Database, message: str) -> None:
    """Write a new revision from the difference between the tables and the models."""
    with database.engine.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def current(connection: Connection) -> str | None:
    """Where the database stands; None: it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the newest revision."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return current(connection) == head


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction that nobody else migrates beside: on SQLite no other writes anyway. It takes
    its time, whatever the server's operator has set for pages."""
    with database.engine.begin() as connection:
        if database.is_postgresql:
            no_limit = [func.set_config(name, "0", True) for name in _TIME_OUTS]
            connection.execute(select(*no_limit))
            connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
