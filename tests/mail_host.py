"""A mail server at `mail.example` that may offer encryption, and writes down what it is told."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.commands.process import free_ports

NAME = "mail.example"


@dataclass
class MailHost:
    """Where it really listens, which ports of its name were asked for, what it was told, and
    whether that was encrypted."""

    port: int
    asked: list[int] = field(default_factory=list)
    log_ins: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    letters: list[tuple[bytes, bool]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append((envelope.content, _is_encrypted(server)))
        return "250 OK"

    def log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.log_ins.append((data.login, data.password, _is_encrypted(server)))
        return AuthResult(success=True)


@contextlib.contextmanager
def mail_host(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, offers: str, is_trusted: bool = True
) -> Iterator[MailHost]:
    """One that offers `starttls`, is encrypted from the start (`smtps`), or knows `nothing` of it;
    whether this machine trusts the certificate that it has for its name."""
    (port,) = free_ports(1)
    host = MailHost(port)
    certificate, key = _certificate(folder)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Controller(
        host,
        hostname="127.0.0.1",
        port=port,
        ssl_context=context if offers == "smtps" else None,
        tls_context=context if offers == "starttls" else None,
        authenticator=host.log_in,
        auth_require_tls=False,
    )
    server.start()
    real = socket.create_connection

    def create_connection(address: tuple[str, int], *more: Any, **named: Any) -> socket.socket:
        if address[0] == NAME:
            host.asked.append(address[1])
            address = ("127.0.0.1", port)
        return real(address, *more, **named)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    try:
        yield host
    finally:
        server.stop()


def _is_encrypted(server: SMTP) -> bool:
    return server.transport.get_extra_info("ssl_object") is not None


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the name, signed with its own key, and the key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    at, key_at = folder / "certificate.pem", folder / "key.pem"
    at.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_at.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return at, key_at
