"""`marquee audit export`, `marquee why`, and auditors with limits, from the command line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from admin.commands import marquee
from models import Member, Role
from settings import Settings
from tests.integration.audit.conftest import seal_all, send, verify
from tests.world import World

PHONE = "+12025550101"


class Call:
    """Calls `marquee` on the test's world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(marquee, arguments)


@pytest.fixture
def call(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Call:
    for name, value in settings.model_dump().items():
        plain = getattr(value, "get_secret_value", lambda value=value: value)()
        if plain is not None:
            monkeypatch.setenv(name.upper(), str(plain))
    return Call(world)


def test_a_package_is_written_and_verifies(call: Call, tmp_path: Path) -> None:
    call.world.text(PHONE, "JOIN")
    seal_all(call.world)
    out = tmp_path / "neon.zip"
    result = call("audit", "export", "--program", "neon-nights", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "1 consent events, 0 messages, 1 leaves" in result.output
    assert verify(out).code == 0
    assert [file.name for file in tmp_path.glob("neon*")] == ["neon.zip"]


def test_what_cannot_be_exported_is_one_sentence(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "neon.zip"
    unknown = call("audit", "export", "--program", "nobody", "--out", str(out))
    assert "There is no program 'nobody' (neon-nights)." in unknown.output
    unsealed = call("audit", "export", "--program", "neon-nights", "--out", str(out))
    assert "Nothing of this organization is sealed" in unsealed.output
    call.world.text(PHONE, "JOIN")
    seal_all(call.world)
    nowhere = str(tmp_path / "no" / "such" / "neon.zip")
    lost = call("audit", "export", "--program", "neon-nights", "--out", nowhere)
    assert "cannot be written" in lost.output
    for result in (unknown, unsealed, lost):
        assert result.exit_code == 1
        assert "Traceback" not in result.output
    assert list(tmp_path.glob("neon*")) == []


def test_why_answers_as_of_any_moment_and_for_a_broadcast(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    joined_at = world.now
    world.pass_time(hours=1)
    broadcast_id = send(world)
    world.pass_time(hours=1)
    world.text(PHONE, "STOP")
    stopped_at = world.now
    world.text("+12025550202", "JOIN")
    world.pass_time(hours=1)
    later = send(world)

    before = call("why", "+1 202-555-0101", "--at", joined_at.isoformat())
    assert "Yes: Neon Nights, subscribed." in before.output
    assert "Lists: All guests" in before.output
    after = call("why", PHONE, "--at", stopped_at.isoformat(), "--broadcast", str(broadcast_id))
    assert "No: Neon Nights, left." in after.output
    assert "Opted out, by a text" in after.output
    assert "did it get it? Yes. Delivered" in after.output
    missed = call("why", PHONE, "--broadcast", str(later))
    assert "did it get it? No." in missed.output
    never = call("why", "+12025550202", "--broadcast", str(broadcast_id))
    assert "Not on its list when it started. They had never joined the program." in never.output


def test_why_says_what_it_cannot_answer(call: Call) -> None:
    call.world.text(PHONE, "JOIN")
    for arguments, sentence in (
        (("not a number",), "Enter one phone number in digits"),
        (("+12025559999",), "No organization knows this number"),
        ((PHONE, "--at", "noon"), "'noon' is no moment"),
        ((PHONE, "--broadcast", "99"), "There is no broadcast 99"),
    ):
        result = call("why", *arguments)
        assert result.exit_code == 1
        assert sentence in " ".join(result.output.split()), arguments
        assert "Traceback" not in result.output


def test_an_auditor_is_limited_to_a_program_and_a_time(call: Call) -> None:
    limits = ("--program", "neon-nights", "--until", "2027-01-31")
    assert call("member-add", "a@audit.example", "--role", "auditor", *limits).exit_code == 0
    with call.world.database.read() as session:
        member = session.exec(select(Member).where(Member.role == Role.auditor)).one()
    assert member.program_id == 1
    assert member.access_until == datetime(2027, 2, 1, tzinfo=UTC)
    refused = call("member-add", "b@audit.example", *limits)
    assert "Only an auditor is limited" in refused.output
    unknown = call("member-add", "c@audit.example", "--role", "auditor", "--program", "jazz")
    assert "has no program 'jazz' (neon-nights)" in unknown.output
