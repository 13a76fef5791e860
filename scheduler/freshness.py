"""What has been stopped since the gate was read: a question that costs next to nothing.

A claimed delivery may wait some milliseconds for a free place, and longer on a busy machine. Just
before it is started the sender asks who has revoked since its gate was read, and which broadcasts
still go out. What must not start any more is given back, and its gate is read anew.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, Text, func, null, select
from sqlalchemy import cast as sql_cast
from sqlmodel import col

from models import Broadcast, ConsentEvent, Organization
from models.consent import REVOKES_ANYTHING
from models.database import Database
from scheduler.drivers import Link, trouble
from scheduler.gate import IS_SENDING

log = structlog.get_logger()

# PostgreSQL: whose transaction was not over at the snapshot; now it is, since the row is seen. The
# index leads to all from the oldest on that was under way then. It is selected, so that one plan
# fits every snapshot. The last condition is for one that was restored into another server: its old
# rows may hold numbers that are still to come here.
_SINCE: Final = """
    transaction_id >= (SELECT pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint)
    AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, %(snapshot)s::pg_snapshot)
    AND transaction_id < (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"""


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment in the life of all consent. By default the one before all.

    SQLite has one writer at a time: what comes later has a key after the `newest`. PostgreSQL
    commits in any order, an import of thousands of keys after a STOP that took its own later. So
    there it is a `snapshot`: which transactions were over.
    """

    newest: int = 0
    snapshot: str = "1:1:"


@dataclass(frozen=True, slots=True)
class Look:
    """Which subscribers have revoked anything since a marker, and which broadcasts are sending."""

    revoked: frozenset[int]
    sending: frozenset[int]


def present(on_postgresql: bool) -> ColumnElement[Any]:
    """The present moment, as a column of what a statement selects: that of its own snapshot."""
    if on_postgresql:
        return sql_cast(func.pg_current_snapshot(), Text)
    return select(func.coalesce(func.max(col(ConsentEvent.id)), 0)).scalar_subquery()


def marker_of(on_postgresql: bool, moment: Any) -> Marker:
    """The marker for what `present` selected."""
    return Marker(snapshot=moment) if on_postgresql else Marker(moment)


class Freshness:
    """Asks on a connection of its own, for one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._link = Link(database)
        sending = (
            select(null(), col(Broadcast.id))
            .join(Organization, col(Organization.id) == Broadcast.organization_id)
            .where(IS_SENDING)
            .compile(database.engine, compile_kwargs={"literal_binds": True})
        )
        since = _SINCE if database.is_postgresql else "id > :newest"
        self._changes = (
            "SELECT id, subscriber_id FROM consent_event "  # noqa: S608  our own names
            f"WHERE ({REVOKES_ANYTHING}) AND {since} UNION ALL {sending}"
        )

    def look(self, marker: Marker) -> Look | None:
        """How it stands after the marker; None when that cannot be told."""
        try:
            rows = self._ask(self._changes, asdict(marker))
        except trouble() as error:
            log.warning("freshness.unknown", error=type(error).__name__)
            return None
        return Look(
            frozenset(who for event, who in rows if event is not None),
            frozenset(broadcast for event, broadcast in rows if event is None),
        )

    def close(self) -> None:
        self._link.close()

    def _ask(self, question: str, given: dict[str, Any]) -> list[Any]:
        try:
            rows: list[Any] = self._link.opened().execute(question, given).fetchall()
        except trouble():
            self._link.close()
            raise
        return rows
