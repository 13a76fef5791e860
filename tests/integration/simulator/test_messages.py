"""Twilio's SDK reads and writes messages at the simulator as it does at Twilio."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from simulator import SimulatorClient

PHONE = "+12025550100"


def test_created_message_has_every_field(client: Client, carrier: SimulatorClient) -> None:
    carrier.settings(receipt_delay_ms=60_000)
    message = client.messages.create(to="(202) 555-0100", from_="24680", body="Doors at 10")

    assert re.fullmatch(r"SM[0-9a-f]{32}", message.sid)
    assert (message.to, message.from_, message.body) == (PHONE, "24680", "Doors at 10")
    assert message.account_sid == carrier.account_sid
    assert (message.status, message.direction) == ("queued", "outbound-api")
    assert (message.num_segments, message.num_media) == ("1", "0")
    assert (message.price, message.price_unit, message.api_version) == (None, "USD", "2010-04-01")
    assert (message.error_code, message.error_message) == (None, None)
    assert (message.date_sent, message.messaging_service_sid) == (None, None)
    assert abs(datetime.now(UTC) - message.date_created) < timedelta(seconds=5)
    assert message.uri.endswith(f"/Messages/{message.sid}.json")
    assert message.subresource_uris["media"].endswith("/Media.json")


def test_message_is_delivered_and_fetched(client: Client, carrier: SimulatorClient) -> None:
    message = client.messages.create(to=PHONE, from_="24680", body="Doors at 10")
    assert carrier.wait_until_idle()

    fetched = client.messages(message.sid).fetch()
    assert fetched.status == "delivered"
    assert fetched.date_sent >= message.date_created
    assert carrier.received(PHONE) == ["Doors at 10"]


def test_picture_message_is_an_mms(client: Client) -> None:
    message = client.messages.create(
        to=PHONE, from_="24680", media_url=["https://example.com/a.png", "https://example.com/b"]
    )
    assert message.sid.startswith("MM")
    assert message.num_media == "2"


def test_messaging_service_chooses_the_sender_later(
    client: Client, carrier: SimulatorClient
) -> None:
    carrier.settings(receipt_delay_ms=60_000)
    service = "MG" + "0" * 32
    message = client.messages.create(to=PHONE, messaging_service_sid=service, body="hi")
    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")
    assert message.messaging_service_sid == service


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("a" * 160, "1"),
        ("a" * 161, "2"),
        ("a" * 306, "2"),
        ("a" * 307, "3"),
        ("a" * 152 + "[" + "a" * 152, "3"),  # An extension letter never straddles two parts.
        ("я" * 70, "1"),
        ("я" * 71, "2"),
        ("a" * 66 + "🎉" + "a" * 4, "2"),
        ("a" * 66 + "🎉" + "a" * 66, "3"),  # Nor does a surrogate pair.
    ],
)
def test_segments_are_counted(client: Client, body: str, segments: str) -> None:
    assert client.messages.create(to=PHONE, from_="24680", body=body).num_segments == segments


def test_list_is_newest_first_and_pages(client: Client) -> None:
    bodies = [str(number) for number in range(7)]
    for body in bodies:
        client.messages.create(to=PHONE, from_="24680", body=body)

    assert [each.body for each in client.messages.list(page_size=3)] == bodies[::-1]
    assert [each.body for each in client.messages.list(limit=4, page_size=3)] == bodies[:2:-1]
    assert len(client.messages.list(page_size=5000)) == 7


def test_pages_do_not_shift_when_messages_arrive(client: Client) -> None:
    for number in range(5):
        client.messages.create(to=PHONE, from_="24680", body=str(number))
    first = client.messages.page(page_size=2)
    client.messages.create(to=PHONE, from_="24680", body="late")

    second = first.next_page()
    third = second.next_page()
    assert [each.body for each in first] == ["4", "3"]
    assert [each.body for each in second] == ["2", "1"]
    assert [each.body for each in third] == ["0"]
    assert third.next_page() is None
    assert [each.body for each in second.previous_page()] == ["4", "3"]


def test_list_filters_by_number(client: Client, carrier: SimulatorClient) -> None:
    client.messages.create(to=PHONE, from_="24680", body="one")
    client.messages.create(to="+12125550142", from_="24680", body="two")
    client.messages.create(to=PHONE, from_="+12025550199", body="three")
    carrier.text(PHONE, "JOIN")

    assert [each.body for each in client.messages.list(to=PHONE)] == ["three", "one"]
    assert [each.body for each in client.messages.list(from_="+12025550199")] == ["three"]
    assert [each.body for each in client.messages.list(to=PHONE, from_="24680")] == ["one"]
    assert [each.direction for each in client.messages.list(from_=PHONE)] == ["inbound"]
    assert client.messages.list(to="+12025550111") == []


def test_list_filters_by_date(client: Client, carrier: SimulatorClient) -> None:
    message = client.messages.create(to=PHONE, from_="24680", body="today")
    assert carrier.wait_until_idle()
    sent = client.messages(message.sid).fetch().date_sent
    today, second = sent.date(), timedelta(seconds=1)

    def count(**dates: date | datetime) -> int:
        return len(client.messages.list(to=PHONE, **dates))

    assert count(date_sent=today) == 1
    assert count(date_sent=today - timedelta(days=1)) == 0
    assert count(date_sent_after=sent) == count(date_sent_before=sent) == 1
    assert count(date_sent_after=sent + second) == count(date_sent_before=sent - second) == 0
    assert count(date_sent_after=today, date_sent_before=today + timedelta(days=1)) == 1


def test_message_that_has_not_left_matches_no_date(
    client: Client, carrier: SimulatorClient
) -> None:
    carrier.settings(receipt_delay_ms=60_000)
    client.messages.create(to=PHONE, from_="24680", body="queued")
    assert len(client.messages.list(to=PHONE)) == 1
    assert client.messages.list(to=PHONE, date_sent=datetime.now(UTC).date()) == []


def test_redact_and_delete(client: Client, carrier: SimulatorClient) -> None:
    message = client.messages.create(to=PHONE, from_="24680", body="secret")
    assert carrier.wait_until_idle()
    assert client.messages(message.sid).update(body="").body == ""
    assert client.messages(message.sid).delete()
    assert client.messages.list() == []


def test_account_and_numbers(client: Client, carrier: SimulatorClient) -> None:
    account = client.api.accounts(carrier.account_sid).fetch()
    assert (account.sid, account.status) == (carrier.account_sid, "active")
    numbers = [each.phone_number for each in client.incoming_phone_numbers.list()]
    assert numbers == ["24680", "+12025550199", "+12025550198"]


def test_async_client_sends_and_lists(carrier: SimulatorClient) -> None:
    async def run() -> list[str]:
        async with AsyncTwilioHttpClient() as http:
            client = Client(carrier.account_sid, carrier.auth_token, http_client=http)
            client.api.base_url = carrier.base_url
            sending = (
                client.messages.create_async(to=PHONE, from_="24680", body=str(number))
                for number in range(40)
            )
            await asyncio.gather(*sending)
            return [each.body for each in await client.messages.list_async(page_size=15)]

    assert sorted(asyncio.run(run()), key=int) == [str(number) for number in range(40)]
