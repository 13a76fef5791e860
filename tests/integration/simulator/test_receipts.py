"""Receipts: signed, in order, and as unruly as they are told to be."""

import threading

import pytest
from twilio.rest import Client

from simulator import SimulatorClient, running
from tests.integration.simulator.receiver import Received, Receiver

PHONE = "+12025550100"


def send(client: Client, receiver: Receiver, path: str = "/status", **fields: str) -> str:
    form = {"to": PHONE, "from_": "24680", "body": "Doors at 10"} | fields
    return client.messages.create(status_callback=receiver.base_url + path, **form).sid


def test_receipts_are_signed_over_the_exact_url(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    path = "/status?delivery=7&list=Neon%20Nights&empty=&a=%2F"
    sid = send(client, receiver, path)
    assert carrier.wait_until_idle()

    assert [post.path for post in receiver.posts] == [path, path]
    assert all(post.valid for post in receiver.posts)
    assert receiver.statuses(sid) == ["sent", "delivered"]
    form = receiver.posts[1].form
    assert form["SmsSid"] == form["MessageSid"] == sid
    assert form["SmsStatus"] == form["MessageStatus"] == "delivered"
    assert (form["To"], form["From"]) == (PHONE, "24680")
    assert (form["AccountSid"], form["ApiVersion"]) == (carrier.account_sid, "2010-04-01")
    assert "ErrorCode" not in form
    tokens = {post.headers["I-Twilio-Idempotency-Token"] for post in receiver.posts}
    assert len(tokens) == 2


def test_next_receipt_waits_for_the_answer_to_the_one_before(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    slow, answered = "+12125550142", threading.Event()

    def answer(post: Received) -> tuple[int, str, str]:
        if post.form["To"] == slow and post.form["MessageStatus"] == "queued":
            assert answered.wait(10)
        return 204, "text/plain", ""

    receiver.answer = answer
    carrier.settings(early_receipts=True)
    slow_sid = send(client, receiver, to=slow)
    others = [send(client, receiver) for _ in range(10)]
    # The others overtake the slow one, whose second receipt stays back meanwhile.
    receiver.wait_for(1 + 4 * len(others))
    assert receiver.statuses(slow_sid) == ["queued"]
    answered.set()
    assert carrier.wait_until_idle()
    for sid in (slow_sid, *others):
        assert receiver.statuses(sid) == ["queued", "sending", "sent", "delivered"]


def test_undelivered_and_failed_carry_a_code(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    lost, dead = "+12125550142", "+13105550177"
    carrier.settings(
        overrides={
            lost: {"status": "undelivered", "code": 30005},
            dead: {"status": "failed", "code": 30006},
        }
    )
    lost_sid, dead_sid = send(client, receiver, to=lost), send(client, receiver, to=dead)
    assert carrier.wait_until_idle()

    assert receiver.statuses(lost_sid) == ["sent", "undelivered"]
    assert receiver.statuses(dead_sid) == ["failed"]
    codes = {post.form.get("ErrorCode") for post in receiver.posts}
    assert codes == {None, "30005", "30006"}
    fetched = client.messages(lost_sid).fetch()
    assert (fetched.status, fetched.error_code) == ("undelivered", 30005)
    assert fetched.error_message == "Unknown destination handset"
    assert carrier.received(lost) == []


def test_silent_messages_leave_without_a_receipt(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    carrier.settings(silent_share=1)
    sid = send(client, receiver)
    assert carrier.wait_until_idle()
    assert receiver.posts == []
    assert client.messages(sid).fetch().status == "sent"


def test_receipts_can_come_before_the_answer(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    carrier.settings(receipts_first=True)
    message = client.messages.create(
        to=PHONE, from_="24680", body="x", status_callback=f"{receiver.base_url}/status"
    )
    assert message.status == "queued"
    assert receiver.statuses(message.sid) == ["sent", "delivered"]


def test_copies_and_disorder_repeat_under_the_same_seed(receiver: Receiver) -> None:
    def run(seed: int) -> list[list[str]]:
        with running(seed=seed) as carrier:
            client = Client(carrier.account_sid, carrier.auth_token)
            client.api.base_url = carrier.base_url
            carrier.settings(receipt_copies=2, shuffle_receipts=True)
            sids = [send(client, receiver) for _ in range(8)]
            assert carrier.wait_until_idle()
            assert {client.messages(sid).fetch().status for sid in sids} == {"delivered"}
            return [receiver.statuses(sid) for sid in sids]

    first = run(1)
    assert all(sorted(each) == ["delivered", "delivered", "sent", "sent"] for each in first)
    assert any(each[0] == "delivered" for each in first)
    assert run(1) == first
    assert run(2) != first


def test_shares_repeat_under_the_same_seed() -> None:
    def run() -> list[str]:
        with running(seed=3) as carrier:
            client = Client(carrier.account_sid, carrier.auth_token)
            client.api.base_url = carrier.base_url
            carrier.settings(undelivered_share=0.3, failed_share=0.2)
            for number in range(40):
                client.messages.create(to=f"+1202555{number:04d}", from_="24680", body="x")
            assert carrier.wait_until_idle()
            return [message["status"] for message in carrier.messages()]

    first = run()
    assert set(first) == {"delivered", "undelivered", "failed"}
    assert run() == first


@pytest.mark.parametrize("status", [403, 500])
def test_refused_receipt_is_shown_and_not_repeated(
    client: Client, carrier: SimulatorClient, receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda post: (status, "text/plain", "no")
    send(client, receiver)
    assert carrier.wait_until_idle()
    assert len(receiver.posts) == 2
    assert {post["status"] for post in carrier.webhooks(failed=1)} == {status}
    notes = [line["text"] for line in carrier.screen(PHONE) if line["kind"] == "note"]
    assert notes[0] == f"Receipt “sent”: the webhook answered {status}"


def test_a_receipt_is_repeated_where_its_address_says_so(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    answers = iter([500, 500])
    receiver.answer = lambda post: (next(answers, 204), "text/plain", "")
    sid = send(client, receiver, path="/status?delivery=7-1.abc#rc=3&rp=5xx,ct,rt")
    assert carrier.wait_until_idle()
    assert receiver.statuses(sid) == ["sent", "sent", "sent", "delivered"]
    assert {post.path for post in receiver.posts} == {"/status?delivery=7-1.abc"}
    assert all(post.valid for post in receiver.posts)


def test_some_receipts_go_before_the_answer_and_the_rest_after_it(
    client: Client, carrier: SimulatorClient, receiver: Receiver
) -> None:
    carrier.settings(early_share=0.5, receipt_copies=3, receipt_delay_ms=50)
    before = []
    for number in range(30):
        sid = send(client, receiver, to=f"+1212555{number:04d}")
        before.append(len(receiver.statuses(sid)))
    assert carrier.wait_until_idle()
    assert {0, 1, 2} <= set(before)
    assert len(receiver.posts) == 30 * 6
