"""Verifying the log of one organization: leaves, tree, checkpoints and rows against each other.

Everything is recomputed from the rows, in a bounded amount of memory, and each finding names what
it is about. What this rests on, and what it cannot tell, is in docs/LOG.md.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from compliance.merkle import Frontier, leaf_hash
from compliance.verifying import Finding, Tally, Tampering, out_of_order
from models.leaves import instant
from models.log import LINE, LogLeaf, TreeHead, Unsealed
from models.verifying_checkpoints import Signed
from models.verifying_disclosures import disclosures_changed
from models.verifying_people import People
from models.verifying_rows import Rows, Said, facts
from models.verifying_tables import CHUNK, Leaf, as_stored, stored_bytes

# A fact gets its leaf in its own transaction, and is sealed within seconds. One that is this much
# older than the round of sealing before its own was not written when it says.
_LATE = timedelta(hours=1)
_MOST_NAMED = 20
_MOST_EXCHANGED = 80  # so many leaves are tried pair by pair, in well under a second
_MOST_REMEMBERED = 20_000
_WAITING_ROWS = 100  # of a dozen leaves each


@dataclass(frozen=True, slots=True)
class _Place:
    """A leaf since the last good checkpoint, for saying which events a wrong root is about."""

    type: str
    noun: str
    key: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.noun} {self.key}"


class LogVerification:
    """Call `findings` once, in a transaction that sees one moment of the database."""

    def __init__(self, session: Session, organization_id: int) -> None:
        self.tally = Tally()
        self._session, self._organization_id = session, organization_id
        self._facts = facts()
        self._rows = Rows(session, organization_id, self._facts, self.tally)
        self._seals = Signed(session, organization_id)
        self._unread: list[Finding] = []  # about checkpoints whose rows cannot be read
        self._frontier = Frontier()
        self._is_whole = True  # until a root is wrong: then every later one is, too
        self._since: list[_Place] = []
        self._signed, self._edge_then = 0, b""  # the tree at the last checkpoint passed
        self._round_before = ""  # the latest time at which everything known then was sealed

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong, as it is found; nothing when all is well."""
        yield from self._seals.read_keys()
        checkpoints = self._checkpoints()
        coming = next(checkpoints, None)
        last: Row[Any] | None = None
        for chunk in self._leaves():
            known: list[Said] = []
            for index, leaf, stored in chunk:
                yield from self._place(index, leaf, stored, known, coming)
                while coming is not None and coming.tree_size <= self.tally.leaves:
                    yield from self._checkpoint(coming, last)
                    last, coming = coming, next(checkpoints, None)
            yield from self._rows.of_leaves(known)
        while coming is not None:
            detail = f"it was signed, and the log has {self.tally.leaves:,} leaves."
            subject = f"checkpoint of size {coming.tree_size}"
            yield Finding(Tampering.truncated, subject, detail)
            last, coming = coming, next(checkpoints, None)
        yield from self._unread
        yield from self._seals.keys_differ()
        yield from self._edge(last)
        yield from self._waiting(last)
        yield from self._rows.without_leaf()
        yield from disclosures_changed(self._session, self._organization_id)
        yield from People(self._session, self._organization_id, self._rows.erasures).findings()

    def _place(
        self, index: int, leaf: bytes, stored: bytes, known: list[Said], sealed_by: Row[Any] | None
    ) -> Iterator[Finding]:
        """One leaf at its place in the tree, and the checkpoint that signs it there."""
        expected = self.tally.leaves
        if not isinstance(index, int):
            yield Finding(Tampering.log, f"leaf {index!r}", "its place is no number.")
            return
        if index != expected:
            self._is_whole = False
            missing = (
                f"leaves {expected}–{index - 1}" if index > expected + 1 else f"leaf {expected}"
            )
            yield Finding(Tampering.deleted, missing, "there is no such row in the log.")
        self.tally.leaves = index + 1
        content = _parse(leaf, self._facts)
        place = None if content is None else self._place_of(content, stored)
        if content is None or place is None:
            yield Finding(Tampering.log, f"leaf {index}", "it is not what Marquee writes.")
        else:
            known.append(Said(f"leaf {index}", leaf, content))
            if len(self._since) < _MOST_REMEMBERED:
                self._since.append(place)
            yield from self._backdated(place, content, f"sealed as leaf {index}", sealed_by)
        if leaf_hash(leaf) != stored:
            what = f"leaf {index}" + (f", {place}" if place else "")
            yield Finding(Tampering.log, what, "its hash is not that of its content.")
        self._frontier.append(stored)

    def _checkpoint(self, row: Row[Any], last: Row[Any] | None) -> Iterator[Finding]:
        """A checkpoint whose size the tree has just reached."""
        self.tally.checkpoints += 1
        subject = f"checkpoint of size {row.tree_size}"
        root, problems = self._seals.read(row, last.tree_size if last else 0)
        yield from problems
        if self._is_whole and self.tally.leaves == row.tree_size:
            if self._frontier.root() != root:
                self._is_whole = False
                yield from self._wrong_root(row.tree_size, root)
        elif self._is_whole:
            self._is_whole = False
            yield Finding(Tampering.log, subject, "no tree has this size.")
        self._since.clear()
        self._signed, self._edge_then = row.tree_size, self._frontier.dump()
        if last is not None and last.created_at < row.created_at:
            self._round_before = instant(last.created_at - _LATE)

    def _wrong_root(self, size: int, root: bytes) -> Iterator[Finding]:
        """The leaves since the checkpoint before are not those that were signed: say which."""
        span = f"leaves {self._signed}–{size - 1} are not those that were signed"
        if exchanged := self._exchanged(size, root):
            first, second = exchanged
            detail = f"its leaf and that of {second} were exchanged; {span}."
            yield Finding(Tampering.reordered, str(first), detail)
            return
        moved = [
            str(one)
            for name in self._facts
            for some in [{one.key: one for one in self._since if one.type == name}]
            for one in (some[key] for key in out_of_order(list(some)))
        ]
        for name in moved[:_MOST_NAMED]:
            yield Finding(Tampering.reordered, name, f"it is out of its order; {span}.")
        if not moved:
            yield Finding(Tampering.log, f"checkpoint of size {size}", f"{span}: {self._named()}.")

    def _exchanged(self, size: int, root: bytes) -> tuple[_Place, _Place] | None:
        """The two leaves that must be exchanged back for the root to be right."""
        if len(self._since) != size - self._signed or len(self._since) > _MOST_EXCHANGED:
            return None
        for one, other in combinations(range(len(self._since)), 2):
            hashes = [place.hash for place in self._since]
            hashes[one], hashes[other] = hashes[other], hashes[one]
            frontier = Frontier.load(self._signed, self._edge_then)
            for each in hashes:
                frontier.append(each)
            if frontier.root() == root:
                return self._since[other], self._since[one]
        return None

    def _named(self) -> str:
        names = ", ".join(map(str, self._since[:_MOST_NAMED]))
        more = len(self._since) - _MOST_NAMED
        return names + (f" and {more:,} more" if more > 0 else "")

    def _edge(self, last: Row[Any] | None) -> Iterator[Finding]:
        """Where the tree ends: the newest checkpoint, and the tree head that sealing builds on."""
        size = self.tally.leaves
        if size > (last.tree_size if last else 0):
            detail = f"no checkpoint was signed for it: {self._named()}."
            yield Finding(Tampering.inserted, f"leaf {self._signed} and after", detail)
        head = self._session.get(TreeHead, self._organization_id)
        known = (head.size, head.peaks) if head else (0, b"")
        if self._is_whole and known != (size, self._frontier.dump()):
            yield Finding(Tampering.log, "tree head", f"it does not fit the {size:,} leaves.")

    def _waiting(self, last: Row[Any] | None) -> Iterator[Finding]:
        """Leaves that are not sealed yet."""
        self._round_before = instant(last.created_at - _LATE) if last else ""
        after = 0
        while True:
            rows = self._session.execute(
                select(col(Unsealed.id), col(Unsealed.number), as_stored(col(Unsealed.leaves)))
                .where(col(Unsealed.organization_id) == self._organization_id)
                .where(col(Unsealed.id) > after)
                .order_by(col(Unsealed.id))
                .limit(_WAITING_ROWS)
            ).all()
            if not rows:
                return
            known = []
            for where, leaf in _each(rows):
                self.tally.waiting += 1
                if (content := _parse(leaf, self._facts)) is None:
                    yield Finding(Tampering.log, where, "it is not what Marquee writes.")
                    continue
                known.append(Said(where, leaf, content))
                place = self._place_of(content, b"")
                yield from self._backdated(place, content, "waiting to be sealed")
            for row in rows:
                yield from _miscounted(row)
            after = rows[-1].id
            yield from self._rows.of_leaves(known)

    def _place_of(self, leaf: Leaf, stored: bytes) -> _Place:
        fact = self._facts[leaf["type"]]
        return _Place(leaf["type"], fact.noun, leaf[fact.key], stored)

    def _backdated(
        self, place: _Place, leaf: Leaf, where: str, sealed_by: Row[Any] | None = None
    ) -> Iterator[Finding]:
        said = leaf[self._facts[place.type].when]
        if said >= self._round_before:
            return
        detail = f"it says {said}, and came long after what is older was sealed; {where}."
        # An honest cause, which the finding stays beside: whoever can set the clock can use it.
        if sealed_by is not None and said >= instant(sealed_by.created_at - _LATE):
            then = instant(sealed_by.created_at)
            detail += (
                f" The clock had been set back: checkpoint of size {sealed_by.tree_size} was "
                f"signed at {then}, and one before it later than that (docs/LOG.md)."
            )
        yield Finding(Tampering.backdated, str(place), detail)

    def _leaves(self) -> Iterator[list[tuple[int, bytes, bytes]]]:
        after = -(2**62)
        contents = as_stored(col(LogLeaf.leaf)), as_stored(col(LogLeaf.leaf_hash))
        while True:
            rows = self._session.execute(
                select(col(LogLeaf.leaf_index), *contents)
                .where(col(LogLeaf.organization_id) == self._organization_id)
                .where(col(LogLeaf.leaf_index) > after)
                .order_by(col(LogLeaf.leaf_index))
                .limit(CHUNK)
            ).all()
            if not rows:
                return
            yield [(index, stored_bytes(leaf), stored_bytes(kept)) for index, leaf, kept in rows]
            after = rows[-1].leaf_index

    def _checkpoints(self) -> Iterator[Row[Any]]:
        for row in self._seals.rows():
            if isinstance(row, Finding):
                self._unread.append(row)
            else:
                yield row


def _each(rows: Sequence[Row[Any]]) -> Iterator[tuple[str, bytes]]:
    """The leaves that wait in these rows, and where."""
    for row in rows:
        leaves = stored_bytes(row.leaves).split(LINE)
        for line, leaf in enumerate(leaves, 1):
            more = f", line {line}" if len(leaves) > 1 else ""
            yield f"waiting leaf {row.id}{more}", leaf


def _miscounted(row: Row[Any]) -> Iterator[Finding]:
    held = stored_bytes(row.leaves).count(LINE) + 1
    if row.number != held:
        detail = f"it says that it holds {row.number!r} leaves, and holds {held}."
        yield Finding(Tampering.log, f"waiting row {row.id}", detail)


def _parse(leaf: bytes, known: dict[str, Any]) -> Leaf | None:
    """What a leaf says; None if it is not of a kind that Marquee writes."""
    try:
        content = json.loads(leaf.decode())
        fact = known[content["type"]]
        is_one = isinstance(content[fact.key], int) and isinstance(content[fact.when], str)
    except (ValueError, TypeError, KeyError):
        return None
    return content if is_one else None
