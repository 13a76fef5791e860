"""7. Receipts: repeated five times, shuffled, some of them before the answer to the request that
they belong to."""

import signal

from tests.faults import blast, carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation, numbers
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

# Each recipient's message brings one sequence of receipts.
PEOPLE, BROADCASTS = count(150, 10_000), count(1, 5)
COPIES = 5
PASSING = 30003  # asks for another try (docs/STATES.md); the other codes give up
NOT_ALL_ARRIVE = {
    "receipt_delay_ms": 1,
    "undelivered_share": 0.2,
    "undelivered_code": 30005,
    "failed_share": 0.1,
    "failed_code": 30006,
}


def test_every_sequence_of_receipts_ends_in_the_right_state(
    install: Install, chance: Chance
) -> None:
    site = install(PEOPLE)
    site.set_rate(2000)
    away = chance.sample(numbers(PEOPLE), PEOPLE // 20)
    site.carrier.settings(
        **NOT_ALL_ARRIVE,
        receipt_copies=COPIES,
        shuffle_receipts=True,
        early_share=0.6,
        silent_share=0.05,
        overrides={phone: {"status": "undelivered", "code": PASSING} for phone in away},
    )
    site.web()
    scheduler = site.scheduler()
    promoter = site.promoter()
    for _ in range(BROADCASTS):
        broadcast = promoter.order()
        _wait_for(site, broadcast)
    # What waits for another try goes on waiting while its state is compared with the log.
    scheduler.signal(signal.SIGTERM)
    assert scheduler.ends() == 0
    _wait_for_receipts(site)
    posts = site.carrier.webhooks(kind="receipt")
    assert len(posts) > PEOPLE * COPIES
    assert {post["status"] for post in posts} == {204}
    _check_states(site)
    checker.check_nothing_twice(site.carrier)


def test_receipts_that_were_lost_are_asked_for(install: Install) -> None:
    """Nobody takes receipts for a while, which the carrier does not repeat later."""
    people = count(100, 2_000)
    site = install(people)
    site.set_rate(500)
    site.carrier.settings(**NOT_ALL_ARRIVE, silent_share=0.1)
    web = site.web()
    site.scheduler()
    broadcast = blast.begin(site)
    web.kill()
    eventually(
        lambda: checker.standing(site.rows, broadcast).is_handed_over, WAIT, "it does not end"
    )
    _wait_for_receipts(site)
    assert carrier_log.lost_receipts(site.carrier), "no receipt was lost"
    site.an_hour_passes()

    def differ() -> list[tuple[object, ...]]:
        fates = carrier_log.fates(site.carrier)
        rows = site.rows.ask("SELECT message_sid, status, error_code FROM delivery")
        return [row for row in rows if row[1:] != fates[row[0]]]

    eventually(lambda: not differ(), WAIT + people / 10, "what was lost was not asked for")
    checker.check_nobody_lost(site.rows, site.carrier, broadcast)


def _wait_for(site: Installation, broadcast: int) -> None:
    """Wait until all that is left of the broadcast waits for another try."""

    def only_waits() -> bool:
        now = checker.standing(site.rows, broadcast)
        left = now.count("pending")
        return now.audience == PEOPLE and not now.count("sending") and left <= PEOPLE // 20

    eventually(only_waits, WAIT + PEOPLE / 20, f"broadcast {broadcast} does not end")


def _wait_for_receipts(site: Installation) -> None:
    """Wait until the carrier has posted all that it has to tell."""
    while not site.carrier.wait_until_idle(60):
        pass


def _check_states(site: Installation) -> None:
    """The sequential model: a message's last word decides, whatever was told before or again."""
    taken = carrier_log.messages_of(carrier_log.accepted(site.carrier))
    fates = carrier_log.fates(site.carrier)
    deliveries = site.rows.ask("SELECT id, status, error_code, attempts FROM delivery")
    assert len(deliveries) == PEOPLE * BROADCASTS
    wrong = []
    for key, status, code, attempts in deliveries:
        fate, told = fates[taken[key][-1]]
        if told == PASSING:
            tried = len(taken[key])
            right = attempts == tried and status == ("pending" if tried < 3 else "undelivered")
        else:
            right = code == told and status == ("accepted" if fate == "sent" else fate)
        if not right:
            wrong.append((key, status, code, attempts, fate, told))
    assert wrong == [], f"{len(wrong)} of {len(deliveries)}: {wrong[:10]}"
