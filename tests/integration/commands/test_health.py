"""`/healthz` and `/readyz`: the truth, quickly, and nothing that strangers should not read."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from admin.health import FRESH, Check, Examiner, examine
from models import Heartbeat, migrate
from models.database import Database
from settings import Settings
from tests.conftest import make_settings
from wsgi import create_app

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def beat(database: Database, at: datetime) -> None:
    with database.write() as session:
        session.merge(Heartbeat(name="clock", beat_at=at))


def problems(database: Database) -> dict[str, str]:
    return {check.name: check.problem for check in examine(database, lambda: NOW)}


def test_a_fresh_heartbeat_makes_the_system_ready(database: Database, settings: Settings) -> None:
    beat(database, datetime.now(UTC))
    browser = create_app(settings, database).test_client()
    answer = browser.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "clock": "ok"},
    }


def test_without_a_clock_it_is_unready_and_says_why(database: Database, settings: Settings) -> None:
    browser = create_app(settings, database).test_client()
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "unready"
    assert answer.json["checks"]["clock"] == "it has never run"
    assert browser.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("age", "problem"),
    [
        (FRESH, ""),
        (FRESH + timedelta(seconds=1), "its last sign of life is 16 seconds old"),
        (timedelta(hours=1), "its last sign of life is 3,600 seconds old"),
    ],
)
def test_the_clock_is_fresh_for_fifteen_seconds(
    database: Database, age: timedelta, problem: str
) -> None:
    beat(database, NOW - age)
    assert problems(database)["clock"] == problem


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_host_whose_own_clock_is_wrong_sees_how_old_the_last_sign_of_life_is(
    database: Database, settings: Settings
) -> None:
    at = datetime.now(UTC)
    beat(database, at)
    with time_machine.travel(at + timedelta(minutes=5)):
        assert create_app(settings, database).test_client().get("/readyz").status_code == 200
    beat(database, at - timedelta(minutes=2))
    with time_machine.travel(at - timedelta(minutes=5)):
        assert create_app(settings, database).test_client().get("/readyz").status_code == 503


def test_a_database_of_another_version_is_unready(database: Database) -> None:
    found = {}
    try:
        for revision in ("-1", "base"):
            migrate.downgrade(database, revision)
            found[revision] = problems(database)
    finally:
        migrate.upgrade(database)
    assert found["-1"]["migrations"] == "its tables are not those of this version"
    assert found["base"]["migrations"] == "it has no tables yet"
    assert found["-1"]["database"] == found["base"]["database"] == ""


@pytest.mark.parametrize(
    "url", ["postgresql://user:hunter2@127.0.0.1:1/secret_name", "sqlite:////dev"]
)
def test_a_database_that_is_away_is_said_without_its_address(url: str) -> None:
    database = Database(url)
    browser = create_app(make_settings(url), database).test_client()
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"] == {
        "database": "it cannot be reached",
        "migrations": "not checked",
        "clock": "not checked",
    }
    assert "hunter2" not in answer.text + repr(examine(database, lambda: NOW))
    assert browser.get("/healthz").json == {"status": "ok"}


def test_a_database_that_hangs_is_answered_in_time_and_holds_one_thread() -> None:
    release, calls = threading.Event(), []

    def hang() -> list[Check]:
        calls.append(threading.current_thread())
        release.wait(60)
        return [Check("database")]

    examiner = Examiner(hang, patience=0.05)
    begun = time.monotonic()
    answers = [examiner.answer() for _ in range(5)]
    assert time.monotonic() - begun < 5
    assert {answer[0].problem for answer in answers} == {"it did not answer within 0.05 seconds"}
    assert len(calls) == 1
    release.set()
    calls[0].join(10)
    assert Examiner(hang).answer() == [Check("database")]
