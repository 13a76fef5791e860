"""The migrations make exactly the tables that the models describe, and can be walked back."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.schema import SchemaItem
from sqlmodel import SQLModel

from models import migrate
from models.database import Database
from models.migrate import is_current
from tests.world import World


def differences(connection: Connection) -> list[object]:
    """What the migrated database and the models disagree on; empty when they are equal."""

    def is_for_this(item: SchemaItem, *_: object) -> bool:
        return item.info.get("dialect", here) == here

    here = connection.dialect.name
    opts = {"compare_type": True, "include_object": is_for_this}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, SQLModel.metadata))


def test_the_migrated_tables_equal_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert differences(connection) == []
        assert is_current(connection)


def test_the_migrations_go_down_and_up(database: Database) -> None:
    migrate.downgrade(database)
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert differences(connection) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_event SET keyword = 'changed'",
        "UPDATE consent_event SET occurred_at = '2020-01-01'",
        "DELETE FROM consent_event",
    ],
)
def test_the_database_refuses_to_change_a_consent_event(world: World, statement: str) -> None:
    world.text("+12025550111", "JOIN")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        world.database.engine.begin() as connection,
    ):
        connection.execute(text(statement))
    assert len(world.consent_events("+12025550111")) == 1


def test_sqlite_refuses_to_replace_a_consent_event(sqlite_world: World) -> None:
    sqlite_world.text("+12025550111", "JOIN")
    replace = text("INSERT OR REPLACE INTO consent_event SELECT * FROM consent_event")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        sqlite_world.database.engine.begin() as connection,
    ):
        connection.execute(replace)
