"""Posts to the webhooks as the provider does: signed over the public address."""

from urllib.parse import quote_plus

from flask import Flask
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.world import next_sid

PUBLIC = "http://marquee.test"
INBOUND = "/webhooks/twilio/inbound"
STATUS = "/webhooks/twilio/status"


def signature(path: str, form: object, *, token: str = AUTH_TOKEN, base: str = PUBLIC) -> str:
    return str(RequestValidator(token).compute_signature(base + path, form))


def post(app: Flask, path: str, form: dict[str, str], **headers: str) -> TestResponse:
    """A genuine post of this form."""
    headers = {"X-Twilio-Signature": signature(path, form)} | headers
    return app.test_client().post(path, data=form, headers=headers)


def post_raw(app: Flask, path: str, fields: list[tuple[str, bytes]]) -> TestResponse:
    """A genuine post whose values may be any bytes; signed as they read with U+FFFD."""
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in fields)
    form = MultiDict((name, value.decode("utf-8", "replace")) for name, value in fields)
    return app.test_client().post(
        path,
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature(path, form)},
    )


def text_form(phone: str, body: str, **more: str) -> dict[str, str]:
    sid = more.pop("MessageSid", None) or next_sid()
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": phone,
        "To": "24680",
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "FromCountry": "US",
        "ApiVersion": "2010-04-01",
        **more,
    }
