"""5. Bad providers: a circuit opens when most of the last hundred requests failed."""

import time

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT
from tests.integration.commands.process import eventually

PEOPLE, IN_FLIGHT = 1_000, 100
LOOKED_AT = 100  # requests


def test_a_provider_that_fails_most_requests_is_left_alone(install: Install) -> None:
    site = install(PEOPLE)
    site.set_rate(500)
    site.carrier.settings(server_error_share=1)
    site.web()
    site.scheduler()
    broadcast = site.promoter().order()
    eventually(lambda: len(carrier_log.read(site.carrier)) >= LOOKED_AT, WAIT, "nothing was sent")
    time.sleep(5)
    asked = len(carrier_log.read(site.carrier))
    assert asked <= LOOKED_AT + 2 * IN_FLIGHT, f"{asked} requests went into a broken provider"
    assert checker.standing(site.rows, broadcast).count("pending") > PEOPLE / 2
