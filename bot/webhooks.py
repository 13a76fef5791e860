"""The provider's door: signature, form, one transaction, an answer. The only Flask in bot/."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request
from werkzeug.datastructures import MultiDict

from bot.inbound import Text, receive
from bot.receipts import Receipt, absorb
from messaging.consumer_link import consumer_link
from messaging.providers.twilio_webhooks import is_genuine, twiml
from messaging.receipt_address import read_token
from models.counting import count
from models.database import Database
from settings import Settings

log = structlog.get_logger()
webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks/twilio")

_MAX_FIELDS = 500
_MAX_MEDIA = 10  # Twilio's limit for one message


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Open the door on `app`."""
    app.extensions["marquee.webhooks"] = (settings, database)
    app.register_blueprint(webhooks)


@webhooks.post("/inbound")
def inbound() -> Response:
    """A consumer's text: TwiML with the reply, or with nothing."""
    settings, database = current_app.extensions["marquee.webhooks"]
    raw = _fields(request.get_data(), "latin-1")
    form = _genuine_form(settings, database)
    text = _text(form, raw.get("Body", "").encode("latin-1"))
    now, secret = datetime.now(UTC), settings.secret_key.get_secret_value()

    def own_page(subscriber_id: int) -> str:
        return consumer_link(settings.public_base_url, secret, subscriber_id, now)

    with database.write() as session:
        reply = receive(session, text, now, own_page)
    return Response(twiml(reply), mimetype="text/xml")


@webhooks.post("/status")
def status() -> Response:
    """A receipt: 204 whatever it says, once it is known to be the provider's."""
    settings, database = current_app.extensions["marquee.webhooks"]
    form = _genuine_form(settings, database)
    code = form.get("ErrorCode", "")
    receipt = Receipt(
        message_sid=_required(form, "MessageSid", "SmsSid"),
        status=_required(form, "MessageStatus", "SmsStatus"),
        error_code=int(code) if code.isdecimal() and len(code) < 10 else None,
        delivery=read_token(
            settings.secret_key.get_secret_value(), request.args.get("delivery", "")
        ),
    )
    with database.write() as session:
        absorb(session, receipt, datetime.now(UTC))
    return Response(status=204)


def _genuine_form(settings: Settings, database: Database) -> "MultiDict[str, str]":
    """The form, once its signature is right; else 403, and a counter is all that is written."""
    body = request.get_data()
    signature = request.headers.get("X-Twilio-Signature")
    token = settings.twilio_auth_token.get_secret_value()
    form = _fields(body, "utf-8")
    for url in _public_urls(settings.public_base_url):
        if is_genuine(token, url, form, signature):
            return form
    log.warning("webhook.forged", path=request.path)
    with database.write() as session:
        count(session, "forged_webhook", datetime.now(UTC))
    return abort(Response("The signature is missing or wrong.\n", 403, mimetype="text/plain"))


def _public_urls(base: str) -> Iterator[str]:
    """The address that the provider signed: the public one, never one that a header claims.

    On one machine "localhost" and "127.0.0.1" name the same place, so either may be signed.
    """
    query = request.query_string.decode("latin-1")
    path = request.environ.get("RAW_URI", request.path).partition("?")[0] or request.path
    url = f"{base}{path}" + (f"?{query}" if query else "")
    yield url
    parts = urlsplit(url)
    for one, other in (("localhost", "127.0.0.1"), ("127.0.0.1", "localhost")):
        if parts.hostname == one:
            yield urlunsplit(parts._replace(netloc=parts.netloc.replace(one, other, 1)))


def _fields(body: bytes, encoding: str) -> "MultiDict[str, str]":
    """The form's fields; bytes that are no UTF-8 become U+FFFD, and nothing is refused."""
    try:
        pairs = parse_qsl(
            body.decode(encoding, "replace"),
            keep_blank_values=True,
            encoding=encoding,
            errors="replace",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        abort(Response("Too many fields.\n", 400, mimetype="text/plain"))
    return MultiDict(pairs)


def _text(form: "MultiDict[str, str]", raw_body: bytes) -> Text:
    body = form.get("Body", "")
    shown = body.replace("\x00", "\N{SYMBOL FOR NULL}")  # PostgreSQL's text holds no NUL
    is_faithful = shown.encode("utf-8", "replace") == raw_body
    return Text(
        message_sid=_required(form, "MessageSid", "SmsMessageSid", "SmsSid"),
        from_number=_required(form, "From"),
        to_number=_required(form, "To"),
        messaging_service_sid=form.get("MessagingServiceSid") or None,
        body=shown,
        body_raw=None if is_faithful else raw_body,
        media=tuple(_media(form)),
        opt_out_type=form.get("OptOutType", "").strip().upper()[:10] or None,
        form={
            name: value.replace("\x00", "\N{SYMBOL FOR NULL}")
            for name, value in form.items()
            if name not in ("Body", "From", "To")
        },
    )


def _media(form: "MultiDict[str, str]") -> Iterator[dict[str, str]]:
    for number in range(_MAX_MEDIA):
        if url := form.get(f"MediaUrl{number}"):
            yield {"url": url, "content_type": form.get(f"MediaContentType{number}", "")}


def _required(form: "MultiDict[str, str]", *names: str) -> str:
    """The first of these fields that is there; else 400, which names it."""
    for name in names:
        value = form.get(name, "").replace("\x00", "").strip()
        if value and len(value) <= 64:
            return value
    return abort(Response(f"{names[0]} is missing or too long.\n", 400, mimetype="text/plain"))
