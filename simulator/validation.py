"""What ``POST Messages`` refuses, in the order in which Twilio looks at a request."""

import re
from collections.abc import Container
from dataclasses import dataclass

from multidict import MultiMapping

from simulator.config import Sender, is_http_url
from simulator.errors import MAGIC_FROM, MAGIC_FROM_OK, MAGIC_TO, ApiError
from simulator.numbers import normalize_to

MAX_BODY = 1600
MAX_MEDIA = 10
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_FROM = re.compile(r"\+[1-9]\d{6,14}|\d{3,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A request to send that passed: everything in the form that the carrier uses."""

    to: str
    sender: str
    body: str
    media: tuple[str, ...]
    service_sid: str | None
    callback: str | None


def read_draft(
    form: MultiMapping[str],
    senders: dict[str, Sender],
    blocked: Container[tuple[str, str]],
    refused: dict[str, int],
) -> Draft:
    """Return the draft in a form, or raise ApiError with Twilio's code for what is wrong.

    ``refused`` maps numbers to the code that every message to them is answered with.
    """
    to = form.get("To", "").strip()
    if not to:
        raise ApiError(21604)
    number = normalize_to(to)
    if number is None:
        raise ApiError(21211, to)
    sender, service_sid = _read_sender(form, senders)
    body, media = _read_content(form)
    _refuse_schedule(form)
    callback = form.get("StatusCallback") or None
    if callback is not None and not is_http_url(callback):
        raise ApiError(21609, callback)
    validity = form.get("ValidityPeriod")
    if validity is not None and not (validity.isdecimal() and 1 <= int(validity) <= 36_000):
        raise ApiError(20001, "ValidityPeriod must be between 1 and 36000")
    code = MAGIC_TO.get(number) or refused.get(number)
    if code is not None:
        raise ApiError(code, number)
    if number == sender:
        raise ApiError(21266, number)
    if (sender, number) in blocked:
        raise ApiError(21610)
    return Draft(number, sender, body, media, service_sid, callback)


def _read_sender(form: MultiMapping[str], senders: dict[str, Sender]) -> tuple[str, str | None]:
    sender = form.get("From", "").strip()
    service_sid = form.get("MessagingServiceSid", "").strip() or None
    if service_sid is not None and not _SERVICE_SID.fullmatch(service_sid):
        raise ApiError(21705, service_sid)
    if not sender:
        if service_sid is None:
            raise ApiError(21603)
        return next(iter(senders)), service_sid
    if not _FROM.fullmatch(sender):
        raise ApiError(21212, sender)
    if sender in MAGIC_FROM:
        raise ApiError(MAGIC_FROM[sender], sender)
    if sender not in senders and sender != MAGIC_FROM_OK:
        raise ApiError(21606, sender)
    return sender, service_sid


def _read_content(form: MultiMapping[str]) -> tuple[str, tuple[str, ...]]:
    body = form.get("Body", "")
    media = tuple(form.getall("MediaUrl", ()))
    if not body and not media:
        raise ApiError(21602)
    if len(body) > MAX_BODY:
        raise ApiError(21617)
    if len(media) > MAX_MEDIA:
        raise ApiError(21623)
    for url in media:
        if not is_http_url(url):
            raise ApiError(21620, url)
    return body, media


def _refuse_schedule(form: MultiMapping[str]) -> None:
    """Refuse to keep a message for later: Marquee schedules itself, since STOP does not cancel."""
    if "SendAt" in form or "ScheduleType" in form:
        if not form.get("MessagingServiceSid"):
            raise ApiError(35118)
        raise ApiError(35114, form.get("SendAt", ""))
