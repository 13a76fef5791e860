"""People who come together: found or made, locked, and entered where they never stood, in a few
statements for all of them.

What joining means is said in models.consenting; this is the same for many who are new in a program,
as models.importing is for a file.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, String, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from models.base import BigId, table_of
from models.bulk import Given, Insertion, fetch, is_postgresql
from models.consent import ConsentKind, Suppression
from models.known_people import may_arrive
from models.recording import Evidence, Fact, record_each
from models.subscriber import (
    Awaiting,
    ListSubscription,
    Subscriber,
    Subscription,
    SubscriptionState,
)

Number = tuple[int, str]  # organization, phone number


@dataclass(frozen=True, slots=True)
class Arrival:
    """A subscriber whose row is locked until the transaction ends. `is_new`: made in it."""

    id: int
    organization_id: int
    phone_number: str
    number_hash: str
    minimum_age_met: int | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who enters a program in which they have never been anything.

    Subscribed at once; or, where something is `awaiting`, pending, and not `is_asked` where an
    earlier question of the same day stands.
    """

    person: Arrival
    program_id: int
    list_id: int | None
    awaiting: Awaiting | None
    is_asked: bool
    is_suppressed: bool
    evidence: Evidence

    @property
    def lifts_suppression(self) -> bool:
        """A wish that waits for something lifts nothing."""
        return self.is_suppressed and self.awaiting is None


_PEOPLE = Given(organization_id=BigId, phone_number=String(), number_hash=String())
_SUBSCRIBE = Insertion(
    Subscription,
    *("organization_id", "program_id", "subscriber_id"),
    *("state", "awaiting", "asked_at", "changed_at"),
    returning=("id", "subscriber_id", "program_id"),
)
_JOIN_LIST = Insertion(ListSubscription, "list_id", "subscription_id", "added_at")
_HASHES = Given(organization_id=BigId, number_hash=String())


def arrive(session: Session, numbers: Mapping[Number, str], now: datetime) -> dict[Number, Arrival]:
    """The subscribers with these numbers (and their hashes), made if new, and locked.

    Made and locked in one order, so that two groups never wait for each other in a ring.
    """
    may_arrive(session, {owner for owner, _ in numbers})
    kind = is_postgresql(session)
    run = session.connection().execute
    found: dict[Number, Arrival] = {}
    missing = sorted((*number, hashed) for number, hashed in numbers.items())
    # Who is erased between the two statements leaves no row of this number: it is made again.
    while missing:
        given = {**_PEOPLE.values(kind, missing), "now": now}
        for key, owner, number, hashed in run(_make(kind), given).all():
            found[owner, number] = Arrival(key, owner, number, hashed, is_new=True)
        missing = [one for one in missing if one[:2] not in found]
        if missing:
            for row in fetch(session, _lock(kind), _PEOPLE.values(kind, missing)):
                found[row[1], row[2]] = Arrival(*row)
            missing = [one for one in missing if one[:2] not in found]
    return found


def suppressed(session: Session, people: Collection[Arrival]) -> set[int]:
    """Which of them must not be messaged."""
    kind = is_postgresql(session)
    hashes = sorted({(one.organization_id, one.number_hash) for one in people})
    rows = fetch(session, _suppressed(kind), _HASHES.values(kind, hashes))
    found = {tuple(row) for row in rows}
    return {one.id for one in people if (one.organization_id, one.number_hash) in found}


def enter(session: Session, entries: Sequence[Entry], now: datetime) -> None:
    """Enter them all, each with its consent event; whoever subscribes is suppressed no longer."""
    if not entries:
        return
    rows = _SUBSCRIBE.run(session, [_subscription(entry, now) for entry in entries])
    keys = {(row.subscriber_id, row.program_id): row.id for row in rows}
    members = [
        {
            "list_id": entry.list_id,
            "subscription_id": keys[entry.person.id, entry.program_id],
            "added_at": now,
        }
        for entry in entries
        if entry.list_id is not None
    ]
    lifted = [
        {"its_organization_id": who.organization_id, "its_number_hash": who.number_hash}
        for who in (entry.person for entry in entries if entry.lifts_suppression)
    ]
    if lifted:
        session.connection().execute(_lift(), lifted)
    facts = [_fact(entry) for entry in entries]
    record_each(session, facts, now, *_JOIN_LIST.writing(session, members))


def _subscription(entry: Entry, now: datetime) -> dict[str, Any]:
    is_in = entry.awaiting is None
    return {
        "organization_id": entry.person.organization_id,
        "program_id": entry.program_id,
        "subscriber_id": entry.person.id,
        "state": SubscriptionState.subscribed if is_in else SubscriptionState.pending,
        "awaiting": entry.awaiting,
        "asked_at": now if entry.is_asked and not is_in else None,
        "changed_at": now,
    }


def _fact(entry: Entry) -> Fact:
    kind = ConsentKind.opted_in if entry.awaiting is None else ConsentKind.requested
    return Fact(entry.person, kind, entry.evidence, entry.program_id, entry.list_id)


@cache
def _make(on_postgresql: bool) -> Any:
    dialect = postgresql if on_postgresql else sqlite
    rows, table = _PEOPLE.table(on_postgresql), table_of(Subscriber)
    # SQLite cannot tell ON CONFLICT from the ON of a join unless a WHERE stands between.
    people = select(*rows.c, bindparam("now", type_=UTCDateTime())).where(
        rows.c.phone_number.is_not(None)
    )
    columns = ["organization_id", "phone_number", "number_hash", "created_at"]
    return (
        dialect.insert(table)
        .from_select(columns, people)
        .on_conflict_do_nothing()
        .returning(table.c.id, table.c.organization_id, table.c.phone_number, table.c.number_hash)
    )


@cache
def _lock(on_postgresql: bool) -> Select[Any]:
    rows, table = _PEOPLE.table(on_postgresql), table_of(Subscriber)
    return (
        select(
            table.c.id,
            table.c.organization_id,
            table.c.phone_number,
            table.c.number_hash,
            table.c.minimum_age_met,
        )
        .join(
            rows,
            (rows.c.organization_id == table.c.organization_id)
            & (rows.c.phone_number == table.c.phone_number),
        )
        .order_by(table.c.id)
        .with_for_update(of=table, key_share=True)
    )


@cache
def _suppressed(on_postgresql: bool) -> Any:
    rows = _HASHES.table(on_postgresql)
    return select(col(Suppression.organization_id), col(Suppression.number_hash)).join(
        rows,
        (rows.c.organization_id == col(Suppression.organization_id))
        & (rows.c.number_hash == col(Suppression.number_hash)),
    )


@cache
def _lift() -> Any:
    table = table_of(Suppression)
    return delete(table).where(
        table.c.organization_id == bindparam("its_organization_id"),
        table.c.number_hash == bindparam("its_number_hash"),
    )
