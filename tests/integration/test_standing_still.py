"""A process that stands still in a transaction, in a machine that is suspended say, does not keep
what it had locked for long (PostgreSQL)."""

import threading
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from models.database import Database
from models.group_commit import GroupCommit
from scheduler.drivers import connect
from tests.integration.commands.process import eventually

_LIMIT = "SHOW idle_in_transaction_session_timeout"
_LOCK = text("SELECT pg_advisory_xact_lock(7)")


def with_limit(url: str, limit: str) -> str:
    address = make_url(url).update_query_dict(
        {"options": f"-c idle_in_transaction_session_timeout={limit}"}
    )
    return address.render_as_string(hide_password=False)


def limits(database: Database) -> list[Any]:
    raw = [database.engine.raw_connection(), database.engine_by_key.raw_connection()]
    found = [one.cursor().execute(_LIMIT).fetchone()[0] for one in raw]
    for one in raw:
        one.close()
    beside = connect(database)
    found.append(beside.execute(_LIMIT).fetchone()[0])
    beside.close()
    return found


@pytest.mark.parametrize(
    ("given", "expected"), [("0", "1min"), ("5min", "1min"), ("20s", "20s")], ids=str
)
def test_every_connection_has_a_limit_and_a_shorter_one_of_the_operator_wins(
    postgresql_url: str, given: str, expected: str
) -> None:
    database = Database(with_limit(postgresql_url, given))
    assert limits(database) == [expected] * 3
    database.dispose()


@pytest.mark.parametrize("reads_only", [True, False], ids=["read", "write"])
def test_a_page_may_wait_for_a_client_that_sends_a_file(
    postgresql_url: str, reads_only: bool
) -> None:
    database = Database(postgresql_url)
    with database.session(reads_only=reads_only) as session:
        assert session.execute(text(_LIMIT)).scalar() == "10min"
    assert limits(database) == ["1min"] * 3
    database.dispose()


def test_an_audit_package_may_take_long_to_be_packed(postgresql_url: str) -> None:
    database = Database(with_limit(postgresql_url, "20s"))
    with database.moment() as session:
        assert session.execute(text(_LIMIT)).scalar() == "0"
    assert limits(database) == ["20s"] * 3
    database.dispose()


def test_what_it_had_locked_is_free_again_and_it_goes_on_when_it_wakes(postgresql_url: str) -> None:
    database = Database(with_limit(postgresql_url, "300ms"))
    is_locked, may_wake = threading.Event(), threading.Event()
    said: list[str] = []

    def stand_still() -> None:
        try:
            with database.write_by_key() as session:
                session.execute(_LOCK)
                is_locked.set()
                may_wake.wait(60)
                session.execute(text("SELECT 1"))
        except DBAPIError as error:
            said.append(str(error.connection_invalidated))
        with database.write_by_key() as session:
            said.append(str(session.execute(text("SELECT 'goes on'")).scalar()))

    frozen = threading.Thread(target=stand_still)
    frozen.start()
    assert is_locked.wait(60)
    with database.write() as session:  # waits for it, while it stands still
        session.execute(text("SET LOCAL lock_timeout = '60s'"))
        session.execute(_LOCK)
    may_wake.set()
    frozen.join(60)
    assert said == ["True", "goes on"]
    database.dispose()


def test_a_text_that_stood_still_is_kept_when_it_wakes(postgresql_url: str) -> None:
    database = Database(with_limit(postgresql_url, "300ms"))
    with database.write() as session:
        session.execute(text("CREATE TABLE kept (item text)"))
    tries: list[str] = []

    def keep(session: Any, items: list[str]) -> list[str]:
        for item in items:
            session.execute(text("INSERT INTO kept VALUES (:item)"), {"item": item})
        tries.append("once")
        if len(tries) == 1:
            process = session.connection().connection.driver_connection.info.backend_pid
            eventually(lambda: _is_ended(database, process))
            session.execute(text("SELECT 1"))
        return list(items)

    assert GroupCommit(database, keep).submit("STOP") == "STOP"
    with database.write() as session:
        assert session.execute(text("SELECT item FROM kept")).scalars().all() == ["STOP"]
        session.execute(text("DROP TABLE kept"))
    assert len(tries) == 2
    database.dispose()


def _is_ended(database: Database, process: int) -> bool:
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with database.read() as session:
        return not session.execute(asked, {"pid": process}).scalar()
