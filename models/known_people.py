"""What is known of many numbers at once: whose they are, and which are suppressed."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, String
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from models.advisory import ARRIVALS, organization_lock
from models.base import BigId
from models.bulk import Given, fetch, is_postgresql
from models.consent import Suppression
from models.organization import Organization
from models.subscriber import Subscriber

_KEYS, _TEXTS = Given(value=BigId), Given(value=String())
_HOLDING = organization_lock("pg_advisory_xact_lock")
_ARRIVING = organization_lock("pg_advisory_xact_lock_shared")


def locked_hash_key(session: Session, organization_id: int) -> str:
    """The organization's hash key; one transaction at a time has it, until it ends."""
    # Two imports at once would lock the same numbers in different orders. This lock lets texts
    # that arrive meanwhile refer to the organization.
    return session.exec(
        select(Organization.hash_key)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
    ).one()


def hold_arrivals(session: Session, organization_id: int) -> None:
    """Until this transaction ends nobody arrives by a text: a number that is nobody's yet has no
    row that could be locked. To be called before people are locked."""
    if is_postgresql(session):
        _lock(session, organization_id, _HOLDING)


def may_arrive(session: Session, organization_ids: Collection[int]) -> None:
    """Wait until nobody holds arrivals of these organizations; the next to do so waits for this
    transaction. To be called before people are made or locked."""
    if is_postgresql(session):
        for organization_id in sorted(organization_ids):
            _lock(session, organization_id, _ARRIVING)


def _lock(session: Session, organization_id: int, lock: Select[Any]) -> None:
    session.connection().execute(lock, {"kind": ARRIVALS, "organization": organization_id})


def known_people(
    session: Session, organization_id: int, phone_numbers: Collection[str]
) -> dict[str, int]:
    """The subscribers among these numbers, number to key."""
    return _people_of(session, _numbers(organization_id), phone_numbers)


def locked_people(
    session: Session, organization_id: int, phone_numbers: Collection[str]
) -> dict[str, int]:
    """The same, locked: a text that is being decided comes first."""
    query = _numbers(organization_id)
    if is_postgresql(session):
        # In one order, so that two who lock some of the same never wait in a ring. SQLite, which
        # has no such locks, would go through everybody for it.
        query = query.order_by(col(Subscriber.id)).with_for_update(key_share=True)
    return _people_of(session, query, phone_numbers)


def _numbers(organization_id: int) -> Any:
    return select(col(Subscriber.phone_number), col(Subscriber.id)).where(
        col(Subscriber.organization_id) == organization_id
    )


def _people_of(session: Session, query: Any, phone_numbers: Collection[str]) -> dict[str, int]:
    found = with_any(session, query, col(Subscriber.phone_number), phone_numbers)
    return {row[0]: row[1] for row in found}


def lock_people(session: Session, keys: Any) -> dict[int, Subscriber]:
    """The subscribers with these keys (a SELECT of keys, or keys), locked in the same order."""
    found = session.scalars(
        select(Subscriber)
        .where(col(Subscriber.id).in_(keys))
        .order_by(col(Subscriber.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def suppressed_of(session: Session, organization_id: int, hashes: Collection[str]) -> set[str]:
    """Those of the hashes that are suppressed."""
    query = select(col(Suppression.number_hash)).where(
        col(Suppression.organization_id) == organization_id
    )
    return {row[0] for row in with_any(session, query, col(Suppression.number_hash), hashes)}


def with_any(
    session: Session, query: Any, column: Any, wanted: Iterable[int] | Iterable[str]
) -> list[Sequence[Any]]:
    """The rows of `query` of which `column` is one of the `wanted`, however many those are."""
    rows = [(one,) for one in wanted]
    if not rows:
        return []
    session.flush()
    given, on_postgresql = _TEXTS if isinstance(rows[0][0], str) else _KEYS, is_postgresql(session)
    among = column.in_(core_select(given.table(on_postgresql).c.value))
    return fetch(session, query.where(among), given.values(on_postgresql, rows))
