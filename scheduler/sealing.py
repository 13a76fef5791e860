"""What the clock does for the log: notice a restored back-up, seal what waits, publish."""

import time
from datetime import datetime

import structlog
from sqlmodel import col, select

from models import Organization, TreeHead
from models.database import Database
from models.sealing import BATCH, HeadMismatch, newest_checkpoint, seal, waiting_organizations
from scheduler import published
from scheduler.comparing import compare, mismatch, read_published
from settings import Settings

log = structlog.get_logger()


def keep_log(database: Database, settings: Settings, now: datetime) -> bool:
    """One round: compare with what was published, seal what waits, publish the new checkpoints.

    False when it could not be compared: then nothing may be sent either.
    """
    notes = read_published(settings)
    if notes is None:
        return False
    known = dict(notes)
    compare(database, notes, now)
    _seal_all(database, settings, now)
    _publish(database, notes)
    if notes != known:
        try:
            published.write(settings.checkpoint_path, notes)
        except OSError as error:
            # The file then lags behind, and still tells a restored back-up that is older.
            log.error("log.file", problem=f"{settings.checkpoint_path}: {error.strerror}")
    return True


def _seal_all(database: Database, settings: Settings, now: datetime) -> None:
    secret, host = settings.secret_key.get_secret_value(), settings.public_host
    rest = 1 if database.is_postgresql else 3
    with database.read() as session:
        halted = set(
            session.exec(select(Organization.id).where(col(Organization.halted_at).is_not(None)))
        )
        waiting = waiting_organizations(session)
    for organization_id in sorted(waiting.keys() - halted):
        try:
            # Short transactions, one batch each, and a rest after it, however much there is to
            # seal: on SQLite three quarters of the time are left to those who wait to write. What
            # comes meanwhile is for the next round: each batch costs a signature, however little
            # is in it.
            for left in range(waiting[organization_id], 0, -BATCH):
                began = time.monotonic()
                _seal_batch(database, organization_id, host, secret, now)
                if left > BATCH:
                    time.sleep(rest * (time.monotonic() - began))
        except HeadMismatch as error:
            log.error("log.tampered", problem=str(error))


def _seal_batch(
    database: Database, organization_id: int, host: str, secret: str, now: datetime
) -> None:
    with database.write() as session:
        seal(session, organization_id, host, secret, now)


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
