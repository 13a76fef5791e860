"""Verifying the log, row by row: what each leaf says against the row that it is about."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Table, select
from sqlmodel import Session, SQLModel

from compliance.verifying import Finding, Ids, Tally, Tampering
from models.consent import ConsentEvent, ConsentEvidence
from models.delivery import Delivery
from models.leaves import audit_leaf, commitment, consent_leaf, instant
from models.log import AuditEvent

CHUNK = 1_000
Leaf = dict[str, Any]


@dataclass(slots=True)
class Fact:
    """A kind of leaf: the table that it is about, and how the two are compared.

    `judge` gives what differs as a sentence, or "" when all is well; `seen` are the rows that
    have their leaf.
    """

    noun: str
    key: str  # the leaf's member that holds the row's id
    when: str  # the leaf's member that holds its time
    table: Table
    judge: Callable[[Leaf, Row[Any]], str]
    seen: Ids = field(default_factory=Ids)
    gone: Ids = field(default_factory=Ids)


def facts() -> dict[str, Fact]:
    """The facts by the `type` of their leaves."""
    consent, audit, delivery = _table(ConsentEvent), _table(AuditEvent), _table(Delivery)
    return {
        "consent": Fact("consent event", "event", "occurred_at", consent, _judge(consent_leaf)),
        "audit": Fact("audit event", "event", "occurred_at", audit, _judge(audit_leaf)),
        "submission": Fact("delivery", "delivery", "submitted_at", delivery, _judge_submission),
    }


@dataclass(frozen=True, slots=True)
class Rows:
    """Compares one organization's rows with its leaves."""

    session: Session
    organization_id: int
    facts: dict[str, Fact]
    tally: Tally

    def of_leaves(self, leaves: Iterable[tuple[str, Leaf]]) -> Iterator[Finding]:
        """Each leaf of a chunk, given as (where it stands, content), against its row."""
        by_type: dict[str, list[tuple[str, Leaf]]] = {}
        for where, leaf in leaves:
            by_type.setdefault(leaf["type"], []).append((where, leaf))
        for name, some in by_type.items():
            fact = self.facts[name]
            rows = self._read(fact, {leaf[fact.key] for _, leaf in some})
            for where, leaf in some:
                yield from self._of_leaf(fact, where, leaf, rows)

    def _of_leaf(
        self, fact: Fact, where: str, leaf: Leaf, rows: Mapping[int, Row[Any] | None]
    ) -> Iterator[Finding]:
        key: int = leaf[fact.key]
        subject = f"{fact.noun} {key}"
        if key not in rows:
            if fact.gone.add(key):
                yield Finding(Tampering.deleted, subject, f"the row is gone; its leaf is {where}.")
            return
        row = rows[key]
        if row is None:
            fact.seen.add(key)
            yield Finding(Tampering.changed, subject, "the row holds what Marquee never writes.")
            return
        if leaf["type"] == "submission":
            if row.submitted_at is not None and leaf["submitted_at"] == instant(row.submitted_at):
                fact.seen.add(key)
        elif not fact.seen.add(key):
            yield Finding(Tampering.inserted, subject, f"it has a second leaf, {where}.")
        if difference := fact.judge(leaf, row):
            fact.seen.add(key)
            yield Finding(Tampering.changed, subject, f"{difference} ({where}).")

    def without_leaf(self) -> Iterator[Finding]:
        """The rows that have no leaf, and the evidence of consent events."""
        for name, fact in self.facts.items():
            table = fact.table
            query = select(table.c.id).where(table.c.organization_id == self.organization_id)
            if name == "submission":
                query = query.where(table.c.submitted_at.is_not(None))
            for keys in self._chunks(table, query):
                self._count(name, len(keys))
                for key in keys:
                    if key not in fact.seen:
                        yield Finding(
                            Tampering.inserted, f"{fact.noun} {key}", "it has no leaf in the log."
                        )
                if name == "consent":
                    yield from self._evidence(keys)
        yield from self._orphans()

    def _evidence(self, keys: list[int]) -> Iterator[Finding]:
        events, pieces = self.facts["consent"].table, _table(ConsentEvidence)
        promised = dict(
            tuple(row)
            for row in self.session.execute(
                select(events.c.id, events.c.commitment).where(events.c.id.in_(keys))
            )
        )
        found = _tolerant(self.session, pieces, pieces.c.consent_event_id, keys)
        for key in keys:
            subject = f"consent event {key}"
            piece = found.get(key)
            if key not in found:
                yield Finding(Tampering.evidence, subject, "its evidence is gone.")
            elif piece is None or piece.organization_id != self.organization_id:
                yield Finding(Tampering.evidence, subject, "its evidence cannot be read.")
            elif piece.salt is None and piece.content is None and piece.erased_at is not None:
                self.tally.erased += 1
            elif not _fits(piece.salt, piece.content, promised[key]):
                yield Finding(
                    Tampering.evidence, subject, "its evidence is not what the event commits to."
                )

    def _orphans(self) -> Iterator[Finding]:
        """Evidence whose event was deleted together with its leaf."""
        events, pieces = self.facts["consent"], _table(ConsentEvidence)
        lost = (
            select(pieces.c.consent_event_id)
            .outerjoin(events.table, events.table.c.id == pieces.c.consent_event_id)
            .where(pieces.c.organization_id == self.organization_id, events.table.c.id.is_(None))
        )
        for key in self.session.execute(lost).scalars():
            if key not in events.gone:
                subject = f"consent event {key}"
                yield Finding(Tampering.deleted, subject, "the row is gone; its evidence is left.")

    def _chunks(self, table: Table, query: Any) -> Iterator[list[int]]:
        last = None
        while True:
            more = query if last is None else query.where(table.c.id > last)
            keys = list(self.session.execute(more.order_by(table.c.id).limit(CHUNK)).scalars())
            if not keys:
                return
            yield keys
            last = keys[-1]

    def _read(self, fact: Fact, keys: Iterable[Any]) -> dict[int, Row[Any] | None]:
        wanted = [key for key in keys if isinstance(key, int)]
        rows = _tolerant(self.session, fact.table, fact.table.c.id, wanted)
        mine = self.organization_id
        return {k: row for k, row in rows.items() if row is None or row.organization_id == mine}

    def _count(self, name: str, rows: int) -> None:
        column = {"consent": "consent_events", "audit": "acts", "submission": "submissions"}[name]
        setattr(self.tally, column, getattr(self.tally, column) + rows)


