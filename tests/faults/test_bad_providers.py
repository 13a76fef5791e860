"""5. Bad providers: each fault of the API, and each code, does what the table here says."""

import time
from dataclasses import dataclass

import pytest

from tests.faults import carrier_log, checker
from tests.faults.conftest import Install
from tests.faults.phones import Line
from tests.faults.processes import WAIT, Installation, numbers
from tests.faults.promoter import BODY
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

# All of it stays below a hundred messages, of which most fail: no circuit opens.
PEOPLE = count(6, 12)
QUICK = 1.0  # seconds for a webhook's answer while the provider takes 30
MOST_GROWTH = 50_000  # kilobytes
FLOOD, MOST_GROWTH_IN_A_FLOOD = count(840, 7_000), 8_000
SHARES = {
    **dict.fromkeys(("server_error", "garbage", "reset_after", "no_sid"), 0.07),
    **dict.fromkeys(("time_out", "unavailable"), 0.01),
    "rate_limited": 0.002,  # each one halves the rate
}


@pytest.fixture
def kind() -> str:
    """What the provider answers means the same on either database."""
    return "sqlite"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a fault leads to: the state that everybody ends in, and whether messages went out."""

    status: str
    accepted: bool
    attempts: int = 1


# The message was accepted and the answer hid it: its receipts settle it, and nothing is resent.
# Nothing tells whether it was taken: unknown, and not resent. 20503 says that it was not taken:
# it waits for another try.
FAULTS = {
    "reset_after": Expected("delivered", True),
    "garbage": Expected("delivered", True),
    "no_sid": Expected("delivered", True),
    "time_out": Expected("delivered", True),
    "reset_before": Expected("unknown", False),
    "redirect": Expected("unknown", False),
    "server_error": Expected("unknown", False),
    "unavailable": Expected("pending", False),
}

# What becomes of one message that is refused with a code (Twilio's error dictionary).
REFUSED = {
    **dict.fromkeys((21211, 21612, 21614, 30005, 30006), ("failed", 1)),
    21610: ("failed", 1),  # and the number is suppressed
    21266: ("failed", 1),  # a code that no table knows
    **dict.fromkeys((30003, 30008, 20503), ("pending", 1)),  # another try, later
    **dict.fromkeys((20429, 21611, 30001), ("pending", 0)),  # never processed: no try at all
}
PAUSING = (20003, 21212, 21408, 21606, 30007, 30034)


def test_each_fault_of_the_provider_does_what_the_table_says(
    install: Install, chance: Chance
) -> None:
    site = install(PEOPLE)
    site.set_rate(500)
    site.web()
    sender = site.scheduler()
    promoter = site.promoter()
    for fault in chance.sample(sorted(FAULTS), len(FAULTS)):
        before, memory = len(carrier_log.read(site.carrier)), sender.resident_kilobytes()
        site.carrier.settings(**{f"{fault}_share": 1})
        broadcast = promoter.order(body=f"{BODY} {fault}")
        expected = FAULTS[fault]
        _wait_for(site, broadcast, fault)
        if fault == "time_out":
            assert max(Line(site.port).text(n, "HELP").seconds for n in numbers(PEOPLE)) < QUICK
        asked = carrier_log.read(site.carrier)[before:]
        assert len(asked) == PEOPLE, f"{fault}: one request for each, and none again"
        assert {bool(one.sid) for one in asked} == {expected.accepted}, fault
        assert sender.resident_kilobytes() - memory < MOST_GROWTH, fault
        site.carrier.settings(**{f"{fault}_share": 0})
        if expected.status == "pending":
            promoter.move(broadcast, "cancel")
    checker.check_nothing_twice(site.carrier)


def test_each_code_does_what_the_table_says(install: Install) -> None:
    site = install(20)
    phones = dict(zip(REFUSED, numbers(20), strict=False))
    site.carrier.settings(overrides={phones[code]: {"refuse": code} for code in REFUSED})
    site.web()
    site.scheduler()
    promoter = site.promoter()
    broadcast = promoter.order()

    def wrong() -> dict[int, object]:
        found = {
            phone: (status, attempts)
            for phone, status, attempts in site.rows.ask(
                "SELECT phone_number, delivery.status, attempts FROM delivery "
                "JOIN subscriber ON subscriber.id = subscriber_id WHERE broadcast_id = ?",
                broadcast,
            )
        }
        return {c: found.get(phones[c]) for c in REFUSED if found.get(phones[c]) != REFUSED[c]}

    eventually(lambda: not wrong(), WAIT, "a code did something else")
    assert site.rows.ask("SELECT phone_number FROM suppression") == [(phones[21610],)]
    promoter.move(broadcast, "cancel")
    for code in PAUSING:
        site.carrier.settings(overrides={number: {"refuse": code} for number in numbers(20)})
        paused = promoter.order(body=f"{BODY} {code}")
        eventually(
            lambda id_=paused: checker.standing(site.rows, id_).status == "paused", WAIT, str(code)
        )
        told = site.rows.one("SELECT attention FROM broadcast WHERE id = ?", paused)
        assert told, f"the promoter is not told why {code} paused it"
        promoter.move(paused, "cancel")
    assert {one.sid for one in carrier_log.read(site.carrier) if one.to == phones[21610]} == {None}


def test_a_burst_of_too_many_requests_slows_the_sender_and_loses_nobody(install: Install) -> None:
    site = install(300)
    site.set_rate(100)
    site.carrier.settings(rate_limited_share=1)
    site.web()
    site.scheduler()
    broadcast = site.promoter().order()
    eventually(lambda: len(carrier_log.read(site.carrier)) >= 10, WAIT, "nothing was sent")
    first = carrier_log.read(site.carrier)[0].at
    eventually(lambda: site.carrier.counters()["now"] > first + 6, WAIT)
    refused = [asked.at - first for asked in carrier_log.read(site.carrier)]
    assert sum(2 <= at < 6 for at in refused) <= 4 * 100 / 2, "it did not slow down within 2 s"
    site.carrier.settings(rate_limited_share=0)
    # The carrier is idle now and then: what was refused comes bit by bit, as the rate grows again.
    eventually(lambda: {state for state, _ in _states(site, broadcast)} == {"delivered"}, WAIT)
    checker.check_nobody_lost(site.rows, site.carrier, broadcast, WAIT)
    checker.check_nothing_twice(site.carrier)


def test_memory_stays_flat_while_thousands_of_requests_fail(install: Install) -> None:
    """Three in ten in every way. With four in ten more than half of some hundred would be failures
    by chance, and a circuit would open: so the sender goes on all the while, and the reconciling of
    what is unknown as well."""
    site = install(FLOOD)
    site.set_rate(500)
    site.carrier.settings(**{f"{fault}_share": share for fault, share in SHARES.items()})
    site.web()
    processes = [site.scheduler(), site.sender()]
    broadcast = site.promoter().order()
    patience = WAIT + FLOOD / 20

    def flooded(requests: int) -> list[int]:
        eventually(
            lambda: carrier_log.read(site.carrier, requests - 1), patience, "nothing goes on"
        )
        return [process.resident_kilobytes() for process in processes]

    # The first message that is looked up loads the SDK, once.
    eventually(
        lambda: site.carrier.counters()["requests"].get("listed"), patience, "nobody looks up"
    )
    middle, end = flooded(FLOOD // 2), flooded(FLOOD)
    growth = [after - before for before, after in zip(middle, end, strict=True)]
    assert max(growth) < MOST_GROWTH_IN_A_FLOOD, f"kilobytes: {middle}, later {end}"
    checker.check_nothing_twice(site.carrier)
    assert checker.standing(site.rows, broadcast).audience == FLOOD


def _wait_for(site: Installation, broadcast: int, fault: str) -> None:
    end = {(FAULTS[fault].status, FAULTS[fault].attempts)}
    deadline = time.monotonic() + WAIT
    while (now := _states(site, broadcast)) != end:
        assert time.monotonic() < deadline, f"{fault}: {now}"
        time.sleep(0.05)


def _states(site: Installation, broadcast: int) -> set[tuple[str, int]]:
    return {
        (status, attempts)
        for status, attempts in site.rows.ask(
            "SELECT status, attempts FROM delivery WHERE broadcast_id = ?", broadcast
        )
    }
