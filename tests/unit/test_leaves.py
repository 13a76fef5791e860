"""Leaves that are written by hand are those that a serializer of RFC 8785 writes."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy.orm import configure_mappers

from models import ConsentEvent, ConsentKind, ConsentSource, Notice, NoticeStatus
from models.leaves import commitment, consent_leaf, instant, notice_leaf, submission_leaf

# The first row of a process has all tables read first, which is no part of the time of an example.
configure_mappers()

IDS = some.integers(1, 2**53 - 1)
MAYBE_IDS = some.none() | IDS
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=30)
TIMES = some.datetimes(timezones=some.just(UTC))


def is_canonical(leaf: bytes) -> dict[str, Any]:
    """What a leaf says, once it is known to be written as RFC 8785 asks."""
    said: dict[str, Any] = json.loads(leaf)
    assert rfc8785.dumps(said) == leaf
    return said


@given(IDS, some.integers(0, 99), IDS, IDS, MAYBE_IDS, TIMES)
def test_of_a_submission(
    delivery: int, attempt: int, broadcast: int, subscriber: int, consent: int | None, at: datetime
) -> None:
    leaf = submission_leaf(delivery, attempt, broadcast, subscriber, consent, at)
    assert is_canonical(leaf) == {
        "type": "submission",
        "delivery": delivery,
        "attempt": attempt,
        "broadcast": broadcast,
        "subscriber": subscriber,
        "consent": consent,
        "submitted_at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0"),
    }


@given(IDS, MAYBE_IDS, TEXTS, TEXTS, some.sampled_from(ConsentKind), TIMES)
def test_of_a_consent(
    key: int, maybe: int | None, keyword: str, sid: str, kind: ConsentKind, at: datetime
) -> None:
    event = ConsentEvent(
        id=key,
        organization_id=1,
        subscriber_id=key,
        program_id=maybe,
        kind=kind,
        source=ConsentSource.text,
        keyword=keyword,
        message_sid=sid,
        commitment="c" * 64,
        occurred_at=at,
    )
    said = is_canonical(consent_leaf(event))
    assert (said["keyword"], said["message_sid"], said["kind"]) == (keyword, sid, kind.value)
    # Every column is in it but the organization's, in whose place is the type, and the
    # transaction's, which is no part of the fact.
    assert len(said) == len(ConsentEvent.model_fields) - 1


@given(IDS, MAYBE_IDS, TIMES)
def test_of_a_notice(key: int, maybe: int | None, at: datetime) -> None:
    notice = Notice(
        id=key,
        organization_id=1,
        sender_id=key,
        subscriber_id=key,
        program_id=maybe,
        consent_event_id=maybe,
        body="Reply YES",
        status=NoticeStatus.sending,
        attempts=2,
        next_attempt_at=at,
        created_at=at,
        submitted_at=at,
    )
    said = is_canonical(notice_leaf(notice))
    assert (said["type"], said["notice"], said["attempt"]) == ("notice", key, 2)
    assert (said["program"], said["consent"]) == (maybe, maybe)


@given(some.dictionaries(TEXTS, TEXTS))
def test_a_commitment_is_to_the_canonical_form(content: dict[str, str]) -> None:
    import hashlib

    ascii_names = {f"{number:x}": text for number, text in enumerate(content.values())}
    expected = hashlib.sha256(b"salt" + rfc8785.dumps(ascii_names)).hexdigest()
    assert commitment(b"salt", ascii_names) == expected


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00.000000Z"),
        (datetime(2026, 11, 23, 12, 0, 0, 7, tzinfo=UTC), "2026-11-23T12:00:00.000007Z"),
        (
            datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=3))),
            "2026-11-22T22:00:00.000000Z",
        ),
    ],
)
def test_an_instant_is_in_utc(moment: datetime, text: str) -> None:
    assert instant(moment) == text
