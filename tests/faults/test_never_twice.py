"""1. Never twice, never lost: the sender dies at seeded points of a blast, by kill -9."""

import time

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation, Process
from tests.faults.seeds import FULL, Chance, count
from tests.integration.commands.process import eventually

PEOPLE, KILLS = count(300, 10_000), count(3, 200)
RATE = 200
IN_FLIGHT = 50
IN_DOUBT = 2 * IN_FLIGHT  # as many may be claimed and ready to go (docs/SETTINGS.md)


def test_a_sender_that_dies_sends_nothing_twice_and_loses_nobody(
    install: Install, chance: Chance
) -> None:
    site = install(PEOPLE)
    site.set_rate(RATE)
    site.set("SENDER_IN_FLIGHT", str(IN_FLIGHT))
    # Requests are in flight for a while, so that the sender also dies between a request and its
    # answer; of some messages no receipt tells, and only the carrier's list does.
    site.carrier.settings(
        latency_ms=60, latency_jitter_ms=120, silent_share=0.3, receipt_delay_ms=50
    )
    site.web()
    senders = [site.scheduler()]
    broadcast = site.promoter().order()
    orphans: set[int] = set()
    for point in sorted(chance.sample(range(1, PEOPLE), KILLS)):
        _wait_for(site, broadcast, point)
        time.sleep(chance.uniform(0, 0.1))
        for sender in senders:
            sender.kill()
        left = {row[0] for row in site.rows.ask("SELECT id FROM delivery WHERE status = 'sending'")}
        in_doubt = len(left - orphans)
        assert in_doubt <= IN_DOUBT * len(senders), f"at {point}: {in_doubt} in doubt"
        orphans |= left
        if not FULL:
            site.lease_passes()
        senders = _restart(site, chance)
    eventually(
        lambda: checker.standing(site.rows, broadcast).is_handed_over,
        WAIT + PEOPLE / RATE,
        "the broadcast did not go on",
    )
    checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)
    checker.check_nothing_twice(site.carrier)
    unknown = site.rows.ask("SELECT id FROM delivery WHERE status = 'unknown'")
    assert {row[0] for row in unknown} <= orphans, "only a death leaves anybody unknown"


def _wait_for(site: Installation, broadcast: int, requests: int) -> None:
    """Wait until the carrier has got so many requests, or can get no more: some died unborn."""

    def enough() -> bool:
        if len(carrier_log.read(site.carrier)) >= requests:
            return True
        now = checker.standing(site.rows, broadcast)
        return now.audience == PEOPLE and not now.count("pending")

    eventually(enough, WAIT, f"the carrier never got {requests} requests")


def _restart(site: Installation, chance: Chance) -> list[Process]:
    """The clock with its sender, and now and then one more sender."""
    more = [site.sender()] if chance.random() < 0.3 else []
    return [site.scheduler(), *more]
