"""The way to the mail server that SMTP_URL names: the doctor tries what the answers take.

`smtps` is encrypted from the start, `smtp` as soon as the server offers it. A password never
travels in the clear, and whoever cannot show a certificate for the server's name gets nothing.
Without a password a relay on this machine is spoken to in the clear: nothing leaves it, and its
certificate is one that it has made up itself.
"""

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

_SUBMISSION_PORT = 587  # where those who log in hand mail over (RFC 6409)


@contextmanager
def connected(smtp_url: str, seconds: float) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and logged in as the address says; no step of it takes longer
    than `seconds`. OSError or SMTPException if it cannot be had."""
    parts, trusted = urlsplit(smtp_url), ssl.create_default_context()
    host, user = parts.hostname or "", parts.username
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        port = parts.port or smtplib.SMTP_SSL_PORT
        server = smtplib.SMTP_SSL(host, port, timeout=seconds, context=trusted)
    else:
        port = parts.port or (_SUBMISSION_PORT if user else smtplib.SMTP_PORT)
        server = smtplib.SMTP(host, port, timeout=seconds)
    with server:
        server.ehlo_or_helo_if_needed()
        is_offered = server.has_extn("starttls") and not is_loopback(host)
        if parts.scheme == "smtp" and (user or is_offered):
            server.starttls(context=trusted)  # an error where it is not offered
        if user:
            server.login(unquote(user), unquote(parts.password or ""))
        yield server


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
