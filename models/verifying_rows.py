"""Verifying the log, row by row: what each leaf says against the row that it is about."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Table
from sqlmodel import Session

from compliance.verifying import Finding, Ids, Tally, Tampering
from models.base import table_of
from models.consent import ConsentEvent, Disclosure
from models.delivery import Delivery, DeliveryStatus
from models.leaves import audit_leaf, consent_leaf, disclosure_leaf, instant
from models.log import AuditEvent
from models.outgoing import Notice, NoticeStatus
from models.verifying_evidence import Erasures, of_events, of_nothing
from models.verifying_tables import Leaf, in_chunks, tolerant

# What was in the provider's hands, whatever came of it: without a submission nothing gets there.
_HANDED_OVER = {
    "submission": (
        DeliveryStatus.accepted,
        DeliveryStatus.sent,
        DeliveryStatus.delivered,
        DeliveryStatus.undelivered,
        DeliveryStatus.unknown,
    ),
    "notice": (NoticeStatus.sent,),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A leaf that could be read: where it stands, its bytes, and what it says."""

    where: str
    raw: bytes
    content: Leaf


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
    judge: Callable[[Said, Row[Any]], str]
    seen: Ids = field(default_factory=Ids)
    gone: Ids = field(default_factory=Ids)

    @property
    def is_message(self) -> bool:
        """Whether a row may have a leaf for each time that it was handed over, or none yet."""
        return self.when == "submitted_at"


def facts() -> dict[str, Fact]:
    """The facts by the `type` of their leaves."""
    at, handed = "occurred_at", "submitted_at"
    of_delivery = {"broadcast": "broadcast_id", "subscriber": "subscriber_id"}
    of_notice = {"program": "program_id", "subscriber": "subscriber_id", "sender": "sender_id"}
    return {
        "consent": Fact("consent event", "event", at, table_of(ConsentEvent), _as(consent_leaf)),
        "audit": Fact("audit event", "event", at, table_of(AuditEvent), _as(audit_leaf)),
        "disclosure": Fact(
            "disclosure", "disclosure", at, table_of(Disclosure), _as(disclosure_leaf)
        ),
        "submission": Fact(
            "delivery", "delivery", handed, table_of(Delivery), _as_message(of_delivery)
        ),
        "notice": Fact("notice", "notice", handed, table_of(Notice), _as_message(of_notice)),
    }


