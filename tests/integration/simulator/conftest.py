"""A carrier on a free port, a product that listens to it, and twilio's own SDK."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

import simulator
from simulator.harness import TEST_AUTH_TOKEN
from tests.integration.simulator.receiver import Receiver


@pytest.fixture(autouse=True)
def _no_twilio_region(monkeypatch: pytest.MonkeyPatch) -> None:
    # Either would make the SDK rewrite the loopback address into a Twilio host.
    monkeypatch.delenv("TWILIO_EDGE", raising=False)
    monkeypatch.delenv("TWILIO_REGION", raising=False)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    product = Receiver(TEST_AUTH_TOKEN)
    yield product
    product.close()


@pytest.fixture
def carrier(receiver: Receiver) -> Iterator[simulator.SimulatorClient]:
    senders = tuple(
        simulator.Sender.parse(text)
        for text in ("24680", "+12025550199=provider", "+12025550198=advanced_opt_out")
    )
    url = f"{receiver.base_url}/webhooks/twilio/inbound"
    with simulator.running(url, smtp_port=0, senders=senders) as running:
        yield running


@pytest.fixture
def client(carrier: simulator.SimulatorClient) -> Client:
    return sdk(carrier)


def sdk(carrier: simulator.SimulatorClient, auth_token: str | None = None) -> Client:
    client = Client(carrier.account_sid, auth_token or carrier.auth_token)
    client.api.base_url = carrier.base_url
    return client
