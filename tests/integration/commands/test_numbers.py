"""`marquee numbers`: lists of numbers in and out, and the inbox scan, from the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from admin.commands import marquee
from models import AuditEvent, AuditKind, Organization, SubscriptionState
from models.database import Database
from settings import Settings
from tests.conftest import set_environment
from tests.world import World

PHONE, STRANGER = "+12025550101", "+12025550199"


@pytest.fixture
def world(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    set_environment(monkeypatch, settings)
    return World(database, now=datetime.now(UTC) - timedelta(days=10))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(marquee, ["numbers", *arguments])


def test_a_file_is_imported(world: World, tmp_path: Path) -> None:
    world.text(PHONE, "JOIN")
    file = tmp_path / "list.txt"
    file.write_text(f"{PHONE}\n{STRANGER}\nbad\n")
    done = call("import", "--kind", "suppression", "--source", "old provider", str(file))
    assert done.exit_code == 0, done.output
    assert "2 taken, 0 known before" in done.output
    assert "row 3: Enter one phone number in digits" in done.output
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}
    assert world.is_suppressed(STRANGER)
    again = call("import", "--kind", "deactivated", "--source", "carrier", str(file))
    assert "0 taken, 1 known before" in again.output
    assert "1 are nobody's here" in again.output


@pytest.mark.parametrize(
    ("content", "source", "why"),
    [
        ("", "x", "is empty"),
        ("phone\nBob\n", "x", "No row of this file holds a phone number"),
        (PHONE, " ", "Say where the file comes from"),
    ],
)
def test_a_bad_file_changes_nothing(
    world: World, tmp_path: Path, content: str, source: str, why: str
) -> None:
    file = tmp_path / "list.txt"
    file.write_text(content)
    refused = call("import", "--kind", "suppression", "--source", source, str(file))
    assert refused.exit_code == 1
    assert why in refused.output
    assert not world.is_suppressed(PHONE)


def test_with_two_organizations_one_must_be_named(world: World, tmp_path: Path) -> None:
    with world.database.write() as session:
        session.add(Organization(name="Blue Room", created_at=world.now))
    out = tmp_path / "out.csv"
    refused = call("export-suppressions", "--out", str(out))
    assert refused.exit_code == 1
    assert "--organization (Blue Room, Neon Nights)" in refused.output
    assert not out.exists()


def test_what_is_exported_is_recorded(world: World, tmp_path: Path) -> None:
    world.text(PHONE, "JOIN")
    world.text(STRANGER, "STOP")
    lists, dates = tmp_path / "lists.csv", tmp_path / "dates.csv"
    named = ("--organization", "Neon Nights")
    assert call("export-suppressions", *named, "--out", str(lists)).exit_code == 0
    assert call("export-consent-dates", *named, "--out", str(dates)).exit_code == 0
    assert lists.read_text().splitlines()[1].startswith(f"{STRANGER},,opted_out,")
    assert dates.read_text().startswith("2025550101,")
    with world.database.read() as session:
        kinds = session.exec(select(AuditEvent.kind)).all()
    assert kinds.count(AuditKind.exported) == 2
    unwritable = call("export-suppressions", *named, "--out", str(tmp_path / "no" / "out.csv"))
    assert unwritable.exit_code == 1
    assert "cannot be written" in unwritable.output


def test_the_scan_says_what_it_found(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "cancel friday?")
    found = call("scan-inbox")
    assert found.exit_code == 0, found.output
    assert "Neon Nights: 1 treated as STOP, 0 from people who joined again" in found.output
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}
    assert "The scan found nothing." in call("scan-inbox").output