@dataclass(frozen=True, slots=True)
class Rows:
    """Compares one organization's rows with its leaves."""

    session: Session
    organization_id: int
    facts: dict[str, Fact]
    tally: Tally
    erasures: Erasures = field(default_factory=Erasures)

    def of_leaves(self, leaves: Iterable[Said]) -> Iterator[Finding]:
        """Each leaf of a chunk against its row."""
        by_type: dict[str, list[Said]] = {}
        for said in leaves:
            by_type.setdefault(said.content["type"], []).append(said)
        for name, some in by_type.items():
            fact = self.facts[name]
            rows = self._read(fact, {said.content[fact.key] for said in some})
            for said in some:
                if name == "audit":
                    self.erasures.see(said.content)
                yield from self._of_leaf(fact, said, rows)

    def _of_leaf(
        self, fact: Fact, said: Said, rows: Mapping[int, Row[Any] | None]
    ) -> Iterator[Finding]:
        key: int = said.content[fact.key]
        subject = f"{fact.noun} {key}"
        if key not in rows:
            if fact.gone.add(key):
                detail = f"the row is gone; its leaf is {said.where}."
                yield Finding(Tampering.deleted, subject, detail)
            return
        row = rows[key]
        if row is None:
            fact.seen.add(key)
            yield Finding(Tampering.changed, subject, "the row holds what Marquee never writes.")
            return
        if fact.is_message:
            # Its latest submission is the last leaf, also if the clock was set back in between.
            is_latest = said.content["submitted_at"] == _moment(row.submitted_at)
            (fact.seen.add if is_latest else fact.seen.discard)(key)
        elif not fact.seen.add(key):
            yield Finding(Tampering.inserted, subject, f"it has a second leaf, {said.where}.")
        if difference := fact.judge(said, row):
            fact.seen.add(key)
            yield Finding(Tampering.changed, subject, f"{difference} ({said.where}).")

    def without_leaf(self) -> Iterator[Finding]:
        """The rows that have no leaf, and the evidence of consent events."""
        for name, fact in self.facts.items():
            table = fact.table
            wanted = table.c.organization_id == self.organization_id
            # Disclosures from before they had leaves are older than the first that has one.
            must = name != "disclosure"
            for keys in in_chunks(self.session, table.c.id, wanted & self._has_leaf(name, table)):
                self._count(name, len(keys))
                for key in keys:
                    must = must or key in fact.seen
                    if must and key not in fact.seen:
                        detail = "it has no leaf in the log."
                        yield Finding(Tampering.inserted, f"{fact.noun} {key}", detail)
                if name == "consent":
                    mine = self.organization_id
                    yield from of_events(self.session, mine, keys, self.erasures, self.tally)
        gone = self.facts["consent"].gone
        yield from of_nothing(self.session, self.organization_id, gone)

    def _has_leaf(self, name: str, table: Table) -> ColumnElement[bool]:
        """Which rows must have a leaf. A message gets it when it was handed over: one that is
        just being sent may have none yet, or only that of an earlier try."""
        if name not in _HANDED_OVER:
            return table.c.id.is_not(None)
        must = table.c.submitted_at.is_not(None)
        if name == "submission":
            return must | table.c.status.in_(_HANDED_OVER[name])
        # Notices that were sent before they had leaves are about no program.
        return must | (table.c.status.in_(_HANDED_OVER[name]) & table.c.program_id.is_not(None))

    def _read(self, fact: Fact, keys: Iterable[Any]) -> dict[int, Row[Any] | None]:
        rows = tolerant(self.session, fact.table, fact.table.c.id, list(keys))
        mine = self.organization_id
        return {k: row for k, row in rows.items() if row is None or row.organization_id == mine}

    def _count(self, name: str, rows: int) -> None:
        column = {
            "consent": "consent_events",
            "audit": "acts",
            "disclosure": "disclosures",
            "submission": "submissions",
            "notice": "submissions",
        }[name]
        setattr(self.tally, column, getattr(self.tally, column) + rows)


def _as(rebuild: Callable[[Any], bytes]) -> Callable[[Said, Row[Any]], str]:
    """Judges rows that never change: the leaf that they would get now is the one that they got."""

    def judge(said: Said, row: Row[Any]) -> str:
        try:
            now = rebuild(row)
            if now == said.raw:
                return ""
            says: Leaf = json.loads(now)
        except (ValueError, TypeError, AttributeError):
            return "the row holds what Marquee never writes"
        leaf = said.content
        names = [name for name in says.keys() | leaf.keys() if says.get(name) != leaf.get(name)]
        differs = [_differs(name, says.get(name), leaf.get(name)) for name in sorted(names)]
        return ", ".join(differs) or "its leaf is not written as Marquee writes it"

    return judge


def _as_message(columns: dict[str, str]) -> Callable[[Said, Row[Any]], str]:
    """Judges rows of messages: `columns` (by the leaf's names) never change; when and under which
    consent are those of the latest submission. That of an earlier try may be later by a clock that
    was set back since."""

    def judge(said: Said, row: Row[Any]) -> str:
        leaf = said.content
        says = {name: getattr(row, column) for name, column in columns.items()}
        last, is_under_way = _moment(row.submitted_at), row.status == "sending"
        if last == leaf["submitted_at"] and not is_under_way:
            says["consent"] = row.consent_event_id
        found = [
            _differs(name, said, leaf.get(name))
            for name, said in says.items()
            if said != leaf.get(name)
        ]
        is_moved_back = last is not None and last < leaf["submitted_at"]
        if (last is None and not is_under_way) or (is_moved_back and not _is_earlier(leaf, row)):
            found.append(_differs("submitted_at", last, leaf["submitted_at"]))
        return ", ".join(found)

    return judge


def _is_earlier(leaf: Leaf, row: Row[Any]) -> bool:
    """Whether another try came after the leaf's, as the row says, whose number of tries may have
    been written by hand: then the last leaf is that of no submission that the row tells of."""
    tries = leaf.get("attempt"), row.attempts
    return all(isinstance(number, int) for number in tries) and tries[0] < tries[1]


def _moment(value: Any) -> str | None:
    return None if value is None else instant(value)


def _differs(name: str, row: object, leaf: object) -> str:
    return f"{name} is {json.dumps(row)}, and the log says {json.dumps(leaf)}"
