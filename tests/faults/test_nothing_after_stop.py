"""2. Nothing after STOP: people text STOP at random moments of a blast with two senders."""

import threading
import time

from tests.faults import blast, carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.phones import Exchange, Line
from tests.faults.processes import WAIT, Installation, numbers
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

PEOPLE, STOPS = count(300, 10_000), count(30, 1_000)
RATE = 100.0  # a short code's
GRACE = 0.05  # seconds: a request that had left when the STOP was answered
TEXTERS = 4
IN_FLIGHT = 10


def test_no_request_starts_after_a_stop_was_answered(install: Install, chance: Chance) -> None:
    site = install(PEOPLE)
    site.set_rate(RATE)
    # So few places for so slow an answer, that what is claimed waits: a STOP finds it there.
    site.carrier.settings(latency_ms=200)
    site.set("SENDER_IN_FLIGHT", str(IN_FLIGHT))
    site.web()
    site.scheduler()
    site.sender()
    broadcast = blast.begin(site)
    stops = _text_stop(site, chance)
    eventually(lambda: checker.standing(site.rows, broadcast).is_handed_over, WAIT + PEOPLE / RATE)
    late = [
        f"{asked.to}: {(asked.at - stops[asked.to].answered_at) * 1000:.0f} ms after the answer"
        for asked in carrier_log.read(site.carrier)
        if asked.to in stops and asked.at > stops[asked.to].answered_at + GRACE
    ]
    assert late == []
    spared = checker.standing(site.rows, broadcast).count("skipped")
    reached = {asked.to for asked in carrier_log.accepted(site.carrier)}
    assert spared == len(stops.keys() - reached) > 0
    checker.check_nothing_twice(site.carrier)
    checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)


def _text_stop(site: Installation, chance: Chance) -> dict[str, Exchange]:
    """People text STOP, spread over the time that the blast takes; phone to what came of it."""
    started = time.monotonic()
    plan = [
        (chance.uniform(0, PEOPLE / RATE), phone) for phone in chance.sample(numbers(PEOPLE), STOPS)
    ]
    plan.sort(reverse=True)
    answers: dict[str, Exchange] = {}

    def text() -> None:
        line = Line(site.port)
        while plan:
            at, phone = plan.pop()
            time.sleep(max(0.0, started + at - time.monotonic()))
            answers[phone] = line.text(phone, "STOP")

    texters = [threading.Thread(target=text) for _ in range(TEXTERS)]
    for texter in texters:
        texter.start()
    for texter in texters:
        texter.join()
    assert {exchange.status for exchange in answers.values()} == {200}
    return answers
