"""Faults: what each does to the caller, and whether the message was accepted all the same."""

import json
import time

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator import SimulatorClient

PHONE = "+12025550100"


def send(client: Client, to: str = PHONE) -> str | None:
    return client.messages.create(to=to, from_="24680", body="Doors at 10").sid


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("rate_limited", 429, 20429), ("server_error", 500, 20500), ("unavailable", 503, 20503)],
)
def test_refusals_process_nothing(
    client: Client, carrier: SimulatorClient, fault: str, status: int, code: int
) -> None:
    carrier.settings(**{f"{fault}_share": 1})
    with pytest.raises(TwilioRestException) as caught:
        send(client)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert carrier.messages() == []


@pytest.mark.parametrize(("fault", "accepted"), [("reset_before", 0), ("reset_after", 1)])
def test_cut_connections(
    client: Client, carrier: SimulatorClient, fault: str, accepted: int
) -> None:
    carrier.settings(**{f"{fault}_share": 1})
    with pytest.raises(requests.ConnectionError):
        send(client)
    assert len(carrier.messages()) == accepted


def test_time_out_accepts_the_message(carrier: SimulatorClient) -> None:
    carrier.settings(time_out_share=1, time_out_seconds=60)
    client = Client(
        carrier.account_sid, carrier.auth_token, http_client=TwilioHttpClient(timeout=0.2)
    )
    client.api.base_url = carrier.base_url
    with pytest.raises(requests.Timeout):
        send(client)
    assert len(carrier.messages()) == 1


def test_garbage_and_missing_sid_hide_an_accepted_message(
    client: Client, carrier: SimulatorClient
) -> None:
    carrier.settings(garbage_share=1)
    with pytest.raises(json.JSONDecodeError):
        send(client)
    carrier.settings(garbage_share=0, no_sid_share=1)
    assert send(client) is None
    assert len(carrier.messages(to=PHONE)) == 2


def test_faults_strike_their_share_and_a_second_try_is_a_new_draw(
    client: Client, carrier: SimulatorClient
) -> None:
    carrier.settings(rate_limited_share=0.5)
    refused = 0
    for number in range(60):
        for _ in range(30):
            try:
                send(client, f"+1202555{number:04d}")
                break
            except TwilioRestException:
                refused += 1
    assert len(carrier.messages()) == 60
    assert 30 <= refused <= 100


def test_override_refuses_one_number(client: Client, carrier: SimulatorClient) -> None:
    carrier.settings(overrides={PHONE: {"refuse": 21614}})
    with pytest.raises(TwilioRestException) as caught:
        send(client)
    assert caught.value.code == 21614
    assert send(client, "+12125550142")


def test_latency_is_waited_out(client: Client, carrier: SimulatorClient) -> None:
    carrier.settings(latency_ms=120)
    started = time.monotonic()
    send(client)
    assert time.monotonic() - started >= 0.12


def test_log_keeps_the_time_of_every_accepted_request(
    client: Client, carrier: SimulatorClient
) -> None:
    before = time.monotonic()
    for _ in range(3):
        send(client)
    times = [message["received_at_monotonic"] for message in carrier.messages()]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= time.monotonic()
    counters = carrier.counters()
    assert (counters["accepted"], counters["messages"]) == (3, 3)


def test_a_redirect_processes_nothing(client: Client, carrier: SimulatorClient) -> None:
    carrier.settings(redirect_share=1)
    with pytest.raises(TwilioRestException) as caught:
        send(client)
    assert caught.value.status == 307
    assert carrier.messages() == []


def test_log_of_submissions_holds_what_was_refused_too(
    client: Client, carrier: SimulatorClient
) -> None:
    before = time.time()
    sid = send(client)
    carrier.settings(rate_limited_share=1)
    with pytest.raises(TwilioRestException):
        send(client)
    first, second = carrier.submissions()
    assert (first["sid"], first["fault"]) == (sid, None)
    assert (second["sid"], second["fault"]) == (None, "rate_limited")
    assert first["to"] == second["to"] == PHONE
    assert before <= first["at"] <= second["at"] <= time.time()
    assert carrier.submissions(since=1) == [second]


def test_arrival_is_logged_before_the_latency(client: Client, carrier: SimulatorClient) -> None:
    carrier.settings(latency_ms=200)
    before = time.time()
    send(client)
    assert carrier.submissions()[0]["at"] - before < 0.1
