"""PostgreSQL takes no changes for a while: once it does, everything goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from models import Counter
from models.database import Database
from settings import Settings
from tests.webhook_client import INBOUND, post, text_form
from tests.world import NOON, World
from wsgi import create_app

# SQLite's file is in tests/faults/test_read_only.py.
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    """Connections that are opened in the block may only read, and stay so after it."""
    name = database.engine.url.database
    setting = "default_transaction_read_only"
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        database.dispose()
        admin.execute(text(f"ALTER DATABASE {name} SET {setting} = on"))
        try:
            yield
        finally:
            admin.execute(text(f"ALTER DATABASE {name} RESET {setting}"))


@pytest.fixture(autouse=True)
def opened_anew(database: Database) -> Iterator[None]:
    yield
    database.dispose()


def test_texts_are_taken_again_once_the_server_takes_changes(
    world: World, settings: Settings
) -> None:
    app = create_app(settings, world.database)

    def text_status(number: int) -> int:
        return post(app, INBOUND, text_form(f"+1212555{number:04d}", "JOIN")).status_code

    with read_only(world.database):
        assert [text_status(number) for number in range(3)] == [500, 500, 500]
    assert [text_status(number) for number in range(3)] == [200, 200, 200]


def write(database: Database) -> None:
    with database.write() as session:
        session.add(Counter(name="written", day=NOON.date(), value=1))


def test_connections_that_were_opened_for_reading_are_given_up_at_the_first_refusal(
    database: Database,
) -> None:
    with read_only(database):
        pages = [database.session(reads_only=True) for _ in range(2)]
        for page in pages:
            page.execute(text("SELECT 1"))
        for page in pages:
            page.close()
    with pytest.raises(InternalError, match="read-only"):
        write(database)
    write(database)
