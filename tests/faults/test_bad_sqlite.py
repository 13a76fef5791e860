"""6. Bad databases, SQLite: a full disk, and a lock that another program holds."""

import resource
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import blast
from tests.faults.conftest import Install
from tests.faults.processes import Installation, Process
from tests.faults.seeds import Chance, count
from tests.faults.traffic import while_texting

PEOPLE, TROUBLE = count(300, 6_000), count(3, 30)  # the trouble lasts so many seconds

Break = Callable[[Installation, list[Process], Chance], None]


@pytest.fixture
def kind() -> str:
    """These can befall SQLite only; PostgreSQL has its own module."""
    return "sqlite"


def disk_full(site: Installation, processes: list[Process], chance: Chance) -> None:
    """No file of the processes may grow beyond a few more pages."""
    size = Path(f"{_file(site)}-wal").stat().st_size + chance.randint(0, 20) * 4096
    limit_files(processes, size)
    time.sleep(TROUBLE)
    limit_files(processes)


def locked(site: Installation, processes: list[Process], chance: Chance) -> None:
    """Another program holds the write lock."""
    other = sqlite3.connect(_file(site), timeout=30, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(TROUBLE)
    other.rollback()
    other.close()


@pytest.mark.parametrize("trouble", [disk_full, locked])
def test_a_database_in_trouble_loses_nothing_and_everything_goes_on(
    install: Install, chance: Chance, trouble: Break
) -> None:
    site = install(PEOPLE)
    site.set_rate(blast.RATE)
    processes = [site.web(), site.scheduler()]
    broadcast = blast.begin(site)
    with while_texting(site):
        trouble(site, processes, chance)
    blast.check_its_end(site, broadcast, PEOPLE)


def _file(site: Installation) -> str:
    return site.rows.url.removeprefix("sqlite:///")


def limit_files(processes: list[Process], size: int = resource.RLIM_INFINITY) -> None:
    """No file of the processes may grow beyond `size` bytes."""
    for process in processes:
        for pid in process.processes():
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))
