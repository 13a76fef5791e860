"""How a letter leaves: nobody but the mail server that was named learns a password or a text."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from admin.commands import probes
from scheduler import mail_server
from tests.conftest import make_settings
from tests.mail_host import MailHost, mail_host

LOG_IN = "neon:p%40ss"


def is_taken(url: str) -> bool:
    """Whether a letter leaves by this SMTP_URL; the doctor says the same."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "marquee@localhost", "bookings@neon.example"
    letter.set_content("Table for 4?")
    try:
        with mail_server.connected(url, 5) as connection:
            connection.send_message(letter)
        went = True
    except (OSError, smtplib.SMTPException):
        went = False
    verdict = probes.mail(make_settings("sqlite:///unused", smtp_url=url)).verdict
    assert verdict is (probes.Verdict.ok if went else probes.Verdict.failed)
    return went


def was_told_nothing(host: MailHost) -> bool:
    return not host.letters and not host.log_ins


@pytest.mark.parametrize(
    ("scheme", "offers", "port"), [("smtp", "starttls", 587), ("smtps", "smtps", 465)]
)
def test_a_password_travels_encrypted_on_the_port_for_log_ins(
    scheme: str, offers: str, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_host(tmp_path, monkeypatch, offers=offers) as host:
        assert is_taken(f"{scheme}://{LOG_IN}@mail.example")
    assert host.asked == [port, port]
    assert host.log_ins == 2 * [(b"neon", b"p@ss", True)]
    assert [encrypted for _, encrypted in host.letters] == [True]


@pytest.mark.parametrize("url", ["smtp://mail.example", f"smtp://{LOG_IN}@mail.example"])
def test_a_server_without_a_certificate_that_holds_is_told_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_host(tmp_path, monkeypatch, offers="starttls", is_trusted=False) as host:
        assert not is_taken(url)
    assert was_told_nothing(host)


def test_a_server_encrypted_from_the_start_must_show_who_it_is_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_host(tmp_path, monkeypatch, offers="smtps", is_trusted=False) as host:
        assert not is_taken(f"smtps://{LOG_IN}@mail.example")
    assert was_told_nothing(host)


@pytest.mark.parametrize("place", ["mail.example", "127.0.0.1:{port}"])
def test_a_password_never_travels_in_the_clear(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_host(tmp_path, monkeypatch, offers="nothing") as host:
        assert not is_taken(f"smtp://{LOG_IN}@{place.format(port=host.port)}")
    assert was_told_nothing(host)


@pytest.mark.parametrize(("offers", "encrypted"), [("starttls", True), ("nothing", False)])
def test_a_relay_without_a_log_in_is_spoken_to_encrypted_if_it_can_be(
    offers: str, encrypted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_host(tmp_path, monkeypatch, offers=offers) as host:
        assert is_taken("smtp://mail.example")
    assert host.asked == [25, 25]
    assert [was for _, was in host.letters] == [encrypted]


def test_a_relay_on_this_machine_needs_no_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_host(tmp_path, monkeypatch, offers="starttls", is_trusted=False) as host:
        assert is_taken(f"smtp://127.0.0.1:{host.port}")
    assert [was for _, was in host.letters] == [False]
