"""`marquee migrate` says from what to what, and is harmless the second time, or at once."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from admin.health import examine
from models.database import Database
from tests.conftest import empty_database
from tests.integration.commands.process import MARQUEE, clean_environment, eventually
from tests.threads import at_once

SETTINGS = {
    "SECRET_KEY": "s" * 32,
    "PUBLIC_BASE_URL": "https://sms.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "the-token",
}


def migrate(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MARQUEE, "migrate"],
        cwd=folder,
        env=clean_environment(**(SETTINGS | more)),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_an_empty_folder_gets_a_database_and_keeps_it(tmp_path: Path) -> None:
    first = migrate(tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("The database went from empty to ")
    assert (tmp_path / "var" / "marquee.sqlite3").exists()
    second = migrate(tmp_path)
    assert second.stdout.startswith("The database is up to date, at ")


def test_a_database_that_is_away_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    done = migrate(tmp_path, DATABASE_URL="postgresql://user:hunter2@127.0.0.1:1/name")
    assert done.returncode == 1
    assert "Check DATABASE_URL, and that the database server runs." in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_text_is_refused(
    tmp_path: Path, postgresql_server: str, encoding: str
) -> None:
    made = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with empty_database(postgresql_server, made) as url:
        done = migrate(tmp_path, DATABASE_URL=url)
        database = Database(url)
        (checked, *_) = examine(database, lambda: datetime.now(UTC))
        database.dispose()
    assert done.returncode == 1
    assert f"keeps texts as {encoding}" in done.stderr
    assert done.stderr.count("\n") == 1
    assert checked.problem == "it cannot hold every text"
    assert "ENCODING 'UTF8'" in checked.advice


@contextmanager
def nobody_begins_before(number: int, url: str) -> Iterator[None]:
    """Who makes the first table in the block has to wait until so many connections wait."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    engine = create_engine(url)
    with engine.connect() as first, ThreadPoolExecutor(1) as pool:
        first.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))

        def let_go() -> None:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as looking:
                eventually(lambda: looking.scalar(waiting) == number, what="nobody waits")
            first.rollback()

        let_go_in_time = pool.submit(let_go)
        yield
        let_go_in_time.result()
    engine.dispose()


def test_of_several_at_once_one_does_it_and_the_others_find_it_done(
    postgresql_server: str, tmp_path: Path
) -> None:
    with empty_database(postgresql_server) as url:
        with nobody_begins_before(3, url):
            done = at_once([lambda: migrate(tmp_path, DATABASE_URL=url)] * 3)
        assert [one.returncode for one in done] == [0] * 3, [one.stderr for one in done]
        assert "up to date" in migrate(tmp_path, DATABASE_URL=url).stdout
