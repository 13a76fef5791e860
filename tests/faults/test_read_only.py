"""6. Bad databases, SQLite: the file can only be read, from the start or all of a sudden."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import blast
from tests.faults.conftest import Install
from tests.faults.phones import Line
from tests.faults.processes import Installation, Process
from tests.faults.seeds import Chance, count
from tests.faults.test_bad_sqlite import limit_files
from tests.faults.traffic import while_texting
from tests.integration.commands.process import get

PEOPLE, TROUBLE = count(300, 6_000), count(3, 30)  # the trouble lasts so many seconds
PHONE = "+12125550199"


@pytest.fixture
def kind() -> str:
    """This can befall SQLite only."""
    return "sqlite"


@contextmanager
def read_only(site: Installation) -> Iterator[None]:
    """Whoever opens a file of the database, or its folder, gets it for reading only."""
    folder = Path(site.rows.url.removeprefix("sqlite:///")).parent
    files = list(folder.glob("marquee.sqlite3*"))
    for file in files:
        file.chmod(0o444)
    folder.chmod(0o555)
    yield
    folder.chmod(0o755)
    for file in files:
        file.chmod(0o644)


def test_processes_that_start_while_the_file_can_only_be_read_work_once_it_can_be_written(
    install: Install,
) -> None:
    site = install(PEOPLE)
    site.set_rate(blast.RATE)
    site.without_overriding_modes()
    with read_only(site):
        site.web()
        working = [site.scheduler(), site.sender()]
        site.wait_for_web()
        for process in working:
            process.says("can only be read")
        assert Line(site.port).text(PHONE, "JOIN").status == 500
        assert get(site.port, "/readyz")[0] == 503
    with while_texting(site):
        broadcast = blast.begin(site)
    blast.check_its_end(site, broadcast, PEOPLE)


def test_a_file_that_can_suddenly_only_be_read_loses_nothing_and_everything_goes_on(
    install: Install, chance: Chance
) -> None:
    """As when the kernel finds a disk broken: what is open cannot be written any more either."""
    site = install(PEOPLE)
    site.set_rate(blast.RATE)
    site.without_overriding_modes()
    processes = [site.web(), site.scheduler(), site.sender()]
    broadcast = blast.begin(site)
    with while_texting(site) as traffic:
        time.sleep(chance.uniform(0, 1))
        with read_only(site), nothing_written(processes):
            began = time.time()
            time.sleep(TROUBLE)
            ended = time.time()
        meanwhile = [
            one for one in traffic.exchanges if began < one.asked_at and one.answered_at < ended
        ]
        assert {one.status for one in meanwhile} == {500}, "a text was taken that nobody could keep"
    blast.check_its_end(site, broadcast, PEOPLE)


@contextmanager
def nothing_written(processes: list[Process]) -> Iterator[None]:
    """No write of these processes to a file succeeds."""
    limit_files(processes, 0)
    yield
    limit_files(processes)
