"""A broadcast that something befalls on its way: how it begins, and how it must end."""

from tests.faults import carrier_log, checker
from tests.faults.processes import WAIT, Installation
from tests.integration.commands.process import eventually

RATE = 100.0  # segments a second: it is under way for a while


def begin(site: Installation) -> int:
    """Order one, and wait until messages leave."""
    broadcast = site.promoter().order()
    eventually(lambda: carrier_log.accepted_count(site.carrier), WAIT, "nothing was sent")
    return broadcast


def check_its_end(site: Installation, broadcast: int, people: int) -> None:
    """It goes on by itself; nobody is lost, nobody gets it twice, and the database is whole."""
    eventually(
        lambda: checker.standing(site.rows, broadcast).is_handed_over,
        2 * WAIT + people / RATE,
        "the broadcast does not go on",
    )
    checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)
    checker.check_nothing_twice(site.carrier)
    checker.check_integrity(site.rows)
