"""What the clock does for the log: notice a restored back-up, seal what waits, publish.

A tree that is not the continuation of what was published halts the organization: nothing is sent
for it, and nothing sealed, until a member confirms (admin.pages.restored).
"""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from compliance.merkle import Frontier
from compliance.notes import TreeHead as Published
from models import AuditEvent, AuditKind, Checkpoint, Organization, TreeHead
from models.database import Database
from models.sealing import HeadMismatch, newest_checkpoint, seal, waiting_organizations
from scheduler import published
from settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The published checkpoint `note` is not part of this database's log; `why` is a sentence."""

    organization_id: int
    note: str
    why: str


def keep_log(database: Database, settings: Settings, now: datetime) -> None:
    """One round: compare with what was published, seal what waits, publish the new checkpoints."""
    try:
        notes = published.read(settings.checkpoint_path)
    except published.BadFile as error:
        # What was published is unknown, so that nothing more may be published over it.
        log.error("log.file", problem=str(error))
        return
    known = dict(notes)
    _compare(database, notes, now)
    _seal_all(database, settings, now)
    _publish(database, notes)
    if notes != known:
        try:
            published.write(settings.checkpoint_path, notes)
        except OSError as error:
            # The file then lags behind, and still tells a restored back-up that is older.
            log.error("log.file", problem=f"{settings.checkpoint_path}: {error.strerror}")


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


def _compare(database: Database, notes: dict[int, str], now: datetime) -> None:
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
    organization = session.get_one(Organization, different.organization_id, with_for_update=True)
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


def _seal_all(database: Database, settings: Settings, now: datetime) -> None:
    secret, host = settings.secret_key.get_secret_value(), settings.public_host
    with database.read() as session:
        halted = select(Organization.id).where(col(Organization.halted_at).is_not(None))
        waiting = set(waiting_organizations(session)) - set(session.exec(halted).all())
    for organization_id in sorted(waiting):
        try:
            # Short transactions, one batch each. On SQLite half of the time is left to those who
            # wait to write, however much there is to seal.
            began = time.monotonic()
            while _seal_batch(database, organization_id, host, secret, now):
                time.sleep(time.monotonic() - began)
                began = time.monotonic()
        except HeadMismatch as error:
            log.error("log.tampered", problem=str(error))


def _seal_batch(
    database: Database, organization_id: int, host: str, secret: str, now: datetime
) -> bool:
    """Whether there was anything to seal."""
    with database.write() as session:
        return seal(session, organization_id, host, secret, now) is not None


def _publish(database: Database, notes: dict[int, str]) -> None:
    """Put the newest checkpoints into `notes`, but for organizations that are halted."""
    with database.read() as session:
        heads = session.exec(
            select(TreeHead)
            .join(Organization, col(Organization.id) == TreeHead.organization_id)
            .where(col(Organization.halted_at).is_(None), TreeHead.size > 0)
        ).all()
        for head in heads:
            key = head.organization_id
            if key in notes:
                if published.tree_of(notes[key]).size == head.size:
                    continue
                if mismatch(session, key, notes[key]):
                    continue  # restored since this round began; the next one halts it
            if newest := newest_checkpoint(session, key):
                notes[key] = newest.note
