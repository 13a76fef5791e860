"""A missing or bad setting is one sentence that names it and never shows its value."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance import quiet_hours
from settings import BadSettings, Settings, load, load_or_exit

GOOD = {
    "SECRET_KEY": "s" * 32,
    "PUBLIC_BASE_URL": "https://sms.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "the-token",
}


@pytest.fixture(autouse=True)
def good_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(BadSettings, match=rf"^{name} is not set: [^\n]+\.$"):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("PUBLIC_BASE_URL", "hunter2.example"),
        ("PUBLIC_BASE_URL", "ftp://hunter2.example"),
        ("PUBLIC_BASE_URL", "https://hunter2.example/?a=b"),
        ("TWILIO_ACCOUNT_SID", "SKhunter2"),
        ("TWILIO_ACCOUNT_SID", "AChunter2"),
        ("TWILIO_AUTH_TOKEN", "  "),
        ("TWILIO_API_BASE_URL", "hunter2"),
        ("PUBLIC_BASE_URL", "https://hunter2.example:99999"),
        ("PUBLIC_BASE_URL", "https://example:hunter2"),
        ("PUBLIC_BASE_URL", "https://hunter2.example:0"),
        ("PUBLIC_BASE_URL", "https://[hunter2"),
        ("PUBLIC_BASE_URL", "https://marquee:hunter2@sms.example.com"),
        ("PUBLIC_BASE_URL", "https://hunter2 example.com"),
        ("TWILIO_API_BASE_URL", "http://example:hunter2"),
        ("DATABASE_URL", "mysql://root:hunter2@host/name"),
        ("DATABASE_URL", "postgresql://user:hunter2@host:abc/name"),
        ("DATABASE_URL", "postgresql://user:hunter2@host:65536/name"),
        ("DATABASE_URL", "postgresql://user:hunter2@host:0/name"),
        ("DATABASE_URL", "postgresql://user:hun@ter2hunter2@host/name"),
        ("DATABASE_URL", "postgresql+psycopg2://user:hunter2@host/name"),
        ("DATABASE_URL", "postgresql+psyfoo://user:hunter2@host/name"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///?hunter2"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///var/hunter2.sqlite3?mode=ro"),
        ("DATABASE_URL", "sqlite:///file:hunter2?mode=memory&uri=true"),
        ("PORT", "hunter2"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("LOG_LEVEL", "hunter2"),
        ("LOG_FORMAT", "hunter2"),
        ("SMTP_URL", "http://user:hunter2@host"),
        ("SMTP_URL", "smtp://user:hunter2/more@host:587"),
        ("SMTP_URL", "smtp://user:587/hunter2@host"),
        ("SMTP_URL", "smtp://user:587#hunter2@host"),
        ("SMTP_URL", "smtp://user:587?hunter2@host"),
        ("SMTP_URL", "smtp://user:hunter2\u2100@host"),
        ("SMTP_URL", "smtp://user:hunter2@host:99999"),
        ("SMTP_URL", "smtp://user:more@host:hunter2"),
        ("SMTP_URL", "smtp://user:hunter2%C3%A9@host"),
        ("MAIL_FROM", "hunter2"),
        ("MAIL_FROM", "hunter2@"),
        ("MAIL_FROM", "@hunter2"),
        ("MAIL_FROM", "hunter2 <marquee@neon.example"),
        ("MAIL_FROM", "marquee@neon.example, hunter2@neon.example"),
        ("MAIL_FROM", "marquee@neon.example\nBcc: hunter2@neon.example"),
        ("MAIL_FROM", "marquee@neon.example\n"),
        ("MAIL_FROM", "hunter2\u00e9@neon.example"),
        ("SIMULATOR_URL", "hunter2"),
        ("QUIET_HOURS_FILE", "/hunter2.csv"),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load()
    sentence = str(caught.value)
    assert re.fullmatch(rf"{name} is not valid: [^\n]+\.", sentence)
    assert "hunter2" not in sentence
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__, "a traceback would show the value"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://user:p%40ss/w:rd?@db.example:5432/name?sslmode=require"),
        ("DATABASE_URL", "postgresql+psycopg://user:@/name?host=/run/postgresql"),
        ("DATABASE_URL", "postgresql://db-1.example,db-2.example/name"),
        ("DATABASE_URL", "postgresql://user@[fe80::1%eth0]:65535/name"),
        ("DATABASE_URL", "sqlite:////srv/marquee/data of ours.sqlite3"),
        ("PUBLIC_BASE_URL", "https://sms.example.com:65535"),
        ("PUBLIC_BASE_URL", "http://[::1]:8000"),
        ("SMTP_URL", "smtp://user:p%2Fss@mail.example:587/"),
        ("SMTP_URL", "smtps://user@example.com:password@mail.example"),
        ("MAIL_FROM", "marquee@mailhost"),
        ("MAIL_FROM", "Néon Nights <marquee@neon.example>"),
    ],
)
def test_an_address_that_can_be_used_is_taken_as_it_is(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(load(), name.lower()) == value


def test_all_problems_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setenv("PORT", "x")
    with pytest.raises(BadSettings, match=r"SECRET_KEY is not set.*PORT is not valid"):
        load()


def test_a_process_ends_with_the_sentence_and_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    with pytest.raises(SystemExit) as ended:
        load_or_exit()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("marquee: TWILIO_AUTH_TOKEN is not set")
    assert error.count("\n") == 1


def test_the_defaults_are_those_of_an_embedded_demo_without_secrets() -> None:
    settings = load()
    assert settings.database_url == "sqlite:///var/marquee.sqlite3"
    assert settings.port == 8000
    assert settings.twilio_api_base_url is None
    assert settings.is_https


def test_the_settings_read_as_a_deployer_means_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_BASE_URL", "http://sms.example.com/")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("TWILIO_API_BASE_URL", "")
    monkeypatch.setenv("MAIL_FROM", "")
    settings = load()
    assert settings.public_base_url == "http://sms.example.com"
    assert settings.log_level == "DEBUG"
    assert settings.twilio_api_base_url is None
    assert settings.mail_from == "marquee@localhost"
    assert not settings.is_https


def test_secrets_stay_out_of_a_printed_settings_object() -> None:
    shown = repr(load())
    assert GOOD["SECRET_KEY"] not in shown
    assert GOOD["TWILIO_AUTH_TOKEN"] not in shown


def test_the_table_of_quiet_hours_that_is_named_is_in_force(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "quiet_hours.csv"
    own = Path(quiet_hours.__file__).with_suffix(".csv").read_text(encoding="utf-8")
    table.write_text(own.replace("US-KY,10:00", "US-KY,11:00"), encoding="utf-8")
    monkeypatch.setenv("QUIET_HOURS_FILE", str(table))
    ten = datetime(2026, 11, 23, 10, tzinfo=UTC)
    load()
    assert not quiet_hours.is_open("US-KY|Etc/UTC", ten)
    monkeypatch.setenv("QUIET_HOURS_FILE", "")
    load()
    assert quiet_hours.is_open("US-KY|Etc/UTC", ten)


def test_a_bad_table_of_quiet_hours_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "quiet_hours.csv"
    table.write_text("region,weekdays\n", encoding="utf-8")
    monkeypatch.setenv("QUIET_HOURS_FILE", str(table))
    with pytest.raises(BadSettings, match="QUIET_HOURS_FILE is not valid: line 1 must name"):
        load()
