"""Twilio's webhooks: is it really Twilio, and what to answer."""

from typing import Any

from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse


def is_genuine(auth_token: str, url: str, form: Any, signature: str | None) -> bool:
    """Whether `signature` (X-Twilio-Signature) fits the public URL and the form.

    `form` must be the MultiDict itself: a name that stands twice takes part twice. A missing
    header is an empty signature (https://www.twilio.com/docs/usage/security).
    """
    return bool(RequestValidator(auth_token).validate(url, form, signature or ""))


def twiml(reply: str | None) -> str:
    """The answer to an inbound message; None says nothing to the consumer."""
    response = MessagingResponse()
    if reply is not None:
        response.message(reply)
    return str(response)
