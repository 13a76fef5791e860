"""Losing any one process loses nothing: of two of each kind one after the other is killed in the
middle of a blast, and nobody who texts or waits for a message notices when the lease is over."""

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation
from tests.faults.seeds import FULL, Chance, count
from tests.faults.traffic import while_texting
from tests.integration.commands.process import eventually

PEOPLE = count(450, 5_000)
RATE = count(100, 300)  # of which the replies to those who text take a part
IN_FLIGHT = 20
LEASE = 30  # seconds (docs/STATES.md)


def test_nobody_notices_the_loss_of_a_process(install: Install, chance: Chance) -> None:
    site = install(PEOPLE)
    site.set_rate(RATE)
    site.set("SENDER_IN_FLIGHT", str(IN_FLIGHT))
    site.carrier.settings(latency_ms=50)
    web = site.web()
    clock, _ = site.scheduler(), site.scheduler()
    sender, _ = site.sender(), site.sender()
    deaths = [web.kill_a_child, clock.kill, sender.kill]
    chance.shuffle(deaths)
    promoter = site.promoter()
    with while_texting(site):
        ordered = [promoter.order()]
        points = sorted(chance.sample(range(PEOPLE // 10, PEOPLE * 3 // 4), len(deaths)))
        for point, die in zip(points, deaths, strict=True):
            _wait_for(site, point)
            die()
        # One of the clocks is left to fire this one.
        ordered.append(promoter.order(body="Neon Nights: the late show. Reply STOP to end"))
        for broadcast in ordered:
            _wait_for_the_end(site, broadcast)
    checker.check_nothing_twice(site.carrier)
    for broadcast in ordered:
        checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)


def _wait_for(site: Installation, messages: int) -> None:
    eventually(
        lambda: carrier_log.accepted_count(site.carrier) >= messages, WAIT, "the blast stands still"
    )


def _wait_for_the_end(site: Installation, broadcast: int) -> None:
    """All is handed over, and what the dead one held is settled when its lease is over."""

    def is_over() -> bool:
        if not FULL and not checker.standing(site.rows, broadcast).count("pending"):
            site.lease_passes()
        return checker.standing(site.rows, broadcast).is_handed_over

    eventually(is_over, WAIT + PEOPLE / RATE + LEASE, "the broadcast did not go on")
