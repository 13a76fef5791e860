"""6. Bad databases, PostgreSQL: the server's disk is full."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import carrier_log, checker
from tests.faults.conftest import Databases
from tests.faults.processes import WAIT, Installation
from tests.faults.rows import Watch
from tests.faults.seeds import Chance, count
from tests.faults.server import (
    SmallDiskServer,
    check_balance,
    check_integrity,
    temporary_folder,
)
from tests.faults.traffic import while_texting
from tests.integration.commands.process import eventually

PEOPLE, TROUBLE, TIMES = count(300, 6_000), count(3, 30), count(1, 5)
RATE = 100.0


@pytest.fixture
def server() -> Iterator[SmallDiskServer]:
    with temporary_folder() as folder:
        made = SmallDiskServer(folder)
        yield made
        made.ends()


def test_a_full_disk_loses_nothing_and_everything_goes_on(
    server: SmallDiskServer, tmp_path: Path, chance: Chance
) -> None:
    url = Databases(tmp_path, server.url).fresh("postgresql", PEOPLE, tmp_path)
    with Installation(tmp_path, url, seed=chance.seed_number) as site:
        site.set_rate(RATE)
        site.web()
        site.scheduler()
        broadcast = site.promoter().order()
        eventually(lambda: carrier_log.accepted_count(site.carrier), WAIT, "nothing was sent")
        with Watch(lambda: check_balance(site.rows)), while_texting(site) as traffic:
            for _ in range(TIMES):
                time.sleep(chance.uniform(0, 1))
                server.fills()
                eventually(
                    lambda: traffic.exchanges[-1].status == 500, WAIT, "the disk is not full"
                )
                time.sleep(TROUBLE)
                server.has_room()
                # A server that could not even write its log has ended by itself.
                server.starts()
                traffic.goes_well_again()
        eventually(
            lambda: checker.standing(site.rows, broadcast).is_handed_over,
            2 * WAIT + PEOPLE / RATE,
            "the broadcast does not go on",
        )
        checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)
        checker.check_nothing_twice(site.carrier)
        check_integrity(site.rows)
