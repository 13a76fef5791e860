"""The provider's door: signature, form, one transaction, an answer.

A webhook does not pass through the application that serves the pages: it needs no session, no
member and no template, and there may be thousands a second.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import structlog
from sqlmodel import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from bot.inbound import Text, receive_all
from bot.receipts import Receipt, absorb_all
from messaging.consumer_link import consumer_link
from messaging.errors import code_of
from messaging.providers.twilio_webhooks import is_genuine, twiml
from messaging.receipt_address import read_token
from models.counting import count
from models.database import Database
from models.group_commit import GroupCommit
from settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

INBOUND: Final = "/webhooks/twilio/inbound"
STATUS: Final = "/webhooks/twilio/status"

_MAX_FIELDS = 500
_MAX_MEDIA = 10  # Twilio's limit for one message
_MAX_BYTES = 2 * 1024 * 1024
_HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_STATUS_LINES = {
    200: "200 OK",
    204: "204 No Content",
    400: "400 Bad Request",
    403: "403 Forbidden",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    500: "500 Internal Server Error",
}

Form = Mapping[str, Sequence[str]]


class _Refused(Exception):
    """An answer that is no success: its status, and what to say about it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Door:
    """A WSGI application: the webhooks, and whatever is `beyond` them."""

    def __init__(self, beyond: "WSGIApplication", settings: Settings, database: Database) -> None:
        self._beyond, self._settings, self._database = beyond, settings, database
        self._secret = settings.secret_key.get_secret_value()
        self._token = settings.twilio_auth_token.get_secret_value()
        self._bases = _public_bases(settings.public_base_url)
        self._texts = GroupCommit(database, self._receive)
        self._receipts = GroupCommit(database, self._absorb)
        self._views: dict[str, Callable[[WSGIEnvironment], tuple[int, str]]] = {
            INBOUND: self._inbound,
            STATUS: self._status,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        view = self._views.get(environ.get("PATH_INFO", ""))
        if view is None:
            return self._beyond(environ, start_response)
        try:
            if environ["REQUEST_METHOD"] != "POST":
                raise _Refused(405, "Webhooks are posted.\n")
            status, text = view(environ)
        except _Refused as refused:
            status, text = refused.status, refused.why
        except Exception:
            # Nothing was kept: the provider tries again.
            log.exception("webhook.failed", path=environ["PATH_INFO"])
            status, text = 500, ""
        body = text.encode()
        kind = "text/xml" if status == 200 else "text/plain"
        headers = [*_HEADERS, ("Content-Length", str(len(body)))]
        if status != 204:
            headers.append(("Content-Type", f"{kind}; charset=utf-8"))
        if status == 405:
            headers.append(("Allow", "POST"))
        start_response(_STATUS_LINES[status], headers)
        return [body]

    def _inbound(self, environ: "WSGIEnvironment") -> tuple[int, str]:
        """A consumer's text: TwiML with the reply, or with nothing."""
        raw, form = self._genuine_form(environ)
        text = _text(form, raw.get("Body", [""])[0].encode("latin-1"))
        return 200, twiml(self._texts.submit(text))

    def _status(self, environ: "WSGIEnvironment") -> tuple[int, str]:
        """A receipt: 204 whatever it says, once it is known to be the provider's."""
        _, form = self._genuine_form(environ)
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        self._receipts.submit(
            Receipt(
                message_sid=_required(form, "MessageSid", "SmsSid"),
                status=_required(form, "MessageStatus", "SmsStatus"),
                error_code=code_of(_first(form, "ErrorCode")),
                delivery=read_token(self._secret, query.get("delivery", "")),
                to_number=_first(form, "To").replace("\x00", "")[:64],
            )
        )
        return 204, ""

    def _receive(self, session: Session, texts: Sequence[Text]) -> Sequence[str | None]:
        now = datetime.now(UTC)

        def own_page(subscriber_id: int) -> str:
            base = self._settings.public_base_url
            return consumer_link(base, self._secret, subscriber_id, now)

        return receive_all(session, texts, now, own_page)

    def _absorb(self, session: Session, receipts: Sequence[Receipt]) -> Sequence[bool]:
        return absorb_all(session, receipts, datetime.now(UTC))

    def _genuine_form(self, environ: "WSGIEnvironment") -> tuple[Form, Form]:
        """The form as Latin-1 (its exact bytes) and as UTF-8, once its signature is right; else
        403, and a counter is all that is written."""
        raw = _fields(_body(environ))
        form = raw if all(_is_ascii(*field) for field in raw.items()) else _as_utf8(raw)
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE")
        address = _path(environ)
        if any(is_genuine(self._token, base + address, form, signature) for base in self._bases):
            return raw, form
        log.warning("webhook.forged", path=environ["PATH_INFO"])
        with self._database.write() as session:
            count(session, "forged_webhook", datetime.now(UTC))
        raise _Refused(403, "The signature is missing or wrong.\n")


def _public_bases(base: str) -> tuple[str, ...]:
    """What the provider signs begins with: the public address, never one that a header claims.

    On one machine "localhost" and "127.0.0.1" name the same place, so either may be signed.
    """
    parts = urlsplit(base)
    names = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}
    if (other := names.get(parts.hostname or "")) is None:
        return (base,)
    netloc = parts.netloc.replace(parts.hostname or "", other, 1)
    return base, urlunsplit(parts._replace(netloc=netloc))


