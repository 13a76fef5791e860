"""Every refusal reaches the caller through the SDK as Twilio's own code and status."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from simulator import SimulatorClient
from tests.integration.simulator.conftest import sdk

PHONE = "+12025550100"
GOOD: dict[str, Any] = {"to": PHONE, "from_": "24680", "body": "hi"}


def refusal(client: Client, **changes: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**(GOOD | changes))
    return caught.value


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "banana"}, 21211),
        ({"to": "+1202555"}, 21211),
        ({"to": "+11115550100"}, 21211),
        ({"from_": ""}, 21603),
        ({"from_": "+"}, 21212),
        ({"from_": "13579"}, 21606),
        ({"from_": "+12025550199", "to": "+12025550199"}, 21266),
        ({"body": ""}, 21602),
        ({"body": "a" * 1601}, 21617),
        ({"media_url": ["nonsense"]}, 21620),
        ({"media_url": ["https://example.com/a.png"] * 11}, 21623),
        ({"status_callback": "ftp://example.com/"}, 21609),
        ({"status_callback": "/relative"}, 21609),
        ({"validity_period": 36_001}, 20001),
        ({"messaging_service_sid": "MG1"}, 21705),
        ({"send_at": "2030-01-01T00:00:00Z", "schedule_type": "fixed"}, 35118),
    ],
)
def test_invalid_request(
    client: Client, carrier: SimulatorClient, changes: dict[str, Any], code: int
) -> None:
    error = refusal(client, **changes)
    assert (error.code, error.status) == (code, 400)
    assert carrier.messages() == []


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"to": "+15005550001"}, 21211, 400),
        ({"to": "+15005550002"}, 21612, 400),
        ({"to": "+15005550003"}, 21408, 400),
        ({"to": "+15005550004"}, 21610, 400),
        ({"to": "+15005550009"}, 21614, 400),
        ({"from_": "+15005550001"}, 21212, 400),
        ({"from_": "+15005550007"}, 21606, 400),
        ({"from_": "+15005550008"}, 21611, 429),
    ],
)
def test_magic_numbers(client: Client, changes: dict[str, Any], code: int, status: int) -> None:
    error = refusal(client, **changes)
    assert (error.code, error.status) == (code, status)


def test_magic_sender_that_works(client: Client) -> None:
    assert client.messages.create(**(GOOD | {"from_": "+15005550006"})).sid


def test_body_of_1600_letters_is_accepted(client: Client) -> None:
    assert client.messages.create(**(GOOD | {"body": "a" * 1600})).num_segments == "11"


def test_wrong_token(carrier: SimulatorClient) -> None:
    error = refusal(sdk(carrier, auth_token="wrong"))
    assert (error.code, error.status, error.msg) == (
        20003,
        401,
        "Unable to create record: Authenticate",
    )
    assert carrier.messages() == []


def test_page_with_wrong_token(carrier: SimulatorClient) -> None:
    with pytest.raises(TwilioException):
        sdk(carrier, auth_token="wrong").messages.list()


def test_another_account_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as caught:
        client.api.accounts("AC" + "f" * 32).messages.create(**GOOD)
    assert (caught.value.code, caught.value.status) == (20404, 404)


def test_unknown_message_and_unknown_resource(client: Client) -> None:
    for missing in (client.messages("SM" + "0" * 32), client.calls("CA" + "0" * 32)):
        with pytest.raises(TwilioRestException) as caught:
            missing.fetch()
        assert (caught.value.code, caught.value.status) == (20404, 404)


def test_nothing_here_can_be_canceled(client: Client, carrier: SimulatorClient) -> None:
    message = client.messages.create(**GOOD)
    with pytest.raises(TwilioRestException) as caught:
        client.messages(message.sid).update(status="canceled")
    assert (caught.value.code, caught.value.status) == (30409, 409)


def test_message_under_way_cannot_be_deleted(client: Client, carrier: SimulatorClient) -> None:
    carrier.settings(receipt_delay_ms=60_000)
    message = client.messages.create(**GOOD)
    with pytest.raises(TwilioRestException) as caught:
        client.messages(message.sid).delete()
    assert (caught.value.code, caught.value.status) == (20009, 409)
