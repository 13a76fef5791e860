"""`marquee audit export`, and auditors with limits, from the command line."""

from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from models import Member, Role
from tests.integration.audit.conftest import seal_all, verify
from tests.integration.commands.conftest import Call

PHONE = "+12025550101"


def test_a_package_is_written_and_verifies(call: Call, tmp_path: Path) -> None:
    call.world.text(PHONE, "JOIN")
    seal_all(call.world)
    out = tmp_path / "neon.zip"
    result = call("audit", "export", "--program", "neon-nights", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "1 consent events, 0 messages, 2 leaves" in result.output
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
