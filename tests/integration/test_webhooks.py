"""The inbound webhook: who is let in, what is kept, and that a replay changes nothing."""

from functools import partial
from xml.etree import ElementTree

import pytest
from flask import Flask
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader
from sqlmodel import select

from models import Counter, InboundMessage
from models.database import Database
from settings import Settings
from tests.conftest import make_settings
from tests.threads import at_once
from tests.webhook_client import (
    INBOUND,
    STATUS,
    post,
    post_raw,
    signature,
    text_form,
)
from tests.world import World, next_sid
from wsgi import create_app

PHONE = "+12025550111"


@pytest.fixture
def app(world: World, settings: Settings) -> Flask:
    return create_app(settings, world.database)


@pytest.fixture
def sqlite_app(sqlite_world: World) -> Flask:
    return create_app(make_settings("sqlite:///unused"), sqlite_world.database)


def messages_in(twiml: str) -> list[str]:
    return [message.text or "" for message in ElementTree.fromstring(twiml).iter("Message")]


def forged(database: Database) -> int:
    with database.read() as session:
        return sum(session.exec(select(Counter.value).where(Counter.name == "forged_webhook")))


def test_a_signed_join_is_answered_in_twiml(app: Flask, world: World) -> None:
    answer = post(app, INBOUND, text_form(PHONE, "join"))
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    (reply,) = messages_in(answer.text)
    for part in ("Neon Nights", "Up to 4 msgs/month", "data rates", "HELP", "STOP"):
        assert part in reply
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}


@pytest.mark.parametrize("path", [INBOUND, STATUS])
@pytest.mark.parametrize("header", [None, "", "bm9uc2Vuc2U=", "é"])
def test_a_forged_post_is_refused_and_only_counted(
    app: Flask, world: World, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"X-Twilio-Signature": header}
    answer = app.test_client().post(path, data=text_form(PHONE, "JOIN"), headers=headers)
    assert answer.status_code == 403
    assert forged(world.database) == 1
    assert world.inbound(PHONE) == []
    assert world.consent_events(PHONE) == []


def test_a_changed_field_breaks_the_signature(sqlite_app: Flask, sqlite_world: World) -> None:
    form = text_form(PHONE, "JOIN")
    sign = signature(INBOUND, form)
    form["From"] = "+12025550199"
    answer = sqlite_app.test_client().post(INBOUND, data=form, headers={"X-Twilio-Signature": sign})
    assert answer.status_code == 403


def test_a_host_header_does_not_move_the_signed_address(sqlite_app: Flask) -> None:
    form = text_form(PHONE, "JOIN")
    headers = {
        "X-Twilio-Signature": signature(INBOUND, form, base="http://evil.example"),
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
    }
    assert sqlite_app.test_client().post(INBOUND, data=form, headers=headers).status_code == 403


@pytest.mark.parametrize("signed", ["http://localhost:8000", "http://127.0.0.1:8000"])
def test_on_one_machine_both_names_of_it_may_be_signed(sqlite_world: World, signed: str) -> None:
    settings = make_settings("sqlite:///unused", public_base_url="http://localhost:8000")
    app = create_app(settings, sqlite_world.database)
    form = text_form(PHONE, "JOIN")
    headers = {"X-Twilio-Signature": signature(INBOUND, form, base=signed)}
    assert app.test_client().post(INBOUND, data=form, headers=headers).status_code == 200


def test_the_public_https_address_counts_behind_a_proxy(sqlite_world: World) -> None:
    settings = make_settings("sqlite:///unused", public_base_url="https://sms.example.com/")
    app = create_app(settings, sqlite_world.database)
    form = text_form(PHONE, "JOIN")
    path = f"{INBOUND}?rc=1"
    headers = {"X-Twilio-Signature": signature(path, form, base="https://sms.example.com")}
    assert app.test_client().post(path, data=form, headers=headers).status_code == 200


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
def test_a_missing_field_is_named(sqlite_app: Flask, sqlite_world: World, name: str) -> None:
    form = text_form(PHONE, "JOIN")
    for alias in (name, "SmsSid", "SmsMessageSid") if name == "MessageSid" else (name,):
        form.pop(alias)
    answer = post(sqlite_app, INBOUND, form)
    assert answer.status_code == 400
    assert name in answer.text
    assert sqlite_world.inbound(PHONE) == []


def test_a_text_to_a_number_that_no_sender_has_gets_nothing(app: Flask, world: World) -> None:
    answer = post(app, INBOUND, text_form(PHONE, "JOIN", To="99999"))
    assert answer.status_code == 200
    assert messages_in(answer.text) == []
    assert world.inbound(PHONE) == []


def test_a_new_parameter_of_the_provider_does_no_harm(sqlite_app: Flask) -> None:
    answer = post(sqlite_app, INBOUND, text_form(PHONE, "JOIN", NewParameter="42"))
    assert len(messages_in(answer.text)) == 1


def test_a_replay_gets_the_same_answer_and_changes_nothing(app: Flask, world: World) -> None:
    form = text_form(PHONE, "JOIN")
    first, second = post(app, INBOUND, form), post(app, INBOUND, form)
    assert first.text == second.text
    assert len(world.consent_events(PHONE)) == 1
    assert len(world.inbound(PHONE)) == 1


