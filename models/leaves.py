"""What becomes a leaf of the log, and how: canonical JSON (RFC 8785) of facts without names.

A leaf holds keys, kinds and times, and a commitment to what a person could ask to have erased:
SHA-256 of a random salt and the canonical JSON of the evidence. Without salt and content a
commitment tells nothing, so that erasing them leaves every proof whole.

The leaves that are made by the thousand are written without a generic serializer, which takes ten
times as long; tests/unit/test_leaves.py proves them equal to rfc8785.dumps.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import rfc8785
from sqlmodel import Session

from models.bulk import Insertion, Writing
from models.consent import ConsentEvent, Disclosure
from models.log import LINE, AuditEvent, AuditKind, Unsealed
from models.outgoing import Notice

# A row of one leaf costs more than its bytes do: at each index, and again when it is taken. From
# 2 kB on PostgreSQL would cut a row in pieces (its manual, "TOAST").
_ROW_BYTES: Final = 1_900
# Of texts, whole numbers and None under ASCII names this makes what RFC 8785 asks for.
_written = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode


def canonical(content: dict[str, str]) -> str:
    """The RFC 8785 JSON of texts under ASCII names."""
    return _written(content)


def _flat(facts: dict[str, Any]) -> bytes:
    return _written(facts).encode()


def commit_to(content: dict[str, Any]) -> tuple[str, str]:
    """(salt, commitment), both hex, for the evidence of one event."""
    salt = secrets.token_bytes(32)
    return salt.hex(), commitment(salt, content)


def commitment(salt: bytes, content: dict[str, Any]) -> str:
    """SHA-256(salt || RFC 8785 JSON of content), hex."""
    # All evidence that Marquee writes is texts under ASCII names.
    is_flat = all(type(value) is str for value in content.values())
    written = _flat(content) if is_flat else rfc8785.dumps(content)
    return hashlib.sha256(salt + written).hexdigest()


def fingerprint(disclosure: Disclosure) -> str:
    """SHA-256 (hex) of the RFC 8785 JSON of what a person saw: the text and its two links."""
    return fingerprint_of(disclosure.text, disclosure.terms_url, disclosure.privacy_url)


@lru_cache(maxsize=256)
def fingerprint_of(text: str, terms_url: str, privacy_url: str) -> str:
    """The same for one that is at hand in parts."""
    seen = {"text": text, "terms_url": terms_url, "privacy_url": privacy_url}
    return hashlib.sha256(rfc8785.dumps(seen)).hexdigest()


def consent_leaf(event: ConsentEvent) -> bytes:
    """The leaf of a consent event: every column of it but the row's organization, and the
    transaction, which is no part of the fact."""
    return _flat(
        {
            "type": "consent",
            "event": event.id,
            "subscriber": event.subscriber_id,
            "program": event.program_id,
            "list": event.list_id,
            "sender": event.sender_id,
            "kind": event.kind.value,
            "source": event.source.value,
            "keyword": event.keyword,
            "message_sid": event.message_sid,
            "inbound_message": event.inbound_message_id,
            "disclosure": event.disclosure_id,
            "disclosure_sha256": event.disclosure_sha256,
            "member": event.member_id,
            "commitment": event.commitment,
            "occurred_at": instant(event.occurred_at),
        }
    )


def disclosure_leaf(disclosure: Disclosure) -> bytes:
    """The leaf of a version of a program's disclosure: when people began to see what."""
    return _flat(
        {
            "type": "disclosure",
            "disclosure": disclosure.id,
            "program": disclosure.program_id,
            "version": disclosure.version,
            "sha256": fingerprint(disclosure),
            "occurred_at": instant(disclosure.created_at),
        }
    )


def submission_leaf(
    delivery_id: int,
    attempt: int,
    broadcast_id: int,
    subscriber_id: int,
    consent_event_id: int | None,
    submitted_at: datetime,
) -> bytes:
    """The leaf of a message that was handed to the provider: when, and under which consent.

    `submitted_at` is the moment at which the request to the provider began. Whoever sets a
    delivery's `submitted_at` writes this leaf in the same transaction.
    """
    consent = "null" if consent_event_id is None else consent_event_id
    return (
        f'{{"attempt":{attempt},"broadcast":{broadcast_id},"consent":{consent},'
        f'"delivery":{delivery_id},"submitted_at":"{instant(submitted_at)}",'
        f'"subscriber":{subscriber_id},"type":"submission"}}'
    ).encode()


def notice_leaf(notice: Notice) -> bytes:
    """The leaf of a single text that was handed to the provider, e.g. the question for a yes.

    It is written in the transaction that sets `submitted_at`, for each attempt anew.
    """
    assert notice.submitted_at is not None
    return _flat(
        {
            "type": "notice",
            "notice": notice.id,
            "attempt": notice.attempts,
            "program": notice.program_id,
            "subscriber": notice.subscriber_id,
            "sender": notice.sender_id,
            "consent": notice.consent_event_id,
            "submitted_at": instant(notice.submitted_at),
        }
    )


def audit_leaf(event: AuditEvent) -> bytes:
    """The leaf of an act of a member or of Marquee itself."""
    return rfc8785.dumps(
        {
            "type": "audit",
            "event": event.id,
            "kind": event.kind.value,
            "member": event.member_id,
            "subject": event.subject,
            "occurred_at": instant(event.occurred_at),
        }
    )


def note_act(
    session: Session,
    organization_id: int,
    kind: AuditKind,
    now: datetime,
    *,
    member_id: int | None = None,
    **subject: Any,
) -> AuditEvent:
    """Record an act, with its leaf. `subject` holds JSON values and no consumer's data."""
    act = AuditEvent(
        organization_id=organization_id,
        kind=kind,
        member_id=member_id,
        subject=subject,
        occurred_at=now,
    )
    session.add(act)
    session.flush()
    session.add(Unsealed(organization_id=organization_id, leaves=audit_leaf(act)))
    return act


def instant(moment: datetime) -> str:
    """A moment in UTC with microseconds, e.g. 2026-11-23T12:00:00.000000Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def happened_at(leaf: bytes) -> datetime:
    """When that happened what a leaf tells of."""
    fact = json.loads(leaf)
    return datetime.fromisoformat(fact.get("occurred_at") or fact["submitted_at"])


def keep_leaves(session: Session, leaves: Sequence[tuple[int, bytes]], *others: Writing) -> int:
    """Let leaves, each after its organization's id, wait for their places in the log; `others` are
    written with them. How many rows the last of those wrote."""
    rows = [
        (organization_id, *row)
        for organization_id, some in groupby(leaves, itemgetter(0))
        for row in packed(leaf for _, leaf in some)
    ]
    return _WAITING.run_plain(session, rows, *others)


def packed(leaves: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """The rows of Unsealed for an organization's leaves, in their order: leaves, and how many."""
    some: list[bytes] = []
    size = 0
    for leaf in leaves:
        size += len(leaf) + len(LINE)
        if some and size > _ROW_BYTES:
            yield LINE.join(some), len(some)
            some, size = [], len(leaf) + len(LINE)
        some.append(leaf)
    if some:
        yield LINE.join(some), len(some)


_WAITING = Insertion(Unsealed, "organization_id", "leaves", "number")
