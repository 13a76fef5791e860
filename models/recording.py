"""Records a consent event: the fact, its evidence, and its leaf of the log, in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import insert
from sqlmodel import Session

from models.consent import (
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Disclosure,
)
from models.hashing import number_hash
from models.leaves import commit_to, consent_leaf, fingerprint
from models.log import Unsealed
from models.organization import Organization
from models.subscriber import Subscriber


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a consent or revocation reached us: what the auditor will want to see."""

    source: ConsentSource
    sender_id: int | None = None
    inbound_message_id: int | None = None
    message_sid: str | None = None
    keyword: str | None = None
    disclosure_id: int | None = None
    member_id: int | None = None
    # What follows may be personal: it can be erased, and the event only commits to it.
    text: str | None = None
    page: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    file_sha256: str | None = None
    declared_source: str | None = None
    declared_on: str | None = None  # ISO date
    proof_text: str | None = None
    channel: str | None = None  # how a revocation that a member noted came, e.g. "e-mail"
    note: str | None = None

    def personal(self, phone_number: str) -> dict[str, str]:
        """What the event commits to: the number, and whatever else is known."""
        known = {name: getattr(self, name) for name in _PERSONAL}
        return {"phone_number": phone_number} | {
            name: value for name, value in known.items() if value is not None
        }


_PERSONAL = (
    "text",
    "page",
    "ip_address",
    "user_agent",
    "file_sha256",
    "declared_source",
    "declared_on",
    "proof_text",
    "channel",
    "note",
)


def hash_of(session: Session, organization_id: int, phone_number: str) -> str:
    """The organization's keyed hash of a number."""
    return number_hash(session.get_one(Organization, organization_id).hash_key, phone_number)


def record(
    session: Session,
    subscriber: Subscriber,
    kind: ConsentKind,
    evidence: Evidence,
    now: datetime,
    program_id: int | None,
    list_id: int | None,
) -> None:
    """Write one consent event, its evidence, and its leaf of the log."""
    content = evidence.personal(subscriber.phone_number)
    salt, commitment = commit_to(content)
    seen = _seen(session, evidence)
    facts = _facts(subscriber, kind, evidence, seen, commitment, now)
    event = ConsentEvent(**facts, program_id=program_id, list_id=list_id)
    session.add(event)
    session.flush()
    owner = subscriber.organization_id
    session.add(
        ConsentEvidence(
            organization_id=owner, consent_event_id=event.id, salt=salt, content=content
        )
    )
    session.add(Unsealed(organization_id=owner, leaf=consent_leaf(event)))
    session.flush()


def record_many(
    session: Session,
    subscribers: Sequence[Subscriber],
    kind: ConsentKind,
    evidence: Evidence,
    now: datetime,
    program_id: int | None = None,
    list_id: int | None = None,
) -> None:
    """Record the same for each of `subscribers`, in three statements; without a program it is
    about everything.
    """
    place = {"program_id": program_id, "list_id": list_id}
    contents = {one.id: evidence.personal(one.phone_number) for one in subscribers}
    salted = {key: commit_to(content) for key, content in contents.items()}
    seen = _seen(session, evidence)
    rows = session.connection().execute(
        insert(_events).returning(_events),
        [_facts(one, kind, evidence, seen, salted[one.id][1], now) | place for one in subscribers],
    )
    proofs, leaves = [], []
    for row in rows.all():
        owner, person = {"organization_id": row.organization_id}, row.subscriber_id
        salt, content = salted[person][0], contents[person]
        proofs.append(owner | {"consent_event_id": row.id, "salt": salt, "content": content})
        # A row of the table has what its class has; a hundred thousand objects take seconds.
        leaves.append(owner | {"leaf": consent_leaf(cast(ConsentEvent, row))})
    session.connection().execute(insert(_proofs), proofs)
    session.connection().execute(insert(_unsealed), leaves)


def _facts(
    subscriber: Subscriber,
    kind: ConsentKind,
    evidence: Evidence,
    seen: str | None,
    commitment: str,
    now: datetime,
) -> dict[str, Any]:
    return {
        "organization_id": subscriber.organization_id,
        "subscriber_id": subscriber.id,
        "sender_id": evidence.sender_id,
        "kind": kind,
        "source": evidence.source,
        "keyword": evidence.keyword,
        "message_sid": evidence.message_sid,
        "inbound_message_id": evidence.inbound_message_id,
        "disclosure_id": evidence.disclosure_id,
        "disclosure_sha256": seen,
        "member_id": evidence.member_id,
        "commitment": commitment,
        "occurred_at": now,
    }


def _seen(session: Session, evidence: Evidence) -> str | None:
    """The hash of the disclosure that the evidence points to."""
    if evidence.disclosure_id is None:
        return None
    return fingerprint(session.get_one(Disclosure, evidence.disclosure_id))


_metadata = ConsentEvent.metadata
_events = _metadata.tables["consent_event"]
_proofs = _metadata.tables["consent_evidence"]
_unsealed = _metadata.tables["unsealed"]
