"""Sealing: what waits gets its place in the Merkle tree, and the new tree is signed."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from compliance.merkle import EMPTY_ROOT, Frontier, leaf_hash
from compliance.notes import Circumstances, checkpoint_text
from models.base import insert
from models.bulk import Insertion
from models.keys import signer_of
from models.leaves import happened_at, instant
from models.log import LINE, Checkpoint, LogLeaf, TreeHead, Unsealed

# Leaves in one transaction, and a few more with its last row: on SQLite nobody else can write while
# one is open, for 8 to 20 ms as measured on a busy machine with two cores.
BATCH = 1_000

_unsealed = Unsealed.metadata.tables["unsealed"]
_KEEP = Insertion(LogLeaf, "organization_id", "leaf_index", "leaf", "leaf_hash")


class HeadMismatch(Exception):
    """The tree head does not fit the leaves or the newest checkpoint: rows were tampered with."""


def waiting_organizations(session: Session) -> dict[int, int]:
    """The organizations that have leaves to seal, and how many each."""
    number = func.sum(_unsealed.c.number)
    query = select(_unsealed.c.organization_id, number).group_by(_unsealed.c.organization_id)
    return dict(map(tuple, session.execute(query)))


def seal(
    session: Session, organization_id: int, host: str, secret_key: str, now: datetime
) -> Checkpoint | None:
    """Give places to BATCH of the waiting leaves in the order of their rows, and sign the tree.

    None when nothing waits, or when another clock is at it. Only the tree head is locked: whoever
    inserts leaves never waits for this. HeadMismatch when the rows do not fit together, since
    building on them would only bury what happened.
    """
    head = _locked_head(session, organization_id)
    if head is None:
        return None
    waiting = _take(session, organization_id)
    if not waiting:
        return None
    frontier = _checked(session, head)
    before = frontier.size
    hashes = [leaf_hash(leaf) for leaf in waiting]
    _keep(session, organization_id, frontier.size, waiting, hashes)
    frontier.extend(hashes)
    head.size, head.peaks = frontier.size, frontier.dump()
    session.add(head)
    signer = signer_of(session, organization_id, host, secret_key, now)
    about = Circumstances(before, instant(now), instant(signer.made_at))
    checkpoint = Checkpoint(
        organization_id=organization_id,
        tree_size=frontier.size,
        root_hash=frontier.root(),
        note=signer.sign(checkpoint_text(signer.name, frontier.size, frontier.root(), about)),
        created_at=now,
    )
    session.add(checkpoint)
    session.flush()
    return checkpoint


def newest_checkpoint(session: Session, organization_id: int) -> Checkpoint | None:
    """The checkpoint that is published now; None before anything was sealed."""
    return session.execute(
        select(Checkpoint)
        .where(col(Checkpoint.organization_id) == organization_id)
        .order_by(col(Checkpoint.tree_size).desc())
        .limit(1)
    ).scalar()


def oldest_waiting(session: Session, organization_id: int) -> datetime | None:
    """When the oldest of the facts happened that wait to be sealed; None when nothing waits.

    All that happened before is in the log, as far as this transaction sees.
    """
    waiting = select(_unsealed.c.leaves).where(_unsealed.c.organization_id == organization_id)
    rows = session.execute(waiting.execution_options(yield_per=BATCH)).scalars()
    return min((happened_at(leaf) for some in rows for leaf in some.split(LINE)), default=None)


def _locked_head(session: Session, organization_id: int) -> TreeHead | None:
    """The tree head, made if new; None while another transaction holds it."""
    mine = select(TreeHead).where(col(TreeHead.organization_id) == organization_id)
    lock = mine.with_for_update(skip_locked=True, key_share=True).execution_options(
        populate_existing=True
    )
    head: TreeHead | None = session.execute(lock).scalar()
    if head is None and session.execute(mine).scalar() is None:
        session.execute(
            insert(session, TreeHead)
            .values(organization_id=organization_id, size=0, peaks=b"")
            .on_conflict_do_nothing()
        )
        head = session.execute(lock).scalar()
    return head


def _take(session: Session, organization_id: int) -> list[bytes]:
    """Remove the waiting leaves of lowest id, whole rows, and return them in the order of the ids.

    One statement reads and removes: what another transaction commits meanwhile is either taken
    here, or stays for the next time.
    """
    mine = _unsealed.c.organization_id == organization_id
    row = select(_unsealed.c.id, _unsealed.c.number).where(mine).order_by(_unsealed.c.id)
    lowest = row.limit(BATCH).subquery()
    before = func.sum(lowest.c.number).over(order_by=lowest.c.id) - lowest.c.number
    counted = select(lowest.c.id, before.label("before")).subquery()
    last = session.execute(select(func.max(counted.c.id)).where(counted.c.before < BATCH)).scalar()
    if last is None:
        return []
    taken = session.connection().execute(
        delete(_unsealed)
        .where(mine, _unsealed.c.id <= last)
        .returning(_unsealed.c.id, _unsealed.c.leaves)
    )
    return [leaf for _, leaves in sorted(map(tuple, taken)) for leaf in leaves.split(LINE)]


def _keep(
    session: Session, organization_id: int, first: int, leaves: list[bytes], hashes: list[bytes]
) -> None:
    """Write leaves to their places, from `first` on."""
    _KEEP.run_plain(
        session,
        [
            (organization_id, index, leaf, hashed)
            for index, (leaf, hashed) in enumerate(zip(leaves, hashes, strict=True), first)
        ],
    )


def _checked(session: Session, head: TreeHead) -> Frontier:
    last = session.execute(
        select(col(LogLeaf.leaf_index))
        .where(col(LogLeaf.organization_id) == head.organization_id)
        .order_by(col(LogLeaf.leaf_index).desc())
        .limit(1)
    ).scalar()
    newest = newest_checkpoint(session, head.organization_id)
    tell = f"organization {head.organization_id}: marquee audit verify says more"
    try:
        frontier = Frontier.load(head.size, head.peaks)
    except ValueError:
        raise HeadMismatch(tell) from None
    leaves = 0 if last is None else last + 1
    signed = (newest.tree_size, newest.root_hash) if newest else (0, EMPTY_ROOT)
    if leaves != head.size or signed != (head.size, frontier.root()):
        raise HeadMismatch(tell)
    return frontier
