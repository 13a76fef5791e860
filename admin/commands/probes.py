"""The doctor's questions to what is outside: the provider, the public address, the mail server."""

import http.client
import smtplib
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from messaging.providers import SendError
from messaging.providers.twilio_sdk import check_log_in
from scheduler import mail_server, published
from settings import Settings

PATIENCE_SECONDS = 5.0


class Verdict(StrEnum):
    """Only `failed` makes the exit code 1."""

    ok = "ok"
    warning = "warning"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. It never holds a secret."""

    name: str
    verdict: Verdict
    text: str
    advice: str = ""


def ok(name: str, text: str) -> Finding:
    """All is well."""
    return Finding(name, Verdict.ok, text)


def warning(name: str, text: str, advice: str) -> Finding:
    """Worth knowing, but nothing is broken."""
    return Finding(name, Verdict.warning, text, advice)


def failed(name: str, text: str, advice: str) -> Finding:
    """Broken, with what to do about it."""
    return Finding(name, Verdict.failed, text, advice)


def provider(settings: Settings) -> Finding:
    """Whether the provider knows our account and takes its token."""
    name = "provider log-in"
    try:
        check_log_in(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            settings.twilio_api_base_url,
        )
    except SendError as error:
        code = f", error {error.code}" if error.code else ""
        where = settings.twilio_api_base_url or "Twilio"
        return failed(
            name,
            f"{error}{code}",
            f"check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and that {where} can be reached",
        )
    return ok(name, f"accepted by {settings.twilio_api_base_url or 'Twilio'}")


def webhook(settings: Settings) -> Finding:
    """Whether the address that the provider calls leads here, safely."""
    name, address = "webhook address", settings.public_base_url
    inbound = f"{address}/webhooks/twilio/inbound"
    parts = urlsplit(address)
    advice = "check PUBLIC_BASE_URL, the proxy in front, and that the web process runs"
    try:
        status = _get(parts, "/healthz")
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return failed(name, f"{address}/healthz does not answer ({reason})", advice)
    if status != http.HTTPStatus.OK:
        return failed(name, f"{address}/healthz answers {status}, not 200", advice)
    if mail_server.is_loopback(parts.hostname or ""):
        if settings.twilio_api_base_url:
            return ok(name, inbound)
        return failed(
            name,
            f"{address} is this machine only: Twilio cannot reach it",
            "set PUBLIC_BASE_URL to the address that the world reaches",
        )
    if not settings.is_https:
        return failed(
            name,
            f"{address} is not encrypted: texts and log-ins could be read on the way",
            "put a proxy with a certificate in front and set PUBLIC_BASE_URL to https://…",
        )
    return ok(name, f"{inbound} (give each number this one at the provider)")


def _get(parts: SplitResult, path: str) -> int:
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", parts.path + path)
        return connection.getresponse().status
    finally:
        connection.close()


def mail(settings: Settings) -> Finding:
    """Whether the mail server takes our log-in; no message is sent."""
    if settings.smtp_url is None:
        return warning(
            "mail",
            "not set, so answers are not sent on to promoters",
            "set SMTP_URL if you want it",
        )
    parts = urlsplit(settings.smtp_url)
    where = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    try:
        with mail_server.connected(settings.smtp_url, PATIENCE_SECONDS):
            pass
    except (OSError, smtplib.SMTPException) as error:
        kind = type(error).__name__
        return failed("mail", f"{where} does not take our log-in ({kind})", "check SMTP_URL")
    return ok("mail", f"{where} answers")


def checkpoints(settings: Settings) -> Finding:
    """Whether the file that remembers the published checkpoints can be read."""
    name = "checkpoints"
    try:
        known = published.read(settings.checkpoint_path)
    except published.BadFile as problem:
        return failed(name, "nothing is sealed while this lasts", str(problem))
    return ok(name, f"{len(known)} remembered outside the database")
