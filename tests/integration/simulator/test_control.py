"""Crowds, the mailbox, settings, and the wall around the control API."""

import smtplib
from email.message import EmailMessage
from http.client import HTTPConnection
from urllib.parse import urlsplit

import phonenumbers
import pytest

from simulator import SimulatorClient
from simulator.client import ControlError
from tests.integration.simulator.receiver import Receiver


def test_crowd_joins_through_the_signed_webhook(
    carrier: SimulatorClient, receiver: Receiver
) -> None:
    receiver.reply("Welcome")
    crowd = carrier.crowd(120, "JOIN", concurrency=20)
    assert (crowd["done"], crowd["failed"], crowd["total"]) == (120, 0, 120)
    assert all(post.valid for post in receiver.posts)
    numbers = {post.form["From"] for post in receiver.posts}
    assert numbers == set(crowd["numbers"])
    assert len(numbers) == 120
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    second = carrier.crowd(120, "JOIN")
    assert not numbers & set(second["numbers"])
    assert carrier.received(second["numbers"][7]) == ["Welcome"]


def test_crowd_of_known_phones_and_of_one_area(carrier: SimulatorClient) -> None:
    known = ["+12025550100", "+12125550142"]
    assert carrier.crowd(2, "STOP", numbers=known)["numbers"] == known
    numbers = carrier.crowd(30, area_codes=["212"])["numbers"]
    assert all(number.startswith("+1212") for number in numbers)
    with pytest.raises(ControlError, match="area codes 999"):
        carrier.crowd(1, area_codes=["999"])


def test_crowd_tells_what_failed(carrier: SimulatorClient, receiver: Receiver) -> None:
    receiver.answer = lambda post: (403, "text/plain", "")
    crowd = carrier.crowd(5)
    assert (crowd["done"], crowd["failed"]) == (5, 5)
    assert crowd["errors"] == {"Webhook answered 403 (error 11200)": 5}


def test_phones_are_listed_newest_first(carrier: SimulatorClient) -> None:
    assert carrier.request("GET", "/phones")["phones"][0]["number"] == "+12025550100"
    carrier.text("+13105550177", "JOIN")
    phone = carrier.request("GET", "/phones", limit=1)["phones"][0]
    assert (phone["number"], phone["last"]["body"]) == ("+13105550177", "JOIN")
    assert carrier.request("POST", "/phones", {"number": "(415) 555-0123"})["entries"] == 0
    with pytest.raises(ControlError, match="not a phone number"):
        carrier.request("POST", "/phones", {"number": "12"})


def test_mailbox_takes_letters_for_everybody(carrier: SimulatorClient) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "marquee@example.com", "promoter@example.com"
    letter["Subject"] = "Fan: what time are doors? 🎉"
    letter.set_content("¿A qué hora?\n")
    with smtplib.SMTP("127.0.0.1", carrier.smtp_port or 0) as server:
        server.send_message(letter)
    (kept,) = carrier.letters()
    assert kept["recipients"] == ["promoter@example.com"]
    assert (kept["subject"], kept["body"]) == ("Fan: what time are doors? 🎉", "¿A qué hora?\n")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latency": 5}, "no setting 'latency'"),
        ({"latency_ms": -1}, "latency_ms must be a number"),
        ({"latency_ms": "fast"}, "latency_ms must be a number"),
        ({"failed_share": 1.5}, "between 0 and 1"),
        ({"failed_share": 0.6, "silent_share": 0.6}, "more than 1"),
        ({"failed_code": 12}, "does not know the code 12"),
        ({"receipt_copies": 0}, "whole number from 1 to 20"),
        ({"inbound_url": "webhook"}, "absolute http"),
        ({"overrides": {"+12025550100": {"refuse": 1}}}, "does not know the code 1"),
    ],
)
def test_bad_settings_are_refused_whole(
    carrier: SimulatorClient, changes: dict[str, object], words: str
) -> None:
    before = carrier.settings()
    with pytest.raises(ControlError, match=words):
        carrier.settings(**changes)
    assert carrier.settings() == before


def test_settings_return_to_the_start(carrier: SimulatorClient) -> None:
    carrier.settings(failed_share=1)
    assert carrier.reset_settings()["failed_share"] == 0


def status_of(
    carrier: SimulatorClient, method: str, path: str, body: str | None = None, **headers: str
) -> int:
    address = urlsplit(carrier.base_url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        return connection.getresponse().status
    finally:
        connection.close()


def test_foreign_pages_reach_nothing(carrier: SimulatorClient) -> None:
    json = {"Content_Type": "application/json"}
    crowd = '{"count": 1}'

    def crowds(**headers: str) -> int:
        return status_of(carrier, "POST", "/control/crowds", crowd, **headers)

    assert crowds(**json, Origin="https://evil.example") == 403
    assert crowds(**json, Origin="null") == 403
    assert crowds(**json, Host="evil.example") == 403
    assert crowds(**json, Sec_Fetch_Site="cross-site") == 403
    assert crowds(Content_Type="text/plain") == 415
    assert crowds(Content_Type="application/x-www-form-urlencoded") == 415
    assert status_of(carrier, "GET", "/control/phones", Host="evil.example:8001") == 403
    assert status_of(carrier, "GET", "/", Host="127.0.0.1.evil.example") == 403
    assert carrier.request("GET", "/crowds")["crowds"] == []
    assert crowds(**json, Origin=carrier.base_url) == 202


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"from": 1}', '{"body": "x"}'])
def test_malformed_json_is_explained(carrier: SimulatorClient, body: str) -> None:
    headers = {"Content_Type": "application/json"}
    assert status_of(carrier, "POST", "/control/texts", body, **headers) == 400
