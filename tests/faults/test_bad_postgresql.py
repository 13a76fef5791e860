"""6. Bad databases, PostgreSQL: the server is killed with -9 in a blast, or its disk is full."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import blast
from tests.faults.conftest import Databases
from tests.faults.processes import WAIT, Installation
from tests.faults.rows import Watch
from tests.faults.seeds import Chance, count
from tests.faults.server import Server, SmallDiskServer, check_balance, running
from tests.faults.traffic import Traffic, while_texting
from tests.integration.commands.process import eventually


@contextmanager
def blast_on(server: Server, people: int, folder: Path, chance: Chance) -> Iterator[Traffic]:
    """In the block a blast is under way and people text; afterwards nothing is lost, and all has
    gone on by itself."""
    url = Databases(folder, server.url).fresh("postgresql", people, folder)
    with Installation(folder, url, seed=chance.seed_number) as site:
        site.set_rate(blast.RATE)
        site.web()
        site.scheduler()
        broadcast = blast.begin(site)
        with Watch(lambda: check_balance(site.rows)), while_texting(site) as traffic:
            yield traffic
        blast.check_its_end(site, broadcast, people)


@pytest.mark.timeout(600)
def test_a_server_that_dies_loses_nothing_and_everything_goes_on(
    tmp_path: Path, chance: Chance
) -> None:
    people, deaths = count(300, 10_000), count(1, 20)
    with running(Server) as server, blast_on(server, people, tmp_path, chance) as traffic:
        for _ in range(deaths):
            time.sleep(chance.uniform(0, 1))
            server.dies()
            time.sleep(chance.uniform(0, 2))
            server.starts()
            traffic.goes_well_again()


def test_a_full_disk_loses_nothing_and_everything_goes_on(tmp_path: Path, chance: Chance) -> None:
    people, trouble, times = count(300, 6_000), count(3, 30), count(1, 5)
    with running(SmallDiskServer) as server, blast_on(server, people, tmp_path, chance) as traffic:
        for _ in range(times):
            time.sleep(chance.uniform(0, 1))
            server.fills()
            eventually(lambda: traffic.exchanges[-1].status == 500, WAIT, "the disk is not full")
            time.sleep(trouble)
            server.has_room()
            # A server that could not even write its log has ended by itself.
            server.starts()
            traffic.goes_well_again()
