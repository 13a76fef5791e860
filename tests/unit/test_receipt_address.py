"""The address of a receipt names its delivery, and nobody else can make one."""

from urllib.parse import parse_qs, urlsplit

import pytest

from messaging.receipt_address import ReceiptAddresses, read_token

SECRET = "s" * 32


def test_the_token_comes_back_as_delivery_and_attempt() -> None:
    address = ReceiptAddresses("https://sms.example.com", SECRET).of(123456789012, 2)
    path, _, token = address.partition("#")[0].partition("?delivery=")
    assert path == "https://sms.example.com/webhooks/twilio/status"
    assert read_token(SECRET, token) == (123456789012, 2)


def test_the_address_of_a_message_that_is_under_way_stays_good() -> None:
    """Its receipts come days later, from another version of Marquee say."""
    assert read_token(SECRET, "7-1.TMFyI41Ryoz6a6lw1ltjUVBz7KQ") == (7, 1)


def test_twilio_is_told_to_try_again_where_the_receipt_was_not_kept() -> None:
    """https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""
    address = ReceiptAddresses("https://a.example", SECRET).of(7, 1)
    overrides = parse_qs(urlsplit(address).fragment)
    assert overrides == {"rc": ["3"], "rp": ["5xx,ct,rt"]}


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: "1-1",
        lambda token: "2" + token,
        lambda token: token[:-1],
        lambda token: token.replace("7-1", "8-1"),
    ],
)
def test_a_changed_token_is_nothing(change: object) -> None:
    token = ReceiptAddresses("", SECRET).of(7, 1).partition("#")[0].rpartition("=")[2]
    assert read_token(SECRET, change(token)) is None  # type: ignore[operator]
    assert read_token("t" * 32, token) is None
