"""What ends consent is the same for who sends, who replays the log, and who reads a package."""

from datetime import UTC, datetime

import pytest

from admin.audit_package import verify
from compliance.why import Fact, Standing, replay
from models import ConsentKind
from models.consent import REVOCATIONS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ConsentKind)
def test_revocations_alone_end_a_subscription_when_the_log_is_replayed(kind: ConsentKind) -> None:
    told = ("opted_in", kind.value)
    facts = [Fact(key, one, "text", 1, 7, NOON) for key, one in enumerate(told)]
    ends = replay(facts, [1], NOON)[1].standing is Standing.unsubscribed
    assert ends is (kind in REVOCATIONS)


@pytest.mark.parametrize("kind", ConsentKind)
def test_revocations_alone_are_counted_by_an_audit_packages_reader(kind: ConsentKind) -> None:
    standing = verify.Standing("2026-11-24")
    event = {"type": "consent", "subscriber": 1, "kind": kind.value}
    standing.see(event | {"occurred_at": "2026-11-23"})
    assert standing.revocations == (kind in REVOCATIONS)
