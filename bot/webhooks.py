"""The provider's door: signature, form, one transaction, an answer.

A webhook does not pass through the application that serves the pages: it needs no session, no
member and no template, and there may be thousands a second.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import structlog
from sqlmodel import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from bot.inbound import Text, receive_all
from bot.posted import Form, Refused, as_utf8, fields, receipt_of, text_of
from bot.receipts import Receipt, absorb_all
from messaging.consumer_link import consumer_link
from messaging.providers.twilio_webhooks import is_genuine, twiml
from messaging.receipt_address import read_token
from models.counting import count
from models.database import Database
from models.group_commit import GroupCommit, Place
from settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

INBOUND: Final = "/webhooks/twilio/inbound"
STATUS: Final = "/webhooks/twilio/status"

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

# Status line, headers, body.
Answer = tuple[str, list[tuple[str, str]], bytes]
Item = TypeVar("Item")
Said = TypeVar("Said")


class _Forged(Exception):
    """It is not the provider's: 403, and a counter is all that is written."""


def _answer(status: int, text: str = "", kind: str = "text/plain") -> Answer:
    body = text.encode()
    headers = [*_HEADERS, ("Content-Length", str(len(body)))]
    if status != 204:
        headers.append(("Content-Type", f"{kind}; charset=utf-8"))
    if status == 405:
        headers.append(("Allow", "POST"))
    return _STATUS_LINES[status], headers, body


def _reply(reply: str | None) -> Answer:
    """To a consumer's text: TwiML with the reply, or with nothing."""
    return _answer(200, twiml(reply), "text/xml")


def _nothing(_is_ours: bool) -> Answer:
    """To a receipt, whatever it says, once it is known to be the provider's."""
    return _answer(204)


def _failed(environ: "WSGIEnvironment") -> Answer:
    """Nothing was kept: the provider tries again."""
    log.exception("webhook.failed", path=environ["PATH_INFO"])
    return _answer(500)


class _Webhook(NamedTuple, Generic[Item, Said]):
    """What is posted to one address: how it is read, who does its work, and what is answered."""

    read: "Callable[[WSGIEnvironment], Item]"
    work: GroupCommit[Item, Said]
    answer: Callable[[Said], Answer]


class Door:
    """A WSGI application: the webhooks, and whatever is `beyond` them."""

    paths = (INBOUND, STATUS)

    def __init__(self, beyond: "WSGIApplication", settings: Settings, database: Database) -> None:
        self._beyond, self._settings, self._database = beyond, settings, database
        self._secret = settings.secret_key.get_secret_value()
        self._token = settings.twilio_auth_token.get_secret_value()
        self._bases = _public_bases(settings.public_base_url)
        texts = GroupCommit(database, self._receive)
        receipts = GroupCommit(database, self._absorb)
        self._webhooks: dict[str, _Webhook[Any, Any]] = {
            INBOUND: _Webhook(self._text, texts, _reply),
            STATUS: _Webhook(self._receipt, receipts, _nothing),
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        webhook = self._webhooks.get(environ.get("PATH_INFO", ""))
        if webhook is None:
            return self._beyond(environ, start_response)
        status, headers, body = self._answer_to(webhook, environ)
        start_response(status, headers)
        return [body]

    def begin(self, environ: "WSGIEnvironment", then: Callable[[Answer], None]) -> bool:
        """Begin what a genuine webhook asks and wait for nothing, for a server that has no thread
        to wait in: `then` gets the answer, from the thread that commits, which it must not hold up.

        False where nothing has begun, because it is no webhook or not one of the provider's: it is
        to be called as any WSGI application. The whole request must be there.
        """
        webhook = self._webhooks.get(environ["PATH_INFO"])
        if webhook is None or environ["REQUEST_METHOD"] != "POST":
            return False
        try:
            item = webhook.read(environ)
        except Exception:  # It will be met again, and answered.
            return False

        def committed(place: Place[Any, Any]) -> None:
            try:
                answer = webhook.answer(place.answer())
            except BaseException:  # Whatever it was, somebody waits for an answer.
                answer = _failed(environ)
            then(answer)

        webhook.work.begin(item, committed)
        return True

    def _answer_to(self, webhook: _Webhook[Any, Any], environ: "WSGIEnvironment") -> Answer:
        try:
            if environ["REQUEST_METHOD"] != "POST":
                raise Refused(405, "Webhooks are posted.\n")
            try:
                item = webhook.read(environ)
            except _Forged:
                log.warning("webhook.forged", path=environ["PATH_INFO"])
                with self._database.write() as session:
                    count(session, "forged_webhook", datetime.now(UTC))
                raise Refused(403, "The signature is missing or wrong.\n") from None
            return webhook.answer(webhook.work.submit(item))
        except Refused as refused:
            return _answer(refused.status, refused.why)
        except Exception:
            return _failed(environ)

    def _text(self, environ: "WSGIEnvironment") -> Text:
        """A consumer's text."""
        raw, form = self._genuine_form(environ)
        return text_of(form, raw)

    def _receipt(self, environ: "WSGIEnvironment") -> Receipt:
        """A receipt, whatever it says."""
        _, form = self._genuine_form(environ)
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        return receipt_of(form, read_token(self._secret, query.get("delivery", "")))

    def _receive(self, session: Session, texts: Sequence[Text]) -> Sequence[str | None]:
        now = datetime.now(UTC)

        def own_page(subscriber_id: int) -> str:
            base = self._settings.public_base_url
            return consumer_link(base, self._secret, subscriber_id, now)

        return receive_all(session, texts, now, own_page)

    def _absorb(self, session: Session, receipts: Sequence[Receipt]) -> Sequence[bool]:
        return absorb_all(session, receipts, datetime.now(UTC))

    def _genuine_form(self, environ: "WSGIEnvironment") -> tuple[Form, Form]:
        """The form as Latin-1 (its exact bytes) and as UTF-8, once its signature is right."""
        raw = fields(_body(environ))
        form = as_utf8(raw)
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE")
        address = _path(environ)
        if any(is_genuine(self._token, base + address, form, signature) for base in self._bases):
            return raw, form
        raise _Forged


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
        raise Refused(413, "Send less than 2 megabytes.\n") from None
    except Exception:  # Each server has its own: a malformed chunk, a client that is gone.
        raise Refused(400, "The body is malformed or not whole.\n") from None
    return body
