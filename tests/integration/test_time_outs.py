"""PostgreSQL's host is gone: whoever waits for it learns of that, and nothing waits for hours."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from models.database import Database
from scheduler.drivers import connect
from tests import vanishing

PROVIDER_WAITS = 15  # seconds for a webhook's answer
DEFAULTS = {
    "connect_timeout": "3",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
OWN = {"connect_timeout": "7", "keepalives": "0", "tcp_user_timeout": "0", "sslmode": "disable"}


@pytest.fixture
def url(postgresql_url: str) -> Iterator[str]:
    yield postgresql_url
    # The server has not heard that nobody waits for its answer any more.
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()"
            )
        )
    admin.dispose()


@pytest.mark.parametrize(
    ("given", "expected"), [({}, DEFAULTS), (OWN, DEFAULTS | OWN)], ids=["none", "own"]
)
def test_every_connection_has_time_outs_and_those_of_the_address_win(
    url: str, given: dict[str, str], expected: dict[str, str]
) -> None:
    address = make_url(url).update_query_dict(given).render_as_string(hide_password=False)
    database = Database(address)
    connections: list[Any] = [
        database.engine.raw_connection().driver_connection,
        database.engine_by_key.raw_connection().driver_connection,
        connect(database),
    ]
    for connection in connections:
        assert isinstance(connection, psycopg.Connection)
        assert expected.items() <= connection.info.get_parameters().items()
        connection.close()
    database.dispose()


def test_who_waits_for_a_host_that_is_gone_is_told_before_the_provider_gives_up(url: str) -> None:
    long, meanwhile, later = vanishing.run(url)
    assert long["answer"] == "OperationalError"
    assert long["seconds"] < PROVIDER_WAITS
    assert meanwhile["answer"] == "OperationalError"
    assert meanwhile["seconds"] < PROVIDER_WAITS
    assert later["answer"] == "done"
