"""The migrations make exactly the tables that the models describe, and can be walked back."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url, text
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


def test_a_migration_has_all_the_time_it_needs(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    address = make_url(postgresql_url).update_query_dict(
        {"options": " ".join(f"-c {limit}=30s" for limit in limits)}
    )
    database = Database(address.render_as_string(hide_password=False))
    seen: list[object] = []

    def look(config: Config, _revision: str) -> None:
        connection = config.attributes["connection"]
        seen.extend(connection.exec_driver_sql(f"SHOW {limit}").scalar() for limit in limits)

    monkeypatch.setattr(migrate.command, "upgrade", look)
    migrate.upgrade(database)
    with database.read() as session:  # the same connection, afterwards
        seen.extend(session.execute(text(f"SHOW {limit}")).scalar() for limit in limits)
    assert seen == ["0"] * 3 + ["30s"] * 3
    database.dispose()


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
