"""Whose the numbers of a file of consents are: known people, locked, and new ones, made."""

from datetime import datetime
from typing import Final

from sqlalchemy import String, delete
from sqlmodel import Session, col

from models.base import BigId
from models.bulk import is_postgresql
from models.inserting import Columns, insert_many, new_ids
from models.known_people import known_people, locked_people, suppressed_of
from models.subscriber import Subscriber

_PERSON: Final[Columns] = {"id": BigId, "phone_number": String(), "number_hash": String()}


def people_of(
    session: Session, organization_id: int, hashes: dict[str, str], now: datetime
) -> tuple[dict[str, int], dict[str, int], set[str]]:
    """Who is known, who is new (both number to key, and locked), and which hashes are suppressed.

    Of numbers that are suppressed and nobody's no row is made: a person who was erased is not
    brought back. Who is new is made before the others are locked, as by texts (models.arriving): so
    neither waits for the other in a ring.
    """
    found = known_people(session, organization_id, hashes)
    suppressed = suppressed_of(session, organization_id, hashes.values())
    made = dict[str, int]()
    while True:
        missing = [n for n in hashes if n not in found and hashes[n] not in suppressed]
        made |= _make(session, organization_id, {one: hashes[one] for one in missing}, now)
        if not is_postgresql(session):
            return found, made, suppressed
        # Who came meanwhile, by a text or a page, has a row, and has perhaps left or was erased.
        found = locked_people(session, organization_id, hashes)
        suppressed = suppressed_of(session, organization_id, hashes.values())
        if all(number in found or hashes[number] in suppressed for number in hashes):
            break
    mine = {number: key for number, key in made.items() if found.get(number) == key}
    known = {number: key for number, key in found.items() if number not in mine}
    new = {number: key for number, key in mine.items() if hashes[number] not in suppressed}
    _unmake(session, [key for number, key in mine.items() if number not in new])
    return known, new, suppressed


def _make(
    session: Session, organization_id: int, hashes: dict[str, str], now: datetime
) -> dict[str, int]:
    """Make who has none of these rows; the keys that they get unless somebody was quicker."""
    keys = new_ids(session, Subscriber, len(hashes))
    rows = [(key, *one) for key, one in zip(keys, hashes.items(), strict=True)]
    insert_many(
        session,
        Subscriber,
        _PERSON,
        rows,
        skips_known=True,
        organization_id=organization_id,
        created_at=now,
    )
    return {number: key for key, number, _ in rows}


def _unmake(session: Session, keys: list[int]) -> None:
    """Take rows away that were made a moment ago, to which nothing refers."""
    if keys:
        session.connection().execute(delete(Subscriber).where(col(Subscriber.id).in_(keys)))
