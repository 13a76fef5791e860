"""Who has revoked since the gate was read: a question that costs next to nothing.

A claimed delivery may wait some milliseconds for a free place, and longer on a busy machine. Just
before it is started the sender asks who has revoked since its gate was read. Whoever has is given
back, and their gate is read anew; everybody else goes.
"""

from dataclasses import dataclass
from typing import Any, Final

import structlog

from models.consent import ConsentKind
from models.database import Database
from scheduler.drivers import connect, trouble

log = structlog.get_logger()

# On PostgreSQL an event with a lower key can be committed after one with a higher: so many keys
# back are looked at. No installation has as many webhooks in the middle of a transaction.
_BACK: Final = 1_000
_REVOKING: Final = ", ".join(
    f"'{kind.value}'"
    for kind in (
        ConsentKind.opted_out,
        ConsentKind.left_list,
        ConsentKind.deactivated,
        ConsentKind.lapsed,
    )
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment in the life of all consent: events with keys after `floor` are later than it, but
    for those that are `known`."""

    floor: int = 0
    known: frozenset[int] = frozenset()


class Freshness:
    """Asks on a connection of its own, for one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None

    def marker(self) -> Marker:
        """The present moment. Raises some `trouble` when the database cannot be asked."""
        (newest,) = self._ask("SELECT COALESCE(MAX(id), 0) FROM consent_event")[0]
        if not self._database.is_postgresql:
            return Marker(newest)
        floor = newest - _BACK
        return Marker(floor, frozenset(event for event, _ in self._revocations(floor)))

    def revoked_since(self, marker: Marker) -> frozenset[int] | None:
        """The subscribers who revoked anything after the marker; None when that cannot be told."""
        try:
            events = self._revocations(marker.floor)
        except trouble() as error:
            log.warning("freshness.unknown", error=type(error).__name__)
            return None
        return frozenset(person for event, person in events if event not in marker.known)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _revocations(self, floor: int) -> list[tuple[int, int]]:
        return self._ask(
            "SELECT id, subscriber_id FROM consent_event "  # noqa: S608  our own numbers and names
            f"WHERE id > {floor:d} AND kind IN ({_REVOKING})"
        )

    def _ask(self, question: str) -> list[Any]:
        if self._connection is None:
            self._connection = connect(self._database)
        try:
            rows: list[Any] = self._connection.execute(question).fetchall()
        except trouble():
            self.close()  # the next question opens another one
            raise
        return rows
