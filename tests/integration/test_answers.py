"""Recipients' answers reach the address that the promoter gave."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlmodel import select

import simulator
from messaging.errors import Outcome
from messaging.providers import SendError
from models import Answer, AnswerStatus, Sender
from scheduler import answers
from scheduler.dispatch import Dispatch
from settings import Settings
from simulator import SimulatorClient
from tests.conftest import make_settings
from tests.fake_provider import FakeProvider
from tests.world import World

PHONE = "+12025550000"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[SimulatorClient]:
    with simulator.running(smtp_port=0) as client:
        yield client


def blast(world: World, answers_to: str) -> FakeProvider:
    """One recipient has got a broadcast; the provider that carried it."""
    world.crowd(1)
    broadcast = world.order(answers_to=answers_to)
    world.fire(broadcast)
    provider = FakeProvider()
    settings = make_settings("sqlite:///unused")
    asyncio.run(Dispatch(world.database, provider, settings, lambda: world.now).turn())
    return provider


def forward(world: World, provider: FakeProvider, settings: Settings | None = None) -> int:
    settings = settings or make_settings("sqlite:///unused")
    return asyncio.run(answers.forward(world.database, provider, settings, world.now))


def the_answer(world: World) -> Answer:
    with world.database.read() as session:
        return session.exec(select(Answer)).one()


def test_an_answer_goes_to_the_phone_that_was_given(world: World) -> None:
    provider = blast(world, "+12025550199")
    reply = world.text(PHONE, "See you at 9 \U0001f57a")
    assert reply is not None
    assert "thank you" in reply
    assert forward(world, provider) == 1
    copy = provider.taken[-1]
    assert (copy.to, copy.sender) == ("+12025550199", "24680")
    assert "See you at 9 \U0001f57a" in copy.body
    assert "+1 202-555-0000" in copy.body
    assert forward(world, provider) == 0, "an answer goes once"


@pytest.mark.parametrize(("answers_to", "used"), [("+12025550199", 2), ("me@neon.example", 0)])
def test_an_answer_sent_on_as_a_text_comes_off_the_senders_rate(
    world: World, answers_to: str, used: int
) -> None:
    provider = blast(world, answers_to)
    world.text(PHONE, "See you " + 20 * "there ")
    with world.database.read() as session:
        sender = session.exec(select(Sender)).one()
        before = sender.ahead(world.now).total_seconds()
    forward(world, provider)
    with world.database.read() as session:
        sender = session.exec(select(Sender)).one()
        after = sender.ahead(world.now).total_seconds()
    assert after - before == pytest.approx(used / sender.segments_per_second)


def test_texts_with_answers_keep_to_the_rate_and_letters_do_not_wait_for_them(
    world: World,
) -> None:
    provider = blast(world, "+12025550199")
    world.change_sender(segments_per_second=1)
    world.pass_time(minutes=1)
    for _ in range(30):
        world.text(PHONE, "See you")
    went = [forward(world, provider)]
    assert went[0] <= 3, "no more than two seconds ahead"
    for _ in range(40):
        world.pass_time(seconds=1)
        went.append(forward(world, provider))
        assert went[-1] <= 1
    assert sum(went) == 30


def test_an_answer_goes_to_the_mail_address_that_was_given(
    world: World, mailbox: SimulatorClient
) -> None:
    provider = blast(world, "bookings@neon.example")
    world.text(PHONE, "Table for <b>4</b>\nBcc: x@evil.example")
    settings = make_settings("sqlite:///unused", smtp_url=f"smtp://127.0.0.1:{mailbox.smtp_port}")
    before = len(mailbox.letters())
    assert forward(world, provider, settings) == 1
    letters = mailbox.letters()
    assert len(letters) == before + 1
    assert letters[0]["recipients"] == ["bookings@neon.example"]
    assert "Table for <b>4</b>\nBcc: x@evil.example" in letters[0]["body"]


def test_without_a_mail_server_it_waits_in_the_inbox_and_says_so(world: World) -> None:
    provider = blast(world, "bookings@neon.example")
    world.text(PHONE, "Table for 4?")
    assert forward(world, provider) == 0
    answer = the_answer(world)
    assert answer.status is AnswerStatus.failed
    assert "inbox" in (answer.error or "")
    assert world.inbound(PHONE)[-1].body == "Table for 4?"


@pytest.mark.parametrize("word", ["STOP", "HELP", "JOIN", "START"])
def test_a_keyword_is_no_answer(world: World, word: str) -> None:
    provider = blast(world, "+12025550199")
    world.text(PHONE, word)
    assert forward(world, provider) == 0


def test_a_provider_that_is_away_is_tried_again(world: World) -> None:
    provider = blast(world, "+12025550199")
    world.text(PHONE, "hello there")
    provider.answers["+12025550199"] = SendError(Outcome.retry, None, "away")
    assert forward(world, provider) == 0
    provider.answers.clear()
    assert forward(world, provider) == 0, "not at once"
    world.pass_time(minutes=2)
    assert forward(world, provider) == 1


def test_a_copy_that_a_crash_left_open_is_not_sent_again(world: World) -> None:
    provider = blast(world, "+12025550199")
    world.text(PHONE, "hello there")
    with world.database.write() as session:
        assert len(answers.claim_letters(session, world.now)) == 1
    world.pass_time(minutes=3)
    assert forward(world, provider) == 0
    assert the_answer(world).status is AnswerStatus.failed


def test_a_promoter_who_texted_stop_gets_no_copies(world: World) -> None:
    provider = blast(world, "+12025550199")
    world.text("+12025550199", "STOP")
    world.text(PHONE, "hello there")
    asked = len(provider.asked)
    assert forward(world, provider) == 0
    assert len(provider.asked) == asked


def test_a_text_two_weeks_later_is_no_answer_any_more(world: World) -> None:
    provider = blast(world, "+12025550199")
    world.pass_time(days=14, seconds=1)
    world.text(PHONE, "hello there")
    assert forward(world, provider) == 0
