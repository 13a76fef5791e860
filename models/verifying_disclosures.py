"""Verifying the disclosures: what each consent event points to is what people saw.

Each version is compared with its leaf like every other fact (models.verifying_rows). What is
looked at here holds also for versions from before they had leaves.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import Session

from compliance.verifying import Finding, Tampering
from models.base import table_of
from models.consent import ConsentEvent, Disclosure
from models.leaves import fingerprint
from models.verifying_tables import in_chunks, tolerant

_events, _disclosures = table_of(ConsentEvent), table_of(Disclosure)


def disclosures_changed(session: Session, organization_id: int) -> Iterator[Finding]:
    """Each disclosure against the hash that the events hold which point to it, and whether the
    versions of each program are numbered one after the other."""
    yield from _pointed_to(session, organization_id)
    yield from _numbers(session, organization_id)


def _pointed_to(session: Session, organization_id: int) -> Iterator[Finding]:
    pairs = session.execute(
        select(_events.c.disclosure_id, _events.c.disclosure_sha256)
        .where(_events.c.organization_id == organization_id)
        .where(_events.c.disclosure_id.is_not(None))
        .distinct()
        .order_by(_events.c.disclosure_id)
    ).all()
    rows = tolerant(session, _disclosures, _disclosures.c.id, [key for key, _ in pairs])
    for key, known in pairs:
        subject, row = f"disclosure {key}", rows.get(key)
        if key not in rows:
            detail = "the row is gone; consent events point to it."
            yield Finding(Tampering.deleted, subject, detail)
            continue
        try:
            fits = row is not None and known == fingerprint(row)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            fits = False
        if not fits:
            detail = "its text or links are not those whose hash the events hold."
            yield Finding(Tampering.changed, subject, detail)


def _numbers(session: Session, organization_id: int) -> Iterator[Finding]:
    """A version that is missing, or that is out of its order."""
    table = _disclosures
    last: dict[int, int] = {}
    for keys in in_chunks(session, table.c.id, table.c.organization_id == organization_id):
        query = select(table.c.id, table.c.program_id, table.c.version).where(table.c.id.in_(keys))
        for key, program, version in session.execute(query.order_by(table.c.id)):
            before = last.get(program, 0)
            if version != before + 1:
                detail = f"version {version} of program {program} comes after version {before}."
                yield Finding(Tampering.reordered, f"disclosure {key}", detail)
            last[program] = version if isinstance(version, int) else before
