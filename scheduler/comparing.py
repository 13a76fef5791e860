"""Compares a database with what was published of it, before anything is sent from it.

A database that was restored from a back-up has forgotten opt-outs. A log that is not the
continuation of what was published halts its organization: nothing is sent for it, and nothing
sealed, until a member confirms (admin.pages.restored).
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from compliance.merkle import Frontier
from compliance.notes import TreeHead as Published
from models import AuditEvent, AuditKind, Checkpoint, Heartbeat, Organization, TreeHead
from models.base import LOCKED
from models.database import Database
from scheduler import published
from settings import Settings

log = structlog.get_logger()

# Of whoever compares and seals: senders of other machines learn by it that this was done.
HEARTBEAT = "log"
_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The published checkpoint `note` is not part of this database's log; `why` is a sentence."""

    organization_id: int
    note: str
    why: str


def wait_until_compared(database: Database, settings: Settings, stop: threading.Event) -> bool:
    """Block until this process may send; False if it was told to stop before.

    Whoever has the file of published checkpoints compares by itself. A sender on another machine
    has none: unless nothing was ever sealed, it waits until a scheduler has compared this very
    database since the sender began. A back-up cannot hold that sign of life.
    """
    began, told = datetime.now(UTC), False
    while not stop.is_set():
        try:
            if _is_compared(database, settings, began):
                return True
        except DBAPIError as error:
            log.error("log.database", error=type(error.orig).__name__)
        if not told:
            log.warning(
                "log.not_compared",
                problem="Nothing is sent before this database was compared with what was "
                f"published ({settings.checkpoint_path} here, or by a scheduler).",
            )
            told = True
        stop.wait(_AGAIN_SECONDS)
    return False


def _is_compared(database: Database, settings: Settings, began: datetime) -> bool:
    notes = read_published(settings)
    if notes is None:
        return False
    if notes:
        compare(database, notes, datetime.now(UTC))
        return True
    with database.read() as session:
        if session.exec(select(TreeHead.size).where(TreeHead.size > 0).limit(1)).first() is None:
            return True
        beat = session.get(Heartbeat, HEARTBEAT)
        return beat is not None and beat.beat_at >= began


def read_published(settings: Settings) -> dict[int, str] | None:
    """What was published (scheduler.published); None if that is unknown, so that nothing may be
    sent, nor more be published over it."""
    try:
        return published.read(settings.checkpoint_path)
    except published.BadFile as error:
        log.error("log.file", problem=str(error))
        return None


def mismatch(session: Session, organization_id: int, note: str) -> Mismatch | None:
    """Whether the log of this database continues what was published in `note`: None if it does."""
    tree = published.tree_of(note)
    head = session.get(TreeHead, organization_id)
    size = head.size if head else 0
    if size < tree.size:
        why = (
            f"{tree.size:,} entries of the log were published, and this database has {size:,}: "
            "it was restored from an older back-up."
        )
        return Mismatch(organization_id, note, why)
    if _root_at(session, organization_id, head, tree.size) != tree.root:
        why = f"The first {tree.size:,} entries of the log are not those that were published."
        return Mismatch(organization_id, note, why)
    return None


def _root_at(
    session: Session, organization_id: int, head: TreeHead | None, size: int
) -> bytes | None:
    if head is not None and head.size == size:  # nearly always; needs no look at the checkpoints
        try:
            return Frontier.load(head.size, head.peaks).root()
        except ValueError:
            return None
    return session.exec(
        select(Checkpoint.root_hash).where(
            Checkpoint.organization_id == organization_id, Checkpoint.tree_size == size
        )
    ).first()


def compare(database: Database, notes: dict[int, str], now: datetime) -> None:
    """Halt each organization whose log is not what was published; forget what was confirmed."""
    with database.read() as session:
        existing = set(session.exec(select(Organization.id)))
        found = [
            different
            for key, note in notes.items()
            if key in existing and (different := mismatch(session, key, note))
        ]
        confirmed = [one for one in found if _is_confirmed(session, one)]
    for one in confirmed:
        del notes[one.organization_id]
    if halts := [one for one in found if one not in confirmed]:
        with database.write() as session:
            for one in halts:
                _halt(session, one, now)


def _halt(session: Session, different: Mismatch, now: datetime) -> None:
    organization = session.get_one(Organization, different.organization_id, with_for_update=LOCKED)
    if organization.halted_at is not None or _is_confirmed(session, different):
        return  # a member may have confirmed since the comparison
    organization.halted_at = now
    organization.halted_why, organization.halted_note = different.why, different.note
    session.add(organization)
    log.error("log.halted", organization=organization.id, why=different.why)


def _is_confirmed(session: Session, different: Mismatch) -> bool:
    """Whether a member has confirmed exactly this loss. A later back-up of the same database that
    holds the confirmation does not confirm another one."""
    acts = session.exec(
        select(AuditEvent).where(
            AuditEvent.organization_id == different.organization_id,
            AuditEvent.kind == AuditKind.restored,
        )
    )
    wanted = confirmation(published.tree_of(different.note))
    return any(wanted.items() <= act.subject.items() for act in acts)


def confirmation(tree: Published) -> dict[str, int | str]:
    """What the act `restored` says about the published tree that is given up."""
    return {"published_size": tree.size, "published_root": tree.root.hex()}
