"""The address of a receipt names its delivery, and nobody else can make one."""

import pytest

from messaging.receipt_address import read_token, receipt_address

SECRET = "s" * 32


def test_the_token_comes_back_as_delivery_and_attempt() -> None:
    address = receipt_address("https://sms.example.com", SECRET, 123456789012, 2)
    path, _, token = address.partition("?delivery=")
    assert path == "https://sms.example.com/webhooks/twilio/status"
    assert read_token(SECRET, token) == (123456789012, 2)


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
    token = receipt_address("", SECRET, 7, 1).rpartition("=")[2]
    assert read_token(SECRET, change(token)) is None  # type: ignore[operator]
    assert read_token("t" * 32, token) is None
