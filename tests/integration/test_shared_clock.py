"""One time for all hosts."""

from datetime import UTC, datetime, timedelta

import time_machine

from models.database import Database
from models.shared_clock import SharedClock


def test_a_host_whose_clock_is_wrong_goes_by_the_servers(database: Database) -> None:
    true = datetime.now(UTC)
    with time_machine.travel(true + timedelta(hours=1)):
        now = SharedClock(database)()
    if database.is_postgresql:
        assert abs(now - true) < timedelta(seconds=30)
    else:
        assert now - true >= timedelta(hours=1), "one host, one clock"


def test_a_host_whose_clock_is_set_is_not_believed_for_a_moment(database: Database) -> None:
    now = SharedClock(database)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=30)
    true = datetime.now(UTC)
    for hours in (1, 0, -1, 0):
        with time_machine.travel(true + timedelta(hours=hours)):
            off = now() - true
        by_host = timedelta(0) if database.is_postgresql else timedelta(hours=hours)
        assert abs(off - by_host) < timedelta(seconds=30)


def test_a_server_that_is_away_stops_no_clock() -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/nothing")
    assert abs(SharedClock(away)() - datetime.now(UTC)) < timedelta(seconds=30)