def _path(environ: "WSGIEnvironment") -> str:
    """Path and query as they came."""
    path = environ.get("RAW_URI", "").partition("?")[0] or environ["PATH_INFO"]
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _body(environ: "WSGIEnvironment") -> bytes:
    try:
        body: bytes = get_input_stream(environ, max_content_length=_MAX_BYTES).read()
    except RequestEntityTooLarge:
        raise _Refused(413, "Send less than 2 megabytes.\n") from None
    except Exception:  # Each server has its own: a malformed chunk, a client that is gone.
        raise _Refused(400, "The body is malformed or not whole.\n") from None
    return body


def _fields(body: bytes) -> dict[str, list[str]]:
    """The form's fields, each byte as one character, and nothing is refused."""
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise _Refused(400, "Too many fields.\n") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _is_ascii(name: str, values: Iterable[str]) -> bool:
    return name.isascii() and all(value.isascii() for value in values)


def _as_utf8(raw: Form) -> dict[str, list[str]]:
    """Bytes that are no UTF-8 become U+FFFD."""
    fields: dict[str, list[str]] = {}
    for name, values in raw.items():
        fields.setdefault(_decoded(name), []).extend(map(_decoded, values))
    return fields


def _decoded(raw: str) -> str:
    return raw.encode("latin-1").decode("utf-8", "replace")


def _text(form: Form, raw_body: bytes) -> Text:
    body = _first(form, "Body")
    shown = body.replace("\x00", "\N{SYMBOL FOR NULL}")  # PostgreSQL's text holds no NUL
    is_faithful = shown.encode("utf-8", "replace") == raw_body
    return Text(
        message_sid=_required(form, "MessageSid", "SmsMessageSid", "SmsSid"),
        from_number=_required(form, "From"),
        to_number=_required(form, "To"),
        messaging_service_sid=_first(form, "MessagingServiceSid") or None,
        body=shown,
        body_raw=None if is_faithful else raw_body,
        media=tuple(_media(form)),
        opt_out_type=_first(form, "OptOutType").strip().upper()[:10] or None,
        form={
            name: values[0].replace("\x00", "\N{SYMBOL FOR NULL}")
            for name, values in form.items()
            if name not in ("Body", "From", "To")
        },
    )


def _media(form: Form) -> Iterable[dict[str, str]]:
    for number in range(_MAX_MEDIA):
        if url := _first(form, f"MediaUrl{number}"):
            yield {"url": url, "content_type": _first(form, f"MediaContentType{number}")}


def _first(form: Form, name: str) -> str:
    return form[name][0] if name in form else ""


def _required(form: Form, *names: str) -> str:
    """The first of these fields that is there; else 400, which names it."""
    for name in names:
        value = _first(form, name).replace("\x00", "").strip()
        if value and len(value) <= 64:
            return value
    raise _Refused(400, f"{names[0]} is missing or too long.\n")
