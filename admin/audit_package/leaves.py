"""Writes the log of an organization for one program: its own leaves whole, the others' hashes.

One pass over the leaves in their order, a batch in memory. What a leaf says becomes a row of
events, submissions or acts; the evidence of an event stands beside it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Row, select
from sqlmodel import Session, col

from models import Broadcast, ConsentEvidence, LogLeaf, Program, Subscription
from models.consent import REVOCATIONS
from models.leaves import instant

BATCH = 5_000
LEAVES, EVIDENCE = "leaves.jsonl", "evidence.jsonl"
ROWS = {
    "consent": "events.jsonl",
    "submission": "submissions.jsonl",
    "notice": "submissions.jsonl",
    "audit": "acts.jsonl",
    "disclosure": "disclosures.jsonl",
}
FILES = (LEAVES, EVIDENCE, *dict.fromkeys(ROWS.values()))
# Told how many leaves are done, and how many there are.
Advance = Callable[[int, int], None]


@dataclass(slots=True)
class Tally:
    """What a report counts: rows by kind, and joins, leaves and messages by (UTC) day."""

    rows: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)

    def add(self, fact: dict[str, Any]) -> None:
        kind = fact["type"]
        self.rows[kind] += 1
        if kind in ("submission", "notice"):
            self.messages[fact["submitted_at"][:10]] += 1
        elif fact.get("kind") == "opted_in":
            self.joined[fact["occurred_at"][:10]] += 1
        elif fact.get("kind") in REVOCATIONS:
            self.left[fact["occurred_at"][:10]] += 1


class LeafWriter:
    """Writes the files of one program into `folder`."""

    def __init__(self, session: Session, program: Program, folder: Path) -> None:
        self._session, self._program, self._folder = session, program, folder
        self._files: dict[str, TextIO] = {}
        self._broadcasts = frozenset(
            session.execute(
                select(col(Broadcast.id)).where(col(Broadcast.program_id) == program.id)
            ).scalars()
        )
        self.tally = Tally()

    def write(self, tree_size: int, advance: Advance) -> None:
        """Write the first `tree_size` leaves; `advance` is told how far it is."""
        done = 0
        try:
            for name in FILES:
                path = self._folder / name
                self._files[name] = path.open("w", encoding="utf-8", newline="\n")
            for batch in _batches(self._session, self._program.organization_id, tree_size):
                self._write(batch)
                done += len(batch)
                advance(done, tree_size)
        finally:
            for file in self._files.values():
                file.close()

    def _write(self, batch: list[Row[Any]]) -> None:
        facts = [_fact(row.leaf) for row in batch]
        people = self._people(facts)
        own = [self._is_own(fact, people) for fact in facts]
        self._write_evidence(
            [
                fact["event"]
                for fact, is_own in zip(facts, own, strict=True)
                if is_own and fact["type"] == "consent"
            ]
        )
        leaves = []
        for row, fact, is_own in zip(batch, facts, own, strict=True):
            place = f'{{"index":{row.leaf_index},'
            if not is_own:
                leaves.append(f'{place}"hash":"{row.leaf_hash.hex()}"}}\n')
                continue
            leaf = row.leaf.decode(errors="replace")
            leaves.append(f'{place}"leaf":{json.dumps(leaf, ensure_ascii=False)}}}\n')
            if fact["type"] not in ROWS:
                continue
            # The leaf is a JSON object, and the row is the same one with its place in front.
            self._files[ROWS[fact["type"]]].write(f'{{"leaf_index":{row.leaf_index},{leaf[1:]}\n')
            self.tally.add(fact)
        self._files[LEAVES].writelines(leaves)

    def _is_own(self, fact: dict[str, Any], people: set[int]) -> bool:
        """Whether a leaf is of this program. What revokes everything is of each program that the
        person ever asked to join; what a member did is of all programs, unless it names one."""
        program_id = self._program.id
        if fact["type"] not in ROWS:
            return True  # somebody damaged it: shown as it is, so that it is found
        if fact["type"] == "submission":
            return fact["broadcast"] in self._broadcasts
        if fact["type"] == "audit":
            return self._is_own_act(fact["subject"])
        if fact["program"] is None:
            return fact["subscriber"] in people
        return bool(fact["program"] == program_id)

    def _is_own_act(self, subject: dict[str, Any]) -> bool:
        if (broadcast := subject.get("broadcast")) is not None:
            return broadcast in self._broadcasts
        return subject.get("program") in (None, self._program.id, self._program.slug)

    def _people(self, facts: list[dict[str, Any]]) -> set[int]:
        """Who of a batch's revocations of everything was ever in the program."""
        ids = {
            fact["subscriber"]
            for fact in facts
            if fact["type"] == "consent" and fact["program"] is None
        }
        return set(
            self._session.execute(
                select(col(Subscription.subscriber_id)).where(
                    col(Subscription.program_id) == self._program.id,
                    col(Subscription.subscriber_id).in_(ids),
                )
            ).scalars()
        )

    def _write_evidence(self, event_ids: list[int]) -> None:
        rows = self._session.execute(
            select(
                col(ConsentEvidence.consent_event_id),
                col(ConsentEvidence.salt),
                col(ConsentEvidence.content),
                col(ConsentEvidence.erased_at),
            ).where(col(ConsentEvidence.consent_event_id).in_(event_ids))
        )
        known = {row.consent_event_id: row for row in rows}
        for event_id in event_ids:
            row = known.get(event_id)
            if row is None:
                continue  # somebody deleted it: the gap is found
            line = {
                "event": event_id,
                "salt": row.salt,
                "content": row.content,
                "erased_at": instant(row.erased_at) if row.erased_at else None,
            }
            self._files[EVIDENCE].write(_json(line) + "\n")


def _batches(session: Session, organization_id: int, tree_size: int) -> Iterator[list[Row[Any]]]:
    """The leaves in order, by their key, so that the last batch costs what the first one does."""
    index = col(LogLeaf.leaf_index)
    for start in range(0, tree_size, BATCH):
        end = min(start + BATCH, tree_size)
        yield list(
            session.execute(
                select(index, col(LogLeaf.leaf), col(LogLeaf.leaf_hash))
                .where(col(LogLeaf.organization_id) == organization_id, index >= start, index < end)
                .order_by(index)
            )
        )


def _fact(leaf: bytes) -> dict[str, Any]:
    """What a leaf says; one that says nothing readable is of the type "damaged"."""
    try:
        fact = json.loads(leaf)
    except ValueError:
        fact = None
    return fact if isinstance(fact, dict) and "type" in fact else {"type": "damaged"}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
