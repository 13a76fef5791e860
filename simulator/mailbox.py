"""A mailbox that takes e-mail for everybody and delivers it to the page."""

import asyncio
import time
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail as it arrived: the envelope's addresses and the readable parts."""

    id: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    headers: dict[str, str]

    def asdict(self) -> dict[str, Any]:
        """Return the letter as the control API shows it."""
        return asdict(self)


class Mailbox:
    """Every e-mail that arrived, oldest first, and the SMTP server that takes them."""

    def __init__(self) -> None:
        """Start empty; ``port`` is None until the server listens."""
        self.letters: list[Letter] = []
        self.port: int | None = None
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Take mail on a port (0 for a free one); raise OSError if it is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
            host,
            port,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(  # noqa: N802 (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a letter; aiosmtpd calls this with the whole of it."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        message = message_from_bytes(raw, policy=default)
        self.letters.append(
            Letter(
                id=len(self.letters) + 1,
                at=time.time(),
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                subject=str(message.get("Subject", "")),
                body=_text_of(message),
                headers={name: str(value) for name, value in message.items()},
            )
        )
        return "250 Message accepted for delivery"


def _text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeError):  # An unknown charset still leaves readable bytes.
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
