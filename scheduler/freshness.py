"""What has been stopped since the gate was read: a question that costs next to nothing.

A claimed delivery may wait some milliseconds for a free place, and longer on a busy machine. Just
before it is started the sender asks who has revoked since its gate was read, and which broadcasts
still go out. What must not start any more is given back, and its gate is read anew.
"""

from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import null, select
from sqlmodel import col

from models import Broadcast, Organization
from models.consent import ConsentKind
from models.database import Database
from scheduler.drivers import Link, trouble
from scheduler.gate import IS_SENDING

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


@dataclass(frozen=True, slots=True)
class Look:
    """Which subscribers have revoked anything since a marker, and which broadcasts are sending."""

    revoked: frozenset[int]
    sending: frozenset[int]


class Freshness:
    """Asks on a connection of its own, for one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._link = Link(database)
        self._sending = str(
            select(null(), col(Broadcast.id))
            .join(Organization, col(Organization.id) == Broadcast.organization_id)
            .where(IS_SENDING)
            .compile(database.engine, compile_kwargs={"literal_binds": True})
        )

    def marker(self) -> Marker:
        """The present moment. Raises some `trouble` when the database cannot be asked."""
        (newest,) = self._ask("SELECT COALESCE(MAX(id), 0) FROM consent_event")[0]
        if not self._database.is_postgresql:
            return Marker(newest)
        floor = newest - _BACK
        return Marker(floor, frozenset(event for event, _ in self._ask(_revocations(floor))))

    def look(self, marker: Marker) -> Look | None:
        """How it stands after the marker; None when that cannot be told."""
        try:
            rows = self._ask(f"{_revocations(marker.floor)} UNION ALL {self._sending}")
        except trouble() as error:
            log.warning("freshness.unknown", error=type(error).__name__)
            return None
        revoked = (who for event, who in rows if event is not None and event not in marker.known)
        return Look(
            frozenset(revoked), frozenset(broadcast for event, broadcast in rows if event is None)
        )

    def close(self) -> None:
        self._link.close()

    def _ask(self, question: str) -> list[Any]:
        try:
            rows: list[Any] = self._link.opened().execute(question).fetchall()
        except trouble():
            self._link.close()
            raise
        return rows


def _revocations(floor: int) -> str:
    return (
        "SELECT id, subscriber_id FROM consent_event "  # noqa: S608  our own numbers and names
        f"WHERE id > {floor:d} AND kind IN ({_REVOKING})"
    )
