"""3. Once: many clocks, and processes that freeze and wake."""

import time
from datetime import UTC, datetime, timedelta

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation, Process
from tests.faults.promoter import BODY
from tests.faults.seeds import FULL, Chance, count
from tests.integration.commands.process import eventually

PEOPLE, BROADCASTS, FREEZES = 4, count(15, 500), count(2, 12)
LONGER_THAN_A_LEASE = count(1, 70)  # seconds; with small counts, leases are made to lapse
SPREAD = count(6, 120)  # seconds over which the broadcasts are due


def test_each_due_broadcast_fires_once_whoever_freezes(install: Install, chance: Chance) -> None:
    site = install(PEOPLE)
    site.set_rate(500)
    site.carrier.settings(latency_ms=50)
    site.web()
    promoter = site.promoter()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ordered = [promoter.order(tomorrow, body=f"{BODY} {n}") for n in range(BROADCASTS)]
    for broadcast in ordered:  # some are due already when the first clock starts
        due = datetime.now(UTC) + timedelta(seconds=chance.uniform(-SPREAD / 2, SPREAD))
        site.rows.change(
            "UPDATE broadcast SET scheduled_at = ? WHERE id = ?", site.rows.time(due), broadcast
        )
    clocks = [site.scheduler() for _ in range(chance.randint(2, count(2, 8)))]
    for _ in range(FREEZES):
        time.sleep(chance.uniform(0, SPREAD / FREEZES))
        _freeze_one(site, clocks, chance)
    _all_sent(site, 2 * WAIT)
    for broadcast in ordered:
        checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)
    checker.check_nothing_twice(site.carrier)
    unknown = site.rows.one("SELECT COUNT(*) FROM delivery WHERE status = 'unknown'")
    assert len(carrier_log.accepted(site.carrier)) == BROADCASTS * PEOPLE - unknown


def _freeze_one(site: Installation, clocks: list[Process], chance: Chance) -> None:
    """A process stands still past its leases, and wakes as if nothing had happened."""
    frozen = chance.choice(clocks)
    frozen.freeze()
    time.sleep(LONGER_THAN_A_LEASE / 2)
    if not FULL and not site.rows.is_sqlite:
        site.lease_passes()
    time.sleep(LONGER_THAN_A_LEASE / 2)
    frozen.thaw()


def _all_sent(site: Installation, seconds: float = WAIT) -> None:
    eventually(
        lambda: not site.rows.one("SELECT COUNT(*) FROM broadcast WHERE status <> 'sent'"),
        seconds,
        f"missed: {site.rows.ask('SELECT id, status, scheduled_at FROM broadcast')}",
    )
