"""4. The counters that pages read equal a scan of the deliveries, at every commit."""

import time

from tests.faults import checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT
from tests.faults.promoter import BODY
from tests.faults.rows import Rows, Watch
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

PEOPLE, MOVES = count(300, 10_000), count(8, 100)

_SCAN = """
SELECT broadcast_id, status, COALESCE(skip_reason, ''), COUNT(*) FROM delivery
GROUP BY broadcast_id, status, COALESCE(skip_reason, '')
"""
_COUNTED = """
SELECT broadcast_id, status, skip_reason, SUM(value) FROM delivery_count
GROUP BY broadcast_id, status, skip_reason HAVING SUM(value) <> 0
"""


def test_counters_equal_a_scan_while_broadcasts_are_moved_and_senders_die(
    install: Install, chance: Chance
) -> None:
    site = install(PEOPLE)
    site.set_rate(count(200, 1000))
    site.carrier.settings(undelivered_share=0.2, undelivered_code=30005)
    site.web()
    sender = site.scheduler()
    promoter = site.promoter()
    with Watch(lambda: _check_counters(site.rows), seconds=0) as watch:
        ordered = [promoter.order(body=f"{BODY} {number}") for number in range(2)]
        for number in range(MOVES):
            if number % 4 == 3:
                sender.kill()
                site.lease_passes()
                sender = site.scheduler()
            status = checker.standing(site.rows, ordered[0]).status
            if verb := {"sending": "pause", "paused": "resume"}.get(status):
                promoter.move(ordered[0], verb)
            time.sleep(chance.uniform(0, 0.3))
        promoter.move(ordered[0], "cancel")
        eventually(lambda: checker.standing(site.rows, ordered[1]).is_handed_over, 3 * WAIT)
        checker.check_nobody_lost(site.rows, site.carrier, ordered[1], WAIT)
    assert watch.looks > MOVES


def _check_counters(rows: Rows) -> None:
    with rows.snapshot() as ask:
        scanned, counted = sorted(ask(_SCAN)), sorted(ask(_COUNTED))
    assert [(*row[:3], int(row[3])) for row in counted] == scanned