def _judge(rebuild: Callable[[Any], bytes]) -> Callable[[Leaf, Row[Any]], str]:
    def judge(leaf: Leaf, row: Row[Any]) -> str:
        try:
            says: Leaf = json.loads(rebuild(row))
        except (ValueError, TypeError, AttributeError):
            return "the row holds what Marquee never writes"
        names = [name for name in says.keys() | leaf.keys() if says.get(name) != leaf.get(name)]
        return ", ".join(_differs(name, says.get(name), leaf.get(name)) for name in sorted(names))

    return judge


def _judge_submission(leaf: Leaf, row: Row[Any]) -> str:
    """A delivery keeps its latest submission only; each earlier one was before that."""
    says = {"broadcast": row.broadcast_id, "subscriber": row.subscriber_id}
    last = None if row.submitted_at is None else instant(row.submitted_at)
    if last == leaf["submitted_at"]:
        says["consent"] = row.consent_event_id
    names = [name for name in says if says[name] != leaf.get(name)]
    found = [_differs(name, says[name], leaf.get(name)) for name in names]
    if last is None or last < leaf["submitted_at"]:
        found.append(_differs("submitted_at", last, leaf["submitted_at"]))
    return ", ".join(found)


def _differs(name: str, row: object, leaf: object) -> str:
    return f"{name} is {json.dumps(row)}, and the log says {json.dumps(leaf)}"


def _fits(salt: object, content: object, promised: str) -> bool:
    try:
        assert isinstance(salt, str)
        return commitment(bytes.fromhex(salt), content) == promised  # type: ignore[arg-type]
    except (AssertionError, ValueError, TypeError):
        return False


def _tolerant(
    session: Session, table: Table, column: Any, keys: list[int]
) -> dict[int, Row[Any] | None]:
    """The rows with those keys; None for one that holds what its columns cannot (by hand, on
    SQLite, everything can be written anywhere)."""
    query = select(table, column.label("looked_up")).where(column.in_(keys))
    try:
        return {row.looked_up: row for row in session.execute(query)}
    except (LookupError, ValueError, TypeError):
        if len(keys) == 1:
            return {keys[0]: None}
    middle = len(keys) // 2
    return _tolerant(session, table, column, keys[:middle]) | _tolerant(
        session, table, column, keys[middle:]
    )


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
