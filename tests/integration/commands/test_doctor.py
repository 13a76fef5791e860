"""`marquee doctor` finds what is wrong, says what to do, and never shows a secret."""

import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

import simulator
from admin import demo
from admin.commands import marquee
from models import Heartbeat
from models.database import Database
from settings import load
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.integration.commands.process import free_ports
from wsgi import create_app

SECRET_KEY = "a-secret-key-that-nobody-may-ever-see"


def examine() -> tuple[int, dict[str, dict[str, str]]]:
    result = CliRunner().invoke(marquee, ["doctor", "--json"])
    for secret in (SECRET_KEY, AUTH_TOKEN, "hunter2"):
        assert secret not in result.output
    checks: list[dict[str, Any]] = json.loads(result.output)["checks"]
    return result.exit_code, {check["name"]: check for check in checks}


@pytest.fixture
def surroundings(database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A whole set-up: carrier with mailbox, web server, clock and sender."""
    (web, smtp) = free_ports(2)
    address = f"http://127.0.0.1:{web}"
    for name, value in {
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_BASE_URL": address,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "LOG_LEVEL": "ERROR",
    }.items():
        monkeypatch.setenv(name, value)
    now = datetime.now(UTC)
    with database.write() as session:
        demo.found(
            session,
            email="owner@club.example",
            password_hash="x",
            public_base_url=address,
            now=now,
        )
        session.merge(Heartbeat(name="clock", beat_at=now))
    with simulator.running(
        inbound_url=f"{address}/webhooks/twilio/inbound",
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        smtp_port=smtp,
    ) as carrier:
        monkeypatch.setenv("TWILIO_API_BASE_URL", carrier.base_url)
        server = make_server("127.0.0.1", web, create_app(load(), database), threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.mark.usefixtures("surroundings")
def test_a_healthy_set_up_passes_every_check() -> None:
    code, checks = examine()
    assert {name: check["verdict"] for name, check in checks.items()} == dict.fromkeys(
        [
            "settings",
            "database",
            "migrations",
            "clock",
            "senders",
            "provider log-in",
            "webhook address",
            "mail",
            "checkpoints",
        ],
        "ok",
    )
    assert code == 0


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize(
    ("name", "value", "check", "words"),
    [
        ("TWILIO_AUTH_TOKEN", "hunter2", "provider log-in", "20003"),
        ("TWILIO_API_BASE_URL", "http://127.0.0.1:9", "provider log-in", ""),
        ("PUBLIC_BASE_URL", "http://127.0.0.1:9", "webhook address", "does not answer"),
        ("SMTP_URL", "smtp://user:hunter2@127.0.0.1:9", "mail", "127.0.0.1:9"),
        ("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/x", "database", "cannot be reached"),
    ],
)
def test_each_fault_is_found_alone_with_advice(
    name: str, value: str, check: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    code, checks = examine()
    assert code == 1
    assert words in checks[check]["text"]
    assert checks[check]["advice"]
    failed = {name for name, found in checks.items() if found["verdict"] == "failed"}
    assert failed == {check} | ({"migrations", "clock"} if check == "database" else set())


@pytest.mark.usefixtures("surroundings")
def test_a_loopback_address_will_not_do_for_the_real_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from admin.commands import probes

    monkeypatch.delenv("TWILIO_API_BASE_URL")
    finding = probes.webhook(load())
    assert finding.verdict is probes.Verdict.failed
    assert "Twilio cannot reach it" in finding.text


@pytest.mark.usefixtures("surroundings")
def test_no_mail_is_a_warning_that_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTP_URL")
    code, checks = examine()
    assert checks["mail"]["verdict"] == "warning"
    assert code == 0


@pytest.mark.usefixtures("surroundings")
def test_people_get_lines_with_marks() -> None:
    result = CliRunner().invoke(marquee, ["doctor"])
    assert result.output.count("✓") == 9
    assert result.exit_code == 0


def test_a_bad_setting_is_named_and_ends_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    code, checks = examine()
    assert code == 1
    assert list(checks) == ["settings"]
    assert "SECRET_KEY is not valid" in checks["settings"]["text"]


def test_a_file_of_checkpoints_that_cannot_be_read_is_named(
    surroundings: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "checkpoints.json"
    broken.write_text("not JSON")
    monkeypatch.setenv("CHECKPOINT_FILE", str(broken))
    code, checks = examine()
    assert code == 1
    assert checks["checkpoints"]["verdict"] == "failed"
    assert str(broken) in checks["checkpoints"]["advice"]
