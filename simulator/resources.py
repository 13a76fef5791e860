"""Twilio's JSON: the Message, Account and number resources."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from simulator.errors import message_of
from simulator.store import Message

API = "/2010-04-01"
DEFAULT_PAGE = 50


def rfc2822(seconds: float | None) -> str | None:
    """Return a Unix time as Twilio writes it: ``Thu, 24 Aug 2023 05:01:45 +0000``."""
    return None if seconds is None else format_datetime(datetime.fromtimestamp(seconds, UTC))


def message_json(account_sid: str, message: Message) -> dict[str, Any]:
    """Return a Message resource with every field that Twilio's has."""
    uri = f"{API}/Accounts/{account_sid}/Messages/{message.sid}"
    # A messaging service picks the number later: until then there is no sender and no count.
    pending = message.status == "accepted"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message_of(message.error_code),
        "from": None if pending else message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": str(len(message.media)),
        "num_segments": "0" if pending else str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def account_json(account_sid: str, started: float) -> dict[str, Any]:
    """Return the Account resource: what a log-in check asks for."""
    uri = f"{API}/Accounts/{account_sid}"
    return {
        "auth_token": None,  # Twilio shows it; nothing that is logged needs it.
        "date_created": rfc2822(started),
        "date_updated": rfc2822(started),
        "friendly_name": "Simulated carrier",
        "owner_account_sid": account_sid,
        "sid": account_sid,
        "status": "active",
        "subresource_uris": {
            "messages": f"{uri}/Messages.json",
            "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
        },
        "type": "Full",
        "uri": f"{uri}.json",
    }


def numbers_json(
    account_sid: str, numbers: list[str], sms_url: str, started: float
) -> dict[str, Any]:
    """Return the page of IncomingPhoneNumber resources; there are few, so it is the only one."""
    uri = f"{API}/Accounts/{account_sid}/IncomingPhoneNumbers"
    sids = {number: f"PN{number.strip('+'):0>32}" for number in numbers}
    return {
        "end": max(len(numbers) - 1, 0),
        "first_page_uri": f"{uri}.json?Page=0",
        "incoming_phone_numbers": [
            {
                "account_sid": account_sid,
                "api_version": "2010-04-01",
                "capabilities": {"voice": False, "sms": True, "mms": True, "fax": False},
                "date_created": rfc2822(started),
                "date_updated": rfc2822(started),
                "friendly_name": number,
                "phone_number": number,
                "sid": sids[number],
                "sms_method": "POST",
                "sms_url": sms_url,
                "status": "in-use",
                "uri": f"{uri}/{sids[number]}.json",
            }
            for number in numbers
        ],
        "next_page_uri": None,
        "page": 0,
        "page_size": DEFAULT_PAGE,
        "previous_page_uri": None,
        "start": 0,
        "uri": f"{uri}.json",
    }
