"""A phone texts: the signed post, the TwiML that comes back, and what the carrier does itself."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import SimulatorClient
from tests.integration.simulator.receiver import XML, Receiver

PHONE = "+12025550100"
LONG_CODE, ADVANCED = "+12025550199", "+12025550198"


def test_inbound_post_has_every_field(carrier: SimulatorClient, receiver: Receiver) -> None:
    body = "¿JOIN? 🎉 + & = \u202e \x00 end"
    exchange = carrier.text(PHONE, body)
    (post,) = receiver.posts
    assert post.valid
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert post.headers["I-Twilio-Idempotency-Token"]
    form = post.form
    assert form["Body"] == body
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == exchange["sid"]
    assert (form["From"], form["To"]) == (PHONE, "24680")
    assert (form["AccountSid"], form["ApiVersion"]) == (carrier.account_sid, "2010-04-01")
    assert (form["NumMedia"], form["NumSegments"]) == ("0", "1")
    assert (form["FromCountry"], form["FromState"], form["FromCity"]) == ("US", "DC", "WASHINGTON")
    assert "OptOutType" not in form


def test_picture_comes_with_its_address(carrier: SimulatorClient, receiver: Receiver) -> None:
    sid = carrier.text(PHONE, "", picture=True)["sid"]
    form = receiver.posts[0].form
    assert sid.startswith("MM")
    assert (form["NumMedia"], form["MediaContentType0"], form["Body"]) == ("1", "image/png", "")
    assert form["MediaUrl0"].startswith(carrier.base_url)


def test_replies_appear_on_the_phone(
    carrier: SimulatorClient, receiver: Receiver, client: Client
) -> None:
    twiml = (
        "<?xml version='1.0' encoding='UTF-8'?><Response><Message>Welcome &amp; hi</Message>"
        "<Message><Body>Flyer</Body><Media>https://example.com/a.png</Media></Message></Response>"
    )
    receiver.answer = lambda post: (200, XML, twiml)
    exchange = carrier.text(PHONE, "JOIN")
    assert (exchange["webhook_status"], exchange["error"]) == (200, None)
    assert exchange["replies"] == carrier.received(PHONE) == ["Welcome & hi", "Flyer"]
    assert carrier.screen(PHONE)[-1]["media"] == ["https://example.com/a.png"]
    assert {each.direction for each in client.messages.list(to=PHONE)} == {"outbound-reply"}


def test_plain_text_is_a_message_too(carrier: SimulatorClient, receiver: Receiver) -> None:
    receiver.answer = lambda post: (200, "text/plain", "Just words")
    assert carrier.text(PHONE, "JOIN")["replies"] == ["Just words"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((403, XML, ""), "Webhook answered 403 (error 11200)"),
        ((500, XML, "oops"), "Webhook answered 500 (error 11200)"),
        ((200, XML, "<Response>"), "Webhook answered with XML that does not parse (error 12100)"),
        ((200, "application/json", "{}"), "Webhook answered with application/json, not XML"),
    ],
)
def test_bad_answers_are_shown_on_the_phone(
    carrier: SimulatorClient, receiver: Receiver, answer: tuple[int, str, str], words: str
) -> None:
    receiver.answer = lambda post: answer
    exchange = carrier.text(PHONE, "JOIN")
    assert exchange["webhook_status"] == answer[0]
    assert exchange["error"].startswith(words)
    assert carrier.screen(PHONE)[-1]["text"] == exchange["error"]


def test_unreachable_webhook_is_tried_twice(carrier: SimulatorClient, receiver: Receiver) -> None:
    receiver.close()
    exchange = carrier.text(PHONE, "JOIN")
    assert (exchange["webhook_status"], exchange["error"]) == (
        0,
        "Webhook did not answer (error 11205)",
    )
    assert [post["attempt"] for post in carrier.webhooks(kind="inbound")] == [1, 0]


def test_retries_asked_for_in_the_url_repeat_the_same_event(
    carrier: SimulatorClient, receiver: Receiver
) -> None:
    answers = iter([(500, XML, ""), (503, XML, ""), (200, XML, "<Response/>")])
    receiver.answer = lambda post: next(answers)
    carrier.settings(inbound_url=f"{receiver.base_url}/in?a=b#rc=3&rp=5xx")
    assert carrier.text(PHONE, "JOIN")["webhook_status"] == 200
    assert {post.path for post in receiver.posts} == {"/in?a=b"}
    assert all(post.valid for post in receiver.posts)
    assert len({post.form["MessageSid"] for post in receiver.posts}) == 1
    assert len({post.headers["I-Twilio-Idempotency-Token"] for post in receiver.posts}) == 1


def test_short_code_leaves_everything_to_the_application(
    carrier: SimulatorClient, receiver: Receiver, client: Client
) -> None:
    assert carrier.text(PHONE, "STOP")["replies"] == []
    client.messages.create(to=PHONE, from_="24680", body="still sent")
    assert carrier.received(PHONE) == ["still sent"]


@pytest.mark.parametrize("word", ["STOP", " stopall ", "Unsubscribe", "optout", "REVOKE"])
def test_long_code_is_blocked_by_the_carrier(
    carrier: SimulatorClient, receiver: Receiver, client: Client, word: str
) -> None:
    receiver.reply("You are unsubscribed")
    exchange = carrier.text(PHONE, word, to=LONG_CODE)
    assert receiver.posts[0].form["Body"] == word
    assert "OptOutType" not in receiver.posts[0].form
    # The application's own answer runs into the block that is in place by then.
    (carrier_answer,) = carrier.received(PHONE)
    assert carrier_answer.startswith("You have successfully been unsubscribed")
    assert exchange["replies"] == [carrier_answer, "You are unsubscribed"]
    assert carrier.screen(PHONE)[-1]["error_code"] == 21610
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to=PHONE, from_=LONG_CODE, body="hi")
    assert (caught.value.code, caught.value.status) == (21610, 400)


def test_block_is_for_the_pair_and_ends_with_start(
    carrier: SimulatorClient, client: Client
) -> None:
    carrier.text(PHONE, "STOP", to=LONG_CODE)
    assert carrier.text(PHONE, "stop", to=LONG_CODE)["replies"] == []
    client.messages.create(to=PHONE, from_="24680", body="another sender")
    (answer,) = carrier.text(PHONE, "unstop", to=LONG_CODE)["replies"]
    assert answer.startswith("You have successfully been re-subscribed")
    client.messages.create(to=PHONE, from_=LONG_CODE, body="welcome back")
    assert carrier.received(PHONE)[-1] == "welcome back"


def test_sentences_are_no_keywords_of_the_carrier(carrier: SimulatorClient, client: Client) -> None:
    assert carrier.text(PHONE, "please stop", to=LONG_CODE)["replies"] == []
    assert client.messages.create(to=PHONE, from_=LONG_CODE, body="hi").sid


@pytest.mark.parametrize(
    ("word", "kind"), [("STOP", "STOP"), ("start", "START"), ("info", "HELP"), ("hello", None)]
)
def test_advanced_opt_out_says_so_in_the_webhook(
    carrier: SimulatorClient, receiver: Receiver, word: str, kind: str | None
) -> None:
    carrier.text(PHONE, word, to=ADVANCED)
    assert receiver.posts[0].form.get("OptOutType") == kind
    assert receiver.posts[0].valid
