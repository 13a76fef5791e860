"""What the provider posts: the fields of a form, and the text or receipt that they say."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl

from bot.inbound import Text
from bot.receipts import Receipt
from messaging.errors import code_of

_MAX_FIELDS = 500
_MAX_MEDIA = 10  # Twilio's limit for one message

Form = Mapping[str, Sequence[str]]


class Refused(Exception):
    """An answer that is no success: its status, and what to say about it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def fields(body: bytes) -> dict[str, list[str]]:
    """The form's fields, each byte as one character, whatever they hold. Refused where there are
    more than _MAX_FIELDS."""
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise Refused(400, "Too many fields.\n") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def as_utf8(raw: Form) -> Form:
    """The same fields with their bytes read as UTF-8; those that are none become U+FFFD."""
    if all(_is_ascii(*field) for field in raw.items()):
        return raw
    found: dict[str, list[str]] = {}
    for name, values in raw.items():
        found.setdefault(_decoded(name), []).extend(map(_decoded, values))
    return found


def _is_ascii(name: str, values: Iterable[str]) -> bool:
    return name.isascii() and all(value.isascii() for value in values)


def _decoded(raw: str) -> str:
    return raw.encode("latin-1").decode("utf-8", "replace")


def text_of(form: Form, raw: Form) -> Text:
    """A consumer's text. Refused where the form says not whose or what it is."""
    raw_body = _first(raw, "Body").encode("latin-1")
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


def receipt_of(form: Form, delivery: tuple[int, int] | None) -> Receipt:
    """What a status callback says, with the delivery that it was signed for."""
    return Receipt(
        message_sid=_required(form, "MessageSid", "SmsSid"),
        status=_required(form, "MessageStatus", "SmsStatus"),
        error_code=code_of(_first(form, "ErrorCode")),
        delivery=delivery,
        to_number=_first(form, "To").replace("\x00", "")[:64],
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
    raise Refused(400, f"{names[0]} is missing or too long.\n")
