"""Twilio's error codes that the simulator answers with, and their JSON shape.

Source: https://www.twilio.com/docs/api/errors, and the magic numbers of
https://www.twilio.com/docs/iam/test-credentials.
"""

import json

from aiohttp import web

# code: (HTTP status, message). "{}" is filled with the offending value.
ERRORS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {}"),
    20003: (401, "Authenticate"),
    20009: (409, "Cannot delete message because delivery of message {} has not been completed."),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid 'From' Number: {}"),
    21266: (400, "'To' and 'From' number cannot be the same: {}"),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' "
        "number: {}",
    ),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The 'From' phone number provided ({}) is not a valid message-capable Twilio phone "
        "number for this destination",
    ),
    21609: (400, "The 'StatusCallback' URL {} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number {} has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number: {}, is not currently reachable using the 'From' number"),
    21614: (400, "'To' number {} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL(s): {}"),
    21623: (400, "Number of media files exceeds allowed limit of 10"),
    21705: (400, "The Messaging Service Sid {} is invalid."),
    30001: (429, "Queue overflow"),
    30003: (400, "Unreachable destination handset"),
    30004: (400, "Message blocked"),
    30005: (400, "Unknown destination handset"),
    30006: (400, "Landline or unreachable carrier"),
    30007: (400, "Message filtered"),
    30008: (400, "Unknown error"),
    30023: (400, "US A2P 10DLC - Daily Message Cap Reached"),
    30027: (400, "US A2P 10DLC - T-Mobile Daily Message Limit Reached"),
    30034: (400, "US A2P 10DLC - Message from an Unregistered Number"),
    30409: (409, "This message cannot be canceled"),
    35114: (400, "Scheduling does not support this timestamp: {}"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
}

MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
MAGIC_FROM_OK = "+15005550006"


class ApiError(Exception):
    """A request that Twilio's API refuses."""

    def __init__(self, code: int, value: str = "") -> None:
        """Remember the code and fill its message with the offending value."""
        super().__init__(code)
        self.code = code
        status, message = ERRORS.get(code, (400, "Error"))
        self.status = status
        self.message = message.replace("{}", value)


def message_of(code: int | None) -> str | None:
    """Return the words for a code that a receipt or a message resource carries."""
    if code is None:
        return None
    return ERRORS.get(code, (0, f"Error {code}"))[1].replace(" {}", "")


def error_response(error: ApiError) -> web.Response:
    """Answer as Twilio does: code, message, more_info and status."""
    body = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if error.status == 401 else {}
    return web.Response(
        status=error.status,
        text=json.dumps(body),
        content_type="application/json",
        headers=headers,
    )
