"""4. The balance holds at every moment: while broadcasts are paused, resumed, canceled, and while
processes die. `conftest` watches it in the other tests too."""

import time

from tests.faults import checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation
from tests.faults.promoter import BODY, Promoter
from tests.faults.rows import Watch
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

PEOPLE, BROADCASTS, MOVES = count(300, 10_000), count(3, 8), count(12, 200)


def test_the_parts_add_up_whatever_is_done_to_a_broadcast(install: Install, chance: Chance) -> None:
    site = install(PEOPLE)
    site.set_rate(count(200, 1000))
    site.carrier.settings(
        undelivered_share=0.1, undelivered_code=30005, failed_share=0.1, failed_code=30006
    )
    site.web()
    sender = site.scheduler()
    promoter = site.promoter()
    ordered = [promoter.order(body=f"{BODY} {number}") for number in range(BROADCASTS)]
    with Watch(lambda: checker.check_balance(site.rows), seconds=0) as watch:
        for number in range(MOVES):
            if number % max(1, MOVES // 3) == 2:
                sender.kill()
                site.lease_passes()
                sender = site.scheduler()
            _move(site, promoter, chance.choice(ordered[:-1]), chance)
        for broadcast in ordered:
            _let_it_end(site, promoter, broadcast)
        # With many deliveries a look takes long.
        eventually(lambda: watch.looks > MOVES, 10 * WAIT, "nobody looked often enough")
    checker.check_nothing_twice(site.carrier)
    checker.check_nobody_lost(site.rows, site.carrier, ordered[-1], WAIT)


def _move(site: Installation, promoter: Promoter, broadcast: int, chance: Chance) -> None:
    """Pause what sends, resume what is paused, and now and then cancel instead."""
    status = checker.standing(site.rows, broadcast).status
    verb = {"sending": "pause", "paused": "resume"}.get(status, "")
    if verb:
        promoter.move(broadcast, "cancel" if chance.random() < 0.1 else verb)
    time.sleep(chance.uniform(0, 0.2))


def _let_it_end(site: Installation, promoter: Promoter, broadcast: int) -> None:
    if checker.standing(site.rows, broadcast).status == "paused":
        promoter.move(broadcast, "resume")
    eventually(
        lambda: checker.standing(site.rows, broadcast).is_handed_over,
        3 * WAIT,
        f"broadcast {broadcast} does not end",
    )
