"""What says that it is older than it is, and what only seems so since the clock was set back."""

import json

from tests.integration.forger import Forger, Verify, seal_now
from tests.integration.test_log_verify import found
from tests.world import World


def test_a_past_event_that_is_slipped_in_as_if_new(sealed: World, verify: Verify) -> None:
    """With a waiting leaf it becomes a signed part of the log, too late for what it says."""
    past = slip_in_past(sealed)
    found(verify(sealed), f"consent event 50 [backdated]: it says {past}", "waiting to be sealed")
    seal_now(sealed)
    found(verify(sealed), f"consent event 50 [backdated]: it says {past}", "sealed as leaf 9")


def slip_in_past(sealed: World) -> str:
    """A consent event that waits to be sealed, and when it says that it was."""
    forger = Forger(sealed)
    past = "2026-03-01T12:00:00.000000Z"
    forger.copy("consent_event", 1, id=50, occurred_at="2026-03-01 12:00:00.000000")
    forger.copy("consent_evidence", 1, id=50, consent_event_id=50)
    ((leaf,),) = forger("SELECT leaf FROM log_leaf WHERE leaf_index = 1")
    forged = json.loads(leaf) | {"event": 50, "occurred_at": past}
    content = json.dumps(forged, sort_keys=True, separators=(",", ":")).encode()
    forger("INSERT INTO unsealed (organization_id, leaves) VALUES (1, ?)", content)
    return past


def test_what_was_written_after_the_clock_was_set_back_is_named_with_the_cause(
    world: World, verify: Verify
) -> None:
    """It stays a finding: whoever can set the clock could backdate so."""
    for number in range(3):
        world.text(f"+1202555010{number}", "JOIN")
        seal_now(world)
        world.pass_time(seconds=5)
    assert verify(world)[0] == 0
    world.pass_time(hours=-2)
    for number in range(3, 6):
        world.text(f"+1202555010{number}", "JOIN")
    seal_now(world)
    code, output = verify(world)
    named = [line for line in output.splitlines() if "[backdated]" in line]
    assert (code, len(named)) == (1, 3)
    signed = "checkpoint of size 7 was signed at 2026-11-23T15:00:15.000000Z"
    for line in named:
        assert f"The clock had been set back: {signed}" in line


def test_a_clock_that_was_set_back_is_no_cause_for_what_is_older_than_that(
    sealed: World, verify: Verify
) -> None:
    sealed.pass_time(hours=-2)
    slip_in_past(sealed)
    seal_now(sealed)
    code, output = verify(sealed)
    assert code == 1
    assert "consent event 50 [backdated]" in output
    assert "set back" not in output