def test_copies_that_arrive_at_the_same_instant_are_one_text(app: Flask, world: World) -> None:
    form = text_form(PHONE, "JOIN")
    answers = at_once([lambda: post(app, INBOUND, form).text] * 8)
    assert len(set(answers)) == 1
    assert len(messages_in(answers[0])) == 1
    assert len(world.consent_events(PHONE)) == 1


def test_different_texts_of_one_phone_at_once_are_decided_in_turn(app: Flask, world: World) -> None:
    texts = [text_form(PHONE, word) for word in ("JOIN", "JOIN", "TECHNO", "STOP", "START", "JAZZ")]
    answers = at_once([partial(post, app, INBOUND, text) for text in texts])
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(world.inbound(PHONE)) == 6
    assert sum(event.kind == "opted_out" for event in world.consent_events(PHONE)) == 1
    subscribed = world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert subscribed != world.is_suppressed(PHONE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        "\U0001f389\U0001f57a".encode(),
        b"x" * 1600,
        b"nul \x00 inside",
        b"broken \xff\xfe utf-8 \xc3",
        "\u202eright to left\u202c".encode(),
        b"<script>alert(1)</script>",
        "\ud7ff \ufffd".encode(),
    ],
)
def test_any_body_is_handled_and_kept_verbatim(app: Flask, world: World, body: bytes) -> None:
    fields = [("MessageSid", next_sid().encode()), ("From", PHONE.encode()), ("To", b"24680")]
    answer = post_raw(app, INBOUND, [*fields, ("Body", body)])
    assert answer.status_code == 200
    (message,) = world.inbound(PHONE)
    assert (message.body_raw if message.body_raw is not None else message.body.encode()) == body


@pytest.mark.parametrize("sender", ["BANK-INFO", "72975", "whatsapp:+12025550111", "+1"])
def test_a_sender_that_is_no_phone_is_kept_and_not_answered(
    app: Flask, world: World, sender: str
) -> None:
    for word in ("JOIN", "STOP", "hello"):
        answer = post(app, INBOUND, text_form(sender, word))
        assert answer.status_code == 200
        assert messages_in(answer.text) == []
    assert len(world.inbound(sender)) == 3


def test_a_picture_message_with_a_keyword_counts(app: Flask, world: World) -> None:
    world.text(PHONE, "JOIN")
    form = text_form(
        PHONE,
        "Stop",
        NumMedia="1",
        MediaUrl0="https://media.example/1.jpg",
        MediaContentType0="image/jpeg",
    )
    answer = post(app, INBOUND, form)
    assert "no more messages" in messages_in(answer.text)[0]
    assert world.inbound(PHONE)[-1].media == [
        {"url": "https://media.example/1.jpg", "content_type": "image/jpeg"}
    ]


def test_a_number_inside_a_messaging_service_is_found_by_the_service(
    sqlite_app: Flask, sqlite_world: World
) -> None:
    service = "MG" + "a" * 32
    sqlite_world.change_sender(kind="messaging_service", address=service)
    form = text_form(PHONE, "JOIN", To="+12025550000", MessagingServiceSid=service)
    assert len(messages_in(post(sqlite_app, INBOUND, form).text)) == 1


def test_help_leads_to_the_persons_own_page(sqlite_app: Flask) -> None:
    (reply,) = messages_in(post(sqlite_app, INBOUND, text_form(PHONE, "HELP")).text)
    assert "http://marquee.test/c/" in reply


def test_a_failing_database_answers_no_200(sqlite_app: Flask, sqlite_world: World) -> None:
    with sqlite_world.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consent_event RENAME TO gone")
    answer = post(sqlite_app, INBOUND, text_form(PHONE, "JOIN"))
    assert answer.status_code == 500
    assert "consent_event" not in answer.text
    with sqlite_world.database.read() as session:
        assert session.exec(select(InboundMessage)).all() == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_webhooks_are_posted(sqlite_app: Flask, method: str) -> None:
    answer = sqlite_app.test_client().open(INBOUND, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_what_is_too_large_is_refused(sqlite_app: Flask) -> None:
    answer = post(sqlite_app, INBOUND, text_form(PHONE, "x" * (2 * 1024 * 1024)))
    assert answer.status_code == 413


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"5\r\nBody=too long\r\n0\r\n\r\n", b"5\r\nBod"])
def test_a_malformed_or_broken_body_is_refused(sqlite_app: Flask, chunks: bytes) -> None:
    body = Body(ChunkedReader(None, IterUnreader([chunks])))
    environ = {"wsgi.input": body, "wsgi.input_terminated": True}
    answer = sqlite_app.test_client().post(INBOUND, environ_overrides=environ)
    assert answer.status_code == 400


def test_too_many_fields_are_refused(sqlite_app: Flask) -> None:
    more = {f"Field{number}": "1" for number in range(500)}
    assert post(sqlite_app, INBOUND, text_form(PHONE, "JOIN", **more)).status_code == 400
