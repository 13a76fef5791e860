"""3. Once, under a wall clock that somebody sets forward and back by an hour."""

import time

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation
from tests.faults.promoter import BODY
from tests.faults.seeds import Chance
from tests.integration.commands.process import eventually

PEOPLE, HOUR = 4, 3600


def test_a_wall_clock_that_is_set_fires_nothing_twice_and_misses_nothing(
    install: Install, chance: Chance
) -> None:
    site = install(PEOPLE)
    site.web()
    site.set_clock(0)
    site.under_another_clock("marquee", "scheduler")
    promoter = site.promoter()
    for number, ahead in enumerate((0, HOUR, 0, -HOUR, 0)):
        site.set_clock(ahead)
        time.sleep(chance.uniform(0, 0.5))
        promoter.order(body=f"{BODY} {number}", latest_start=180)
        if ahead >= 0:  # a clock that is behind fires it only when it is set right
            _all_sent(site)
    checker.check_nothing_twice(site.carrier)
    assert len(carrier_log.accepted(site.carrier)) == 5 * PEOPLE


def _all_sent(site: Installation) -> None:
    eventually(
        lambda: not site.rows.one("SELECT COUNT(*) FROM broadcast WHERE status <> 'sent'"),
        WAIT,
        "a broadcast was missed",
    )
