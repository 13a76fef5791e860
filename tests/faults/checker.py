"""The external checker: what must be true, decided from plain rows and the carrier's log.

It shares no code with the product. The states are written down again here, from docs/STATES.md.
"""

import time
from dataclasses import dataclass

from simulator import SimulatorClient
from tests.faults import carrier_log
from tests.faults.rows import Ask, Rows
from tests.faults.seeds import FULL

TERMINAL = {"delivered", "undelivered", "failed", "skipped"}
WAITING = {"pending", "sending"}
STILL_TO_GO = {"pending", "sending", "accepted", "sent"}
# What the carrier does not list is given up when a minute has passed: waited for with full counts.
UNSETTLED = () if FULL else ("unknown",)
EVERY = TERMINAL | STILL_TO_GO | {"unknown"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One broadcast at one moment: its audience, and its deliveries by (status, skip reason)."""

    status: str
    audience: int | None
    parts: dict[tuple[str, str | None], int]

    def count(self, *statuses: str) -> int:
        return sum(number for (status, _), number in self.parts.items() if status in statuses)

    @property
    def is_handed_over(self) -> bool:
        """Whether nothing of it is left to hand to the carrier."""
        return self.status in ("sent", "canceled") and not self.count(*WAITING)


def standing(rows: Rows, broadcast_id: int) -> Standing:
    with rows.snapshot() as ask:
        return _standing(ask, broadcast_id)


def _standing(ask: Ask, broadcast_id: int) -> Standing:
    ((status, audience),) = ask("SELECT status, audience FROM broadcast WHERE id = ?", broadcast_id)
    counted = ask(
        "SELECT status, skip_reason, COUNT(*) FROM delivery WHERE broadcast_id = ? "
        "GROUP BY status, skip_reason",
        broadcast_id,
    )
    return Standing(status, audience, {(row[0], row[1]): row[2] for row in counted})


def check_balance(rows: Rows) -> None:
    """At this moment, for every broadcast: the parts add up to the audience."""
    with rows.snapshot() as ask:
        ids = [row[0] for row in ask("SELECT id FROM broadcast ORDER BY id")]
        for broadcast_id in ids:
            now = _standing(ask, broadcast_id)
            total = sum(now.parts.values())
            assert total == (now.audience or 0), f"broadcast {broadcast_id}: {now}"
            for status, reason in now.parts:
                assert status in EVERY, f"broadcast {broadcast_id}: {status}"
                assert (reason is not None) == (status == "skipped"), f"{status}, {reason}"


def check_nothing_twice(carrier: SimulatorClient) -> None:
    """The carrier accepted no delivery twice, unless it had failed to deliver the first."""
    assert carrier_log.duplicates(carrier) == {}


# What each message writes has no foreign keys on PostgreSQL.
_NOT_LOOKED_UP = (
    ("delivery", "broadcast_id", "broadcast"),
    ("delivery", "subscriber_id", "subscriber"),
    ("delivery", "consent_event_id", "consent_event"),
    ("unsealed", "organization_id", "organization"),
    ("log_leaf", "organization_id", "organization"),
)


def check_integrity(rows: Rows) -> None:
    """Every page can be read, indexes hold what their tables hold, and no row points nowhere."""
    if rows.is_sqlite:
        assert rows.ask("PRAGMA integrity_check") == [("ok",)]
        assert rows.ask("PRAGMA foreign_key_check") == []
        return
    for table, column, target in _NOT_LOOKED_UP:
        lost = f"NOT EXISTS (SELECT FROM {target} WHERE {target}.id = {table}.{column})"
        found = f"SELECT COUNT(*) FROM {table} WHERE {column} IS NOT NULL AND {lost}"
        assert rows.one(found) == 0, f"{table}.{column}"
    tables = [
        row[0] for row in rows.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    for table in tables:
        with rows.snapshot() as ask:
            by_pages = ask(f"SELECT COUNT(*) FROM {table}")
        assert by_pages[0][0] >= 0
        rows.change(f"REINDEX TABLE {table}")  # fails where a unique index would not be unique
    name = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    assert not rows.one(name)


def not_settled(rows: Rows, carrier: SimulatorClient, broadcast_id: int) -> list[str]:
    """The deliveries whose state is not the one that the carrier's log says, in words.

    What the carrier never got is skipped or failed.
    A receipt that was answered with an error is lost, as the provider does not repeat it; what it
    would have told may be missing.
    """
    taken = carrier_log.messages_of(carrier_log.accepted(carrier))
    fates = carrier_log.fates(carrier)
    lost = carrier_log.lost_receipts(carrier)
    wrong = []
    for key, status, sid in rows.ask(
        "SELECT id, status, message_sid FROM delivery WHERE broadcast_id = ?", broadcast_id
    ):
        if key not in taken:
            if status not in ("skipped", "failed", *UNSETTLED):
                wrong.append(f"delivery {key} is {status}, and the carrier took nothing")
            continue
        fate, _ = fates[taken[key][-1]]
        known = {fate}
        if fate == "sent" or taken[key][-1] in lost:  # nothing told of more than its acceptance
            known |= {"accepted", "sent"}
        if status not in known or sid != taken[key][-1]:
            wrong.append(f"delivery {key} is {status} {sid}, not {fate} {taken[key]}")
    return wrong


def check_nobody_lost(
    rows: Rows, carrier: SimulatorClient, broadcast_id: int, seconds: float = 60
) -> None:
    """Within so many seconds after the carrier's last receipt everybody has the state that its
    log says."""
    _wait_for_receipts(carrier, seconds)
    deadline = time.monotonic() + seconds
    while wrong := not_settled(rows, carrier, broadcast_id):
        assert time.monotonic() < deadline, f"{len(wrong)} not settled: {wrong[:10]}"
        time.sleep(0.2)
    final = standing(rows, broadcast_id)
    assert final.audience == sum(final.parts.values()) > 0, final


def _wait_for_receipts(carrier: SimulatorClient, seconds: float) -> None:
    """Until the carrier has posted every receipt; it never takes so many seconds over one."""
    posted, deadline = -1, time.monotonic() + seconds
    while not carrier.wait_until_idle(1):
        if (now := int(carrier.counters()["webhook_posts"])) != posted:
            posted, deadline = now, time.monotonic() + seconds
        assert time.monotonic() < deadline, "the carrier posts no receipts any more"
