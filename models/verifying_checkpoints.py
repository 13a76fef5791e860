"""Verifying the checkpoints of one organization, and the keys that signed them.

Each checkpoint says which one came before it, when it was signed, and when its key was made
(compliance.notes.Circumstances); those of before that was written say nothing about it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from compliance.notes import BadNote, VerifierKey, circumstances, parse_checkpoint, signers, verify
from compliance.verifying import Finding, Tampering
from models.base import table_of
from models.leaves import instant
from models.log import Checkpoint, SigningKey
from models.verifying_tables import CHUNK, tolerant

_table, _keys = table_of(Checkpoint), table_of(SigningKey)


@dataclass(slots=True)
class _Key:
    """A row of a key, and what the checkpoints say about it."""

    row: Row[Any]
    verifier: VerifierKey
    signed: int = 0
    made: str | None = None  # when, as its first checkpoint says


@dataclass(slots=True)
class Signed:
    """Reads checkpoints in the order of their sizes; call `keys_differ` at the end."""

    session: Session
    organization_id: int
    _keys: list[_Key] = field(default_factory=list)
    _unknown: Counter[bytes] = field(default_factory=Counter)

    def read_keys(self) -> Iterator[Finding]:
        """The public halves; call it first."""
        mine = _keys.c.organization_id == self.organization_id
        ids = list(
            self.session.execute(select(_keys.c.id).where(mine).order_by(_keys.c.id)).scalars()
        )
        for key, row in sorted(tolerant(self.session, _keys, _keys.c.id, ids).items()):
            try:
                if row is None:
                    raise BadNote("")
                self._keys.append(_Key(row, VerifierKey(row.name, row.public_key)))
            except (BadNote, TypeError):
                yield Finding(Tampering.signature, f"key {key}", "it is not an Ed25519 key.")

    def rows(self) -> Iterator[Row[Any] | Finding]:
        """The checkpoints, or what is wrong with one that cannot be read."""
        mine = _table.c.organization_id == self.organization_id
        after = None
        while True:
            more = mine if after is None else mine & (_table.c.tree_size > after)
            query = select(_table.c.id, _table.c.tree_size).where(more)
            found = self.session.execute(query.order_by(_table.c.tree_size).limit(CHUNK)).all()
            if not found:
                return
            rows = tolerant(self.session, _table, _table.c.id, [key for key, _ in found])
            for key, size in found:
                row = rows.get(key)
                if row is not None and isinstance(size, int):
                    yield row
                    continue
                detail = "the row holds what Marquee never writes."
                yield Finding(Tampering.changed, f"checkpoint of size {size}", detail)
            after = found[-1].tree_size

    def read(self, row: Row[Any], before: int) -> tuple[bytes, list[Finding]]:
        """The root that was signed, or else that of the row; and what is wrong. `before` is the
        size of the checkpoint that stands before it, 0 if none does."""
        subject = f"checkpoint of size {row.tree_size}"
        try:
            key, text = self._open(row.note)
            head = parse_checkpoint(text)
        except _UnknownKey as problem:
            self._unknown[problem.key_id] += 1
            is_first = self._unknown[problem.key_id] == 1
            found = [Finding(Tampering.signature, subject, str(problem))] if is_first else []
            return row.root_hash, found
        except BadNote as problem:
            return row.root_hash, [Finding(Tampering.signature, subject, str(problem))]
        found = []
        if (head.origin, head.size, head.root) != (
            self._keys[0].verifier.name,
            row.tree_size,
            row.root_hash,
        ):
            detail = f"its row and its note differ: the note says {head.origin}, {head.size}."
            found.append(Finding(Tampering.changed, subject, detail))
        key.signed += 1
        if (about := circumstances(text)) is not None:
            key.made = key.made or about.key_made
            if about.signed != instant(row.created_at):
                detail = (
                    f"it was signed at {about.signed}, and its row says {instant(row.created_at)}."
                )
                found.append(Finding(Tampering.changed, subject, detail))
            if about.after > before:
                detail = f"the row is gone; that of size {head.size} was signed next after it."
                lost = f"checkpoint of size {about.after}"
                found.append(Finding(Tampering.deleted, lost, detail))
            elif about.after < before:
                detail = f"that of size {head.size} was signed next after size {about.after}."
                lost = f"checkpoint of size {before}"
                found.append(Finding(Tampering.inserted, lost, detail))
        return head.root, found

    def keys_differ(self) -> Iterator[Finding]:
        """What the rows of the keys say against what they signed."""
        for key_id, count in self._unknown.items():
            detail = f"it signed {count:,} checkpoints, and is not among the keys."
            yield Finding(Tampering.deleted, f"key with the id {key_id.hex()}", detail)
        for place, key in enumerate(self._keys):
            before = self._keys[place - 1] if place else None
            after = self._keys[place + 1] if place + 1 < len(self._keys) else None
            subject, row = f"key {key.row.id}", key.row
            # One that was made in place of a lost one signs at the next sealing.
            is_new = before and after is None and before.row.retired_at == row.created_at
            if not key.signed and not is_new:
                yield Finding(Tampering.inserted, subject, "no checkpoint is signed by it.")
            if key.made is not None and key.made != instant(row.created_at):
                detail = f"it was made at {key.made}, and its row says {instant(row.created_at)}."
                yield Finding(Tampering.changed, subject, detail)
            retired = after.row.created_at if after else None
            if row.retired_at != retired:
                detail = (
                    f"its row says that it was retired at {_at(row.retired_at)}, and the key after "
                    f"it was made at {_at(retired)}."
                    if after
                    else f"its row says that it was retired at {_at(row.retired_at)}, and no key "
                    "came after it."
                )
                yield Finding(Tampering.changed, subject, detail)

    def _open(self, note: str) -> tuple[_Key, str]:
        if not isinstance(note, str):
            raise BadNote("This is not a signed note.")
        named = signers(note)
        for key in self._keys:
            if key.verifier.key_id in named:
                return key, verify(note, [key.verifier])
        raise _UnknownKey(named[0])


class _UnknownKey(BadNote):
    """A note that none of the known keys signed."""

    def __init__(self, key_id: bytes) -> None:
        super().__init__("None of the known keys signed this note.")
        self.key_id = key_id


def _at(moment: datetime | None) -> str:
    return "no time" if moment is None else instant(moment)
