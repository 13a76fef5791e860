"""Pause, resume, "stop everything" and cancel act within a second on all senders, and all of them
together keep a short code's rate."""

import time
from bisect import bisect_left

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation
from tests.faults.promoter import Promoter
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

PEOPLE, ROUNDS = count(1_200, 10_000), count(1, 12)
RATE = 100.0  # a short code's
SECOND = 1.0
# What a carrier may have to hold for a moment: senders claim a quarter of a second ahead, and what
# leaves together does not arrive in step.
BURST = 0.5 * RATE


def test_what_a_promoter_stops_is_silent_within_a_second(install: Install, chance: Chance) -> None:
    site = install(PEOPLE)
    site.set_rate(RATE)
    site.carrier.settings(latency_ms=20)
    site.web()
    site.scheduler()
    site.sender()
    promoter = site.promoter()
    broadcast = promoter.order()
    _goes_on(site, 0)
    for _ in range(ROUNDS):
        time.sleep(chance.uniform(0, 1))
        _goes_silent(site, _move(promoter, broadcast, "pause"))
        _goes_on(site, _move(promoter, broadcast, "resume"))
        time.sleep(chance.uniform(0, 1))
        _goes_silent(site, _everything(promoter, "/stop"))
        _goes_on(site, _everything(promoter, "/stop/end"))
    time.sleep(chance.uniform(0, 1))
    _goes_silent(site, _move(promoter, broadcast, "cancel"))
    assert checker.standing(site.rows, broadcast).count("skipped"), "nothing was left to cancel"
    _check_rate(site)
    checker.check_nothing_twice(site.carrier)
    checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)


def _move(promoter: Promoter, broadcast: int, verb: str) -> float:
    """Press a button; the moment at which it was answered."""
    promoter.move(broadcast, verb)
    return time.time()


def _everything(promoter: Promoter, path: str) -> float:
    promoter.post("/broadcasts/new", path, {})
    return time.time()


def _goes_silent(site: Installation, since: float) -> None:
    """No request arrives later than a second after the answer."""
    time.sleep(max(0.0, since + 2 * SECOND - time.time()))
    late = [asked.at - since for asked in carrier_log.read(site.carrier) if asked.at > since]
    assert max(late, default=0) < SECOND, f"{len(late)} requests came after it"


def _goes_on(site: Installation, since: float) -> None:
    """Requests arrive again, the first within a second of the answer."""

    def arrived() -> list[float]:
        return [asked.at for asked in carrier_log.read(site.carrier) if asked.at > since]

    eventually(arrived, WAIT, "nothing is sent")
    assert not since or min(arrived()) < since + SECOND


def _check_rate(site: Installation) -> None:
    """In no stretch of time did the carrier get more than the rate and a short burst."""
    times = sorted(asked.at for asked in carrier_log.read(site.carrier))
    for length in (1.0, 5.0):
        most = max(bisect_left(times, begin + length) - n for n, begin in enumerate(times))
        assert most <= RATE * length + BURST, f"{most} requests within {length} s"
