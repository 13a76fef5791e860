"""Makes an audit package: everything of one program up to the newest checkpoint, in a zip.

Everything is read in one moment of the database: the newest checkpoint, exactly its leaves, and
what the reports tell. So a package is consistent with its own checkpoint while events pour in.
What waits to be sealed at that moment, and what happened since then, is in none of its files.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlmodel import Session, col

from admin.audit_package import contents
from admin.audit_package.archive import Archive
from admin.audit_package.leaves import FILES, Advance, LeafWriter
from admin.audit_package.report import html_report
from admin.queries.reports import totals
from admin.queries.stop_rows import Scope
from admin.self_audit import as_json, self_audit
from models import AuditKind, Checkpoint, Organization, Program
from models.database import Database
from models.keys import Signer, signer_of, verifier_keys
from models.leaves import note_act
from models.log import TreeHead
from models.sealing import newest_checkpoint, oldest_waiting
from settings import Settings, host_of

FORMAT = "marquee audit package, version 1"


class NothingSealed(Exception):
    """The organization's log has no checkpoint yet. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What the log's key is found by: the address that names it, and the installation's secret."""

    public_base_url: str
    secret_key: str

    @property
    def host(self) -> str:
        """The host that a log's name begins with."""
        return host_of(self.public_base_url)


def signing_of(settings: Settings) -> Signing:
    """What the settings say about it."""
    return Signing(settings.public_base_url, settings.secret_key.get_secret_value())


@dataclass(frozen=True, slots=True)
class Summary:
    """What a package holds."""

    leaves: int
    events: int
    submissions: int  # messages that were handed over, of broadcasts and single ones


def export(
    database: Database,
    signing: Signing,
    program_id: int,
    out: BinaryIO,
    now: datetime,
    *,
    member_id: int | None = None,
    advance: Advance = lambda _done, _all: None,
) -> Summary:
    """Write the package of a program into `out`, and note that it was exported.

    Memory is bounded: what grows with the log goes through files in a temporary folder, about
    as large as the unpacked package. `out` is empty and opened for reading, too. Raises
    NothingSealed.
    """
    with database.read() as session:
        organization_id = session.get_one(Program, program_id).organization_id
        _checkpoint(session, organization_id)
    signer = _signer(database, organization_id, signing, now)
    checks = as_json(self_audit(database, program_id, signing.public_base_url, now))
    archive = Archive(out)
    with tempfile.TemporaryDirectory(prefix="marquee-audit-") as name, database.moment() as session:
        checkpoint = _checkpoint(session, organization_id)
        before = oldest_waiting(session, organization_id)
        writer = LeafWriter(session, session.get_one(Program, program_id), Path(name))
        writer.write(checkpoint.tree_size, advance)
        for file in FILES:
            archive.add_file(file, Path(name) / file)
        scope = Scope(organization_id, program_id, before)
        _add_documents(session, archive, scope, checkpoint, writer, checks, signer, now)
    manifest = archive.manifest()
    archive.add_text("manifest.txt", manifest)
    text = contents.manifest_text(FORMAT, signer, manifest, archive.whole(), before)
    archive.close("manifest.note", signer.sign(text))
    rows = writer.tally.rows
    with database.write() as session:
        note_act(
            session,
            organization_id,
            AuditKind.exported,
            now,
            member_id=member_id,
            what="audit package",
            program=program_id,
            tree_size=checkpoint.tree_size,
        )
    return Summary(checkpoint.tree_size, rows["consent"], rows["submission"] + rows["notice"])


def _add_documents(
    session: Session,
    archive: Archive,
    scope: Scope,
    checkpoint: Checkpoint,
    writer: LeafWriter,
    checks: list[dict[str, Any]],
    signer: Signer,
    now: datetime,
) -> None:
    """Everything but the log itself."""
    program = session.get_one(Program, scope.program_id)
    organization = session.get_one(Organization, scope.organization_id)
    archive.add_text("checkpoint.txt", checkpoint.note)
    keys = verifier_keys(session, organization.id)
    archive.add_text("keys.txt", "".join(f"{key}\n" for key in keys))
    archive.add_text("program.json", contents.program_record(session, program))
    archive.add("stop-report.csv", contents.stop_report(session, scope))
    archive.add_text("self-audit.json", contents.pretty({"program": program.slug, "rules": checks}))
    archive.add_text("verify.py", _verifier())
    archive.add_text("README.txt", contents.readme(organization, program, checkpoint, signer, now))
    archive.add_text(
        "report.html",
        html_report(
            organization, program, checkpoint, writer.tally, totals(session, scope), checks, now
        ),
    )


def _checkpoint(session: Session, organization_id: int) -> Checkpoint:
    newest = newest_checkpoint(session, organization_id)
    if newest is None:
        raise NothingSealed(
            "Nothing of this organization is sealed in the log yet. It happens within seconds of "
            "the first consent, while the scheduler runs (marquee doctor tells whether it does)."
        )
    return newest


def _signer(database: Database, organization_id: int, signing: Signing, now: datetime) -> Signer:
    with database.write() as session:
        # As the clock does, so that one of two makes a key in place of a lost one.
        head = select(TreeHead).where(col(TreeHead.organization_id) == organization_id)
        session.execute(head.with_for_update(key_share=True)).all()
        return signer_of(session, organization_id, signing.host, signing.secret_key, now)


def _verifier() -> str:
    return resources.files("admin.audit_package").joinpath("verify.py").read_text("utf-8")
