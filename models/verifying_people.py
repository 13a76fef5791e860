"""Verifying the people: who they are, and whether they stand where the events have put them.

Number, suppression and subscription are no leaves of the log. They follow from the events, which
are, and from their evidence: whoever changes one by hand makes it differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session

from compliance.verifying import Finding, Tampering
from models.base import table_of
from models.consent import REVOCATIONS, ConsentEvent, ConsentKind, Suppression
from models.erasing import erased_number
from models.hashing import number_hash
from models.organization import Organization
from models.subscriber import ListSubscription, Subscriber, Subscription, SubscriptionState
from models.verifying_evidence import Erasures
from models.verifying_tables import CHUNK, in_chunks, tolerant

_people, _events = table_of(Subscriber), table_of(ConsentEvent)
_standing, _suppressed = table_of(Subscription), table_of(Suppression)
_places = table_of(ListSubscription)
_PLACING = (ConsentKind.requested, ConsentKind.opted_in, ConsentKind.joined_list)


@dataclass(frozen=True, slots=True)
class People:
    """The subscribers of one organization against their events."""

    session: Session
    organization_id: int
    erasures: Erasures

    def findings(self) -> Iterator[Finding]:
        """Who differs from what the events say."""
        yield from self._missing()
        hash_key = self.session.get_one(Organization, self.organization_id).hash_key
        wanted = _people.c.organization_id == self.organization_id
        for keys in in_chunks(self.session, _people.c.id, wanted):
            rows = tolerant(self.session, _people, _people.c.id, keys)
            for key in keys:
                if problem := self._changed(rows.get(key), hash_key):
                    yield Finding(Tampering.changed, f"subscriber {key}", problem)
            yield from self._standing({key: row for key, row in rows.items() if row})
            yield from self._misplaced(keys)

    def _missing(self) -> Iterator[Finding]:
        """People of whom there are events and no row."""
        lost = (
            select(_events.c.subscriber_id, func.min(_events.c.id))
            .outerjoin(
                _people,
                (_people.c.id == _events.c.subscriber_id)
                & (_people.c.organization_id == _events.c.organization_id),
            )
            .where(_events.c.organization_id == self.organization_id, _people.c.id.is_(None))
            .group_by(_events.c.subscriber_id)
        )
        for key, event in self.session.execute(lost.execution_options(yield_per=CHUNK)):
            detail = f"the row is gone; consent event {event} is about it."
            yield Finding(Tampering.deleted, f"subscriber {key}", detail)

    def _changed(self, row: Row[Any] | None, hash_key: str) -> str:
        if row is None:
            return "the row holds what Marquee never writes."
        if row.erased_at is not None:
            if row.id not in self.erasures.people:
                return "it says that it was erased, and no act in the log says so."
            is_gone = {row.phone_number, row.number_hash} == {erased_number(row.id)}
            return "" if is_gone else "it was erased, and a number or the hash of one is there."
        try:
            fits = number_hash(hash_key, row.phone_number) == row.number_hash
        except (AttributeError, TypeError):
            fits = False
        return "" if fits else "its number and the keyed hash of it do not fit together."

    def _standing(self, rows: dict[int, Row[Any]]) -> Iterator[Finding]:
        """Who revoked last is suppressed, and whoever is subscribed has joined since."""
        keys = list(rows)
        mine = _events.c.subscriber_id.in_(keys)
        last = func.max(_events.c.id)
        of_people = (
            select(_events.c.subscriber_id, last)
            .where(mine, _events.c.kind.in_(REVOCATIONS))
            .group_by(_events.c.subscriber_id)
        )
        revoked: dict[int, int] = dict(map(tuple, self.session.execute(of_people)))
        of_programs = (
            select(_events.c.subscriber_id, _events.c.program_id, last)
            .where(mine, _events.c.kind == ConsentKind.opted_in)
            .group_by(_events.c.subscriber_id, _events.c.program_id)
        )
        joined = {
            (person, program): event for person, program, event in self.session.execute(of_programs)
        }
        yield from self._unsuppressed(rows, revoked, joined)
        subscribed = select(_standing.c.subscriber_id, _standing.c.program_id).where(
            _standing.c.subscriber_id.in_(keys),
            _standing.c.state == SubscriptionState.subscribed,
        )
        for person, program in self.session.execute(subscribed.order_by(_standing.c.id)):
            left = revoked.get(person, 0)
            if joined.get((person, program), 0) <= left:
                since = f" since consent event {left} revoked everything" if left else ""
                detail = f"it is subscribed to program {program}, and no event says so{since}."
                yield Finding(Tampering.changed, f"subscriber {person}", detail)

    def _misplaced(self, keys: list[int]) -> Iterator[Finding]:
        """Whoever is on a list has joined it, and not left it since."""
        of_lists = (
            select(_events.c.subscriber_id, _events.c.list_id, func.max(_events.c.id))
            .where(_events.c.subscriber_id.in_(keys), _events.c.list_id.is_not(None))
            .group_by(_events.c.subscriber_id, _events.c.list_id)
        )
        joined, left = (
            {
                (person, place): event
                for person, place, event in self.session.execute(of_lists.where(which))
            }
            for which in (_events.c.kind.in_(_PLACING), _events.c.kind == ConsentKind.left_list)
        )
        on_lists = (
            select(_standing.c.subscriber_id, _places.c.list_id)
            .join(_standing, _standing.c.id == _places.c.subscription_id)
            .where(_standing.c.subscriber_id.in_(keys))
            .order_by(_standing.c.id, _places.c.list_id)
        )
        for person, place in self.session.execute(on_lists):
            if joined.get((person, place), 0) <= left.get((person, place), 0):
                detail = f"it is on list {place}, and no event says so."
                yield Finding(Tampering.changed, f"subscriber {person}", detail)

    def _unsuppressed(
        self,
        rows: dict[int, Row[Any]],
        revoked: dict[int, int],
        joined: dict[tuple[int, int | None], int],
    ) -> Iterator[Finding]:
        back: dict[int, int] = {}
        for (person, _), event in joined.items():
            back[person] = max(event, back.get(person, 0))
        # Of an erased person nothing ties the row to the hash that stays suppressed.
        gone = {
            person: event
            for person, event in revoked.items()
            if event > back.get(person, 0) and rows[person].erased_at is None
        }
        hashes = [rows[person].number_hash for person in gone]
        kept = set(
            self.session.execute(
                select(_suppressed.c.number_hash).where(
                    _suppressed.c.organization_id == self.organization_id,
                    _suppressed.c.number_hash.in_(hashes),
                )
            ).scalars()
        )
        for person, event in gone.items():
            if rows[person].number_hash not in kept:
                detail = f"consent event {event} revoked everything, and it is not suppressed."
                yield Finding(Tampering.changed, f"subscriber {person}", detail)
