"""Verifying the evidence: it is what each consent event commits to, or it was erased on record."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from compliance.verifying import Finding, Ids, Tally, Tampering
from models.base import table_of
from models.consent import ConsentEvent, ConsentEvidence
from models.leaves import commitment, instant
from models.subscriber import Subscriber
from models.verifying_tables import Leaf, tolerant

_events, _pieces = table_of(ConsentEvent), table_of(ConsentEvidence)
_people = table_of(Subscriber)


@dataclass(slots=True)
class Erasures:
    """What the acts of the log say was erased: people, and so many pieces of evidence at a time."""

    people: Ids = field(default_factory=Ids)
    expired: Counter[str] = field(default_factory=Counter)

    def see(self, act: Leaf) -> None:
        """Take note of an act, if it is one of erasing."""
        subject = act.get("subject")
        if not isinstance(subject, dict):
            return
        if act.get("kind") == "erased" and isinstance(person := subject.get("subscriber"), int):
            self.people.add(person)
        if act.get("kind") == "expired" and isinstance(count := subject.get("evidence"), int):
            self.expired[act["occurred_at"]] += count

    def allow(self, person: int, erased_at: datetime) -> bool:
        """Whether an act explains that a piece of this person's evidence is gone since then."""
        if person in self.people:
            return True
        moment = instant(erased_at)
        self.expired[moment] -= 1
        return self.expired[moment] >= 0


def of_events(
    session: Session, organization_id: int, keys: list[int], erasures: Erasures, tally: Tally
) -> Iterator[Finding]:
    """The evidence of these consent events."""
    events = {
        row.id: row
        for row in session.execute(
            select(_events.c.id, _events.c.commitment, _events.c.subscriber_id).where(
                _events.c.id.in_(keys)
            )
        )
    }
    numbers = _numbers(session, {event.subscriber_id for event in events.values()})
    found = tolerant(session, _pieces, _pieces.c.consent_event_id, keys)
    for key in keys:
        problem = ""
        piece = found.get(key)
        if key not in found:
            problem = "its evidence is gone."
        elif piece is None or piece.organization_id != organization_id:
            problem = "its evidence cannot be read."
        elif piece.erased_at is None:
            if not _fits(piece.salt, piece.content, events[key].commitment):
                problem = "its evidence is not what the event commits to."
            elif piece.content.get("phone_number") != numbers.get(events[key].subscriber_id):
                problem = "its evidence names another number than its subscriber has now."
        elif piece.salt is not None or piece.content is not None:
            problem = "its evidence says that it was erased, and is there."
        elif not erasures.allow(events[key].subscriber_id, piece.erased_at):
            problem = "its evidence was erased, and no act in the log says so."
        else:
            tally.erased += 1
        if problem:
            yield Finding(Tampering.evidence, f"consent event {key}", problem)


def _numbers(session: Session, people: set[int]) -> dict[int, str]:
    query = select(_people.c.id, _people.c.phone_number).where(_people.c.id.in_(people))
    return dict(map(tuple, session.execute(query)))


def of_nothing(session: Session, organization_id: int, gone: Ids) -> Iterator[Finding]:
    """Evidence whose event was deleted together with its leaf; `gone` are named already."""
    lost = (
        select(_pieces.c.consent_event_id)
        .outerjoin(_events, _events.c.id == _pieces.c.consent_event_id)
        .where(_pieces.c.organization_id == organization_id, _events.c.id.is_(None))
    )
    for key in session.execute(lost).scalars():
        if key not in gone:
            subject = f"consent event {key}"
            yield Finding(Tampering.deleted, subject, "the row is gone; its evidence is left.")


def _fits(salt: object, content: Any, promised: str) -> bool:
    try:
        raw = bytes.fromhex(salt) if isinstance(salt, str) else b""
        return raw.hex() == salt and commitment(raw, content) == promised
    except (AttributeError, ValueError, TypeError):
        return False
