"""Reading transactions: they change nothing, and cost the writers beside them nothing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlmodel import Session, select

from models import Organization
from models.database import Database
from tests.world import World


@pytest.fixture
def alone(database: Database) -> Iterator[Database]:
    """Another way to the same database, with the one connection that it opens for itself."""
    own = Database(database.engine.url.render_as_string(hide_password=False))
    yield own
    own.dispose()


def names(session: Session) -> list[str]:
    return list(session.exec(select(Organization.name)))


def test_what_a_reader_changes_is_thrown_away(world: World) -> None:
    with world.database.read() as session:
        before = names(session)
        organization = session.exec(select(Organization)).one()
        organization.name = "Somebody else's"
        session.add(Organization(name="Nobody's", created_at=world.now))
    with world.database.read() as session:
        assert names(session) == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_reader_is_refused_to_write(world: World) -> None:
    with (
        pytest.raises(InternalError, match="read-only transaction"),
        world.database.read() as session,
    ):
        session.execute(text("UPDATE organization SET name = 'Somebody else''s'"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("reading", ["read", "moment"])
def test_a_reader_leaves_the_statements_prepared_that_a_writer_needs(
    world: World, alone: Database, reading: str
) -> None:
    """They are made ready once a connection, not each time anew (the driver forgets them at a
    ROLLBACK)."""
    for _ in range(7):  # the driver prepares what comes back
        with alone.write() as session:
            names(session)
    with getattr(alone, reading)() as session:
        names(session)
    with alone.write() as session:
        ready = session.execute(text("SELECT statement FROM pg_prepared_statements")).scalars()
        assert [one for one in ready if "organization.name" in one]
