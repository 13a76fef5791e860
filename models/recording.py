"""Records a consent event: the fact, its evidence, and its leaf of the log, in one go.

The same of thousands of people at once: models.recording_many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Protocol, cast

from sqlmodel import Session

from models.base import table_of
from models.bulk import Insertion, Writing, write_together
from models.consent import (
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Disclosure,
)
from models.hashing import number_hash
from models.leaves import commit_to, consent_leaf, fingerprint, keep_leaves
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
    disclosure_sha256: str | None = None  # of that disclosure, where its text is at hand
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
    received_on: str | None = None  # and on which day, as an ISO date
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
    "received_on",
    "note",
)


def hash_of(session: Session, organization_id: int, phone_number: str) -> str:
    """The organization's keyed hash of a number."""
    return number_hash(session.get_one(Organization, organization_id).hash_key, phone_number)


class Person(Protocol):
    """What an event needs to know of a subscriber."""

    @property
    def id(self) -> int: ...
    @property
    def organization_id(self) -> int: ...
    @property
    def phone_number(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One consent event that is to be written; without a program it is about everything."""

    person: Person
    kind: ConsentKind
    evidence: Evidence
    program_id: int | None
    list_id: int | None


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
    session.flush()
    record_each(session, [Fact(subscriber, kind, evidence, program_id, list_id)], now)


def record_each(session: Session, facts: Sequence[Fact], now: datetime, *others: Writing) -> None:
    """Record facts that are already true in the database, or are with `others`, which are written
    together with their evidence and leaves. On PostgreSQL that takes two statements."""
    if not facts:
        write_together(session, *others)
        return
    events, contents = [], {}
    for fact in facts:
        content = fact.evidence.personal(fact.person.phone_number)
        salt, commitment = commit_to(content)
        contents[commitment] = salt, content
        events.append(_event(session, fact, commitment, now))
    keys = dict(tuple(row) for row in _EVENTS.run(session, events))
    proofs, leaves = [], []
    for event in events:
        owner = {"organization_id": event["organization_id"]}
        key, (salt, content) = keys[event["commitment"]], contents[event["commitment"]]
        proofs.append(owner | {"consent_event_id": key, "salt": salt, "content": content})
        # It has what the class has; a hundred thousand objects take seconds.
        row = cast(ConsentEvent, SimpleNamespace(id=key, **event))
        leaves.append((event["organization_id"], consent_leaf(row)))
    keep_leaves(session, leaves, *others, *_PROOFS.writing(session, proofs))


def _event(session: Session, fact: Fact, commitment: str, now: datetime) -> dict[str, Any]:
    return facts_of(session, fact.kind, fact.evidence, now) | {
        "organization_id": fact.person.organization_id,
        "subscriber_id": fact.person.id,
        "program_id": fact.program_id,
        "list_id": fact.list_id,
        "commitment": commitment,
    }


def facts_of(
    session: Session, kind: ConsentKind, evidence: Evidence, now: datetime
) -> dict[str, Any]:
    """The columns of an event that are no person's: all but whose, where, and the commitment."""
    return {
        "sender_id": evidence.sender_id,
        "kind": kind,
        "source": evidence.source,
        "keyword": evidence.keyword,
        "message_sid": evidence.message_sid,
        "inbound_message_id": evidence.inbound_message_id,
        "disclosure_id": evidence.disclosure_id,
        "disclosure_sha256": _seen(session, evidence),
        "member_id": evidence.member_id,
        "occurred_at": now,
    }


def _seen(session: Session, evidence: Evidence) -> str | None:
    """The hash of the disclosure that the evidence points to."""
    if evidence.disclosure_id is None or evidence.disclosure_sha256 is not None:
        return evidence.disclosure_sha256
    return fingerprint(session.get_one(Disclosure, evidence.disclosure_id))


_EVENTS = Insertion(
    ConsentEvent,
    # All but those that the database fills by itself.
    *(c.name for c in table_of(ConsentEvent).c if c.name not in ("id", "transaction_id")),
    returning=("commitment", "id"),
)
_PROOFS = Insertion(ConsentEvidence, "organization_id", "consent_event_id", "salt", "content")
