"""The carrier's own log: every request to send that it got, and when. Read over HTTP."""

import re
from collections import defaultdict
from dataclasses import dataclass

from simulator import SimulatorClient

_ON_ITS_WAY = ("accepted", None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to send. `at` is Unix time by this machine's clock, when it arrived; `sid` is
    None if nothing was accepted; `delivery` is the id in the address for its receipts."""

    at: float
    to: str
    sid: str | None
    fault: str | None
    delivery: int


def read(carrier: SimulatorClient, since: int = 0) -> list[Asked]:
    """The log, in the order of arrival."""
    return [
        Asked(each["at"], each["to"], each["sid"], each["fault"], _delivery(each["callback"]))
        for each in carrier.submissions(since)
    ]


def accepted(carrier: SimulatorClient) -> list[Asked]:
    """What the carrier took: what the recipients' phones got, or will."""
    return [asked for asked in read(carrier) if asked.sid]


def accepted_count(carrier: SimulatorClient) -> int:
    return int(carrier.counters()["accepted"])


def fates(carrier: SimulatorClient) -> dict[str, tuple[str, int | None]]:
    """Each message's sid: how the carrier says that it ended, and the error code."""
    return {
        each["sid"]: (each["status"], each["error_code"])
        for each in carrier.messages(direction="outbound-api")
    }


def messages_of(log: list[Asked]) -> dict[int, list[str]]:
    """The sids that the carrier gave for each delivery, in the order of arrival."""
    found: dict[int, list[str]] = defaultdict(list)
    for asked in log:
        if asked.sid:
            found[asked.delivery].append(asked.sid)
    return found


def duplicates(carrier: SimulatorClient) -> dict[int, list[str]]:
    """The deliveries of which the carrier accepted one more message although an earlier one had
    not failed, with the states of all. What it accepts while this asks is on its way."""
    ends = fates(carrier)
    states = {
        delivery: [ends.get(sid, _ON_ITS_WAY)[0] for sid in sids]
        for delivery, sids in messages_of(read(carrier)).items()
    }
    return {
        delivery: all_of_it
        for delivery, all_of_it in states.items()
        if not set(all_of_it[:-1]) <= {"undelivered", "failed"}
    }


def lost_receipts(carrier: SimulatorClient) -> set[str]:
    """The sids of the messages of which a receipt was answered with an error, or not at all."""
    return {post["sid"] for post in carrier.webhooks(kind="receipt", failed=1)}


def _delivery(callback: str) -> int:
    """The delivery's id stands in the address: ?delivery=<id>-<attempt>.<signature>."""
    found = re.search(r"[?&]delivery=(\d+)-", callback)
    return int(found[1]) if found else 0
