"""Records the same consent event of many people: facts, evidence and leaves, a few statements.

A file of a million numbers makes a million events, of which only a few values differ. What is the
same in all is written once, by the functions that write a single event (models.recording).
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, String
from sqlmodel import Session

from models.base import BigId
from models.consent import ConsentEvent, ConsentEvidence, ConsentKind
from models.inserting import Columns, insert_many, new_ids
from models.leaves import canonical, consent_leaf, packed
from models.log import Unsealed
from models.recording import Evidence, facts_of

_SALT_BYTES = 32
_EVENT: Columns = {"id": BigId, "subscriber_id": BigId, "commitment": String()}
_EVIDENCE: Columns = {"consent_event_id": BigId, "salt": String(), "content": String()}
_LEAVES: Columns = {"leaves": String(), "number": Integer()}


class Person(NamedTuple):
    """A subscriber's key and number (E.164)."""

    id: int
    phone_number: str


def record_many(
    session: Session,
    organization_id: int,
    people: Sequence[Person],
    kind: ConsentKind,
    evidence: Evidence,
    now: datetime,
    program_id: int | None = None,
    list_id: int | None = None,
) -> None:
    """Record the same for each of `people`, in three statements; without a program it is about
    everything.
    """
    if not people:
        return
    session.flush()
    keys, persons = new_ids(session, ConsentEvent, len(people)), [person.id for person in people]
    random = secrets.token_bytes(_SALT_BYTES * len(people))
    salts = [random[at : at + _SALT_BYTES] for at in range(0, len(random), _SALT_BYTES)]
    contents = _contents(people, evidence)
    commitments = [
        hashlib.sha256(salt + content.encode()).hexdigest()
        for salt, content in zip(salts, contents, strict=True)
    ]
    shared = facts_of(session, kind, evidence, now) | {
        "program_id": program_id,
        "list_id": list_id,
    }
    form, told = _leaf_form(shared), zip(commitments, keys, persons, strict=True)
    for model, columns, rows, more in (
        (ConsentEvent, _EVENT, zip(keys, persons, commitments, strict=True), shared),
        (ConsentEvidence, _EVIDENCE, zip(keys, map(bytes.hex, salts), contents, strict=True), {}),
        (Unsealed, _LEAVES, _rows_of(form % one for one in told), {}),
    ):
        insert_many(session, model, columns, list(rows), organization_id=organization_id, **more)


def _rows_of(leaves: Iterable[str]) -> Iterator[tuple[str, int]]:
    for some, number in packed(map(str.encode, leaves)):
        yield some.decode(), number


def _contents(people: Sequence[Person], evidence: Evidence) -> list[str]:
    """The canonical JSON of each person's evidence."""
    mark = secrets.token_hex(16)
    before, after = canonical(evidence.personal(mark)).split(mark)
    return [before + person.phone_number + after for person in people]


def _leaf_form(shared: dict[str, Any]) -> str:
    """The leaf with places for commitment, event and subscriber, which RFC 8785 puts in this
    order."""
    mark, event_id, person_id = (
        secrets.token_hex(32),
        *(1 << 62 | secrets.randbits(62) for _ in range(2)),
    )
    one = ConsentEvent(**shared, id=event_id, subscriber_id=person_id, commitment=mark)
    form = consent_leaf(one).decode().replace("%", "%%")
    for value, place in ((mark, "%s"), (str(event_id), "%d"), (str(person_id), "%d")):
        form = form.replace(value, place)
    return form
