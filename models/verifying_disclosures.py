"""Verifying the disclosures: what each consent event points to is what people saw."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from compliance.verifying import Finding, Tampering
from models.consent import ConsentEvent, Disclosure
from models.leaves import fingerprint


def disclosures_changed(session: Session, organization_id: int) -> Iterator[Finding]:
    """Each disclosure against the hash that the events hold which point to it.

    The events themselves are compared with their leaves (models.verifying_rows).
    """
    pairs = session.exec(
        select(ConsentEvent.disclosure_sha256, Disclosure)
        .join(Disclosure, col(Disclosure.id) == ConsentEvent.disclosure_id)
        .where(ConsentEvent.organization_id == organization_id)
        .distinct()
        .order_by(col(Disclosure.id))
    )
    for known, disclosure in pairs:
        if known != fingerprint(disclosure):
            detail = "its text or links are not those whose hash the events hold."
            yield Finding(Tampering.changed, f"disclosure {disclosure.id}", detail)
