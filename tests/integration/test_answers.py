"""Recipients' answers reach the address that the promoter gave."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

import simulator
from messaging.errors import Outcome
from messaging.providers import Outgoing, SendError
from models import Answer, AnswerStatus, Sender, Subscriber
from models.erasing import erase
from models.stopping import go_on, stop_everything
from scheduler import answers
from scheduler.dispatch import Dispatch
from settings import Settings
from simulator import SimulatorClient
from tests.conftest import make_settings
from tests.fake_provider import FakeProvider
from tests.mail_host import mail_host
from tests.world import World

PHONE = "+12025550000"
PROMOTER = "+12025550199"


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
    return asyncio.run(answers.forward(world.database, provider, settings, lambda: world.now))


def all_answers(world: World) -> Sequence[Answer]:
    with world.database.read() as session:
        return session.exec(select(Answer).order_by(col(Answer.id))).all()


def the_answer(world: World) -> Answer:
    (answer,) = all_answers(world)
    return answer


def test_an_answer_goes_to_the_phone_that_was_given(world: World) -> None:
    provider = blast(world, PROMOTER)
    reply = world.text(PHONE, "See you at 9 \U0001f57a")
    assert reply is not None
    assert "thank you" in reply
    assert forward(world, provider) == 1
    copy = provider.taken[-1]
    assert (copy.to, copy.sender) == (PROMOTER, "24680")
    assert "See you at 9 \U0001f57a" in copy.body
    assert "+1 202-555-0000" in copy.body
    assert forward(world, provider) == 0, "an answer goes once"


@pytest.mark.parametrize(("answers_to", "used"), [(PROMOTER, 2), ("me@neon.example", 0)])
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
    provider = blast(world, PROMOTER)
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


def test_texts_with_answers_wait_for_the_next_day_when_the_senders_is_used_up(world: World) -> None:
    """Only replies to what somebody texts never wait."""
    provider = blast(world, "+12025550199")
    for _ in range(10):
        world.text(PHONE, "See you")
    world.change_sender(daily_cap=8, used_today=3)
    provider.taken.clear()
    for _ in range(20):
        world.pass_time(seconds=1)
        forward(world, provider)
    assert len(provider.taken) == 5
    with world.database.read() as session:
        left = session.exec(select(Answer).where(Answer.status == AnswerStatus.pending)).all()
    midnight = Sender.cap_ends(world.now)
    assert {(one.next_attempt_at, one.error) for one in left} == {
        (midnight, "The sender has used up its day: this goes out after midnight Pacific time.")
    }
    world.now = midnight
    world.change_sender(daily_cap=100)
    forward(world, provider)
    assert len(provider.taken) == 10


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


@pytest.mark.parametrize("url", ["smtp://mail.example", "smtp://neon:secret@mail.example"])
def test_an_answer_waits_while_the_mail_server_cannot_show_who_it_is(
    sqlite_world: World, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = blast(sqlite_world, "bookings@neon.example")
    sqlite_world.text(PHONE, "Table for 4?")
    settings = make_settings("sqlite:///unused", smtp_url=url)
    with mail_host(tmp_path, monkeypatch, offers="starttls", is_trusted=False) as host:
        assert forward(sqlite_world, provider, settings) == 0
    assert host.asked
    assert not host.log_ins
    assert not host.letters
    assert the_answer(sqlite_world).status is AnswerStatus.pending


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
    provider = blast(world, PROMOTER)
    world.text(PHONE, word)
    assert forward(world, provider) == 0


def test_a_provider_that_is_away_is_tried_again(world: World) -> None:
    provider = blast(world, PROMOTER)
    world.text(PHONE, "hello there")
    provider.answers[PROMOTER] = SendError(Outcome.retry, None, "away")
    assert forward(world, provider) == 0
    provider.answers.clear()
    assert forward(world, provider) == 0, "not at once"
    world.pass_time(minutes=2)
    assert forward(world, provider) == 1


def test_a_copy_that_a_crash_left_open_is_not_sent_again(world: World) -> None:
    provider = blast(world, PROMOTER)
    world.text(PHONE, "hello there")
    with world.database.write() as session:
        assert len(answers.claim_letters(session, world.now)) == 1
    world.pass_time(minutes=3)
    assert forward(world, provider) == 0
    assert the_answer(world).status is AnswerStatus.failed


def test_a_promoter_who_texted_stop_gets_no_copies(world: World) -> None:
    provider = blast(world, PROMOTER)
    world.text(PROMOTER, "STOP")
    world.text(PHONE, "hello there")
    asked = len(provider.asked)
    assert forward(world, provider) == 0
    assert len(provider.asked) == asked


def promoter_stops(world: World) -> None:
    world.text(PROMOTER, "STOP")


def member_stops_everything(world: World) -> None:
    with world.database.write() as session:
        assert stop_everything(session, world.organization_id, world.member_id, world.now)


def recipient_is_erased(world: World) -> None:
    with world.database.write() as session:
        person = session.exec(select(Subscriber).where(Subscriber.phone_number == PHONE)).one()
        erase(session, person, world.now)


@pytest.mark.parametrize(
    ("happens", "becomes"),
    [
        (promoter_stops, (AnswerStatus.failed, "This number has opted out of messages.")),
        (member_stops_everything, (AnswerStatus.pending, "Sending was stopped before it left.")),
        (recipient_is_erased, (AnswerStatus.failed, "What it held was erased.")),
    ],
)
def test_what_happens_while_one_copy_is_sent_holds_for_the_next(
    world: World, happens: Callable[[World], None], becomes: tuple[AnswerStatus, str]
) -> None:
    """Several are claimed at once, and leave one after the other."""
    provider = blast(world, PROMOTER)
    world.text(PHONE, "See you at 9")
    world.text(PHONE, "My name is Ann")
    acts = [happens]
    provider.before_send = lambda _: acts.pop()(world)
    assert forward(world, provider) == 1
    assert "My name is Ann" not in provider.taken[-1].body
    status, error = becomes
    second = all_answers(world)[1]
    assert (second.status, (second.error or "").startswith(error)) == (status, True)


def test_a_copy_that_waited_for_the_end_of_a_stop_goes_then(world: World) -> None:
    provider = blast(world, PROMOTER)
    for text in ("See you at 9", "and at 10"):
        world.text(PHONE, text)
    acts = [member_stops_everything]
    provider.before_send = lambda _: acts.pop()(world)
    assert forward(world, provider) == 1
    with world.database.write() as session:
        go_on(session, world.organization_id, world.member_id, world.now)
    provider.before_send = lambda _: None
    world.pass_time(minutes=2)
    assert forward(world, provider) == 1
    assert [one.status for one in all_answers(world)] == [AnswerStatus.sent] * 2


def test_copies_that_wait_behind_slow_ones_are_nobody_elses(world: World) -> None:
    """Another clock does not take them for a crash, however long all of them take together."""
    provider = blast(world, PROMOTER)
    for number in range(4):
        world.text(PHONE, f"See you at {number}")

    def slow(_: Outgoing) -> None:
        world.pass_time(seconds=50)
        with world.database.write() as session:
            assert answers.claim_letters(session, world.now) == []

    provider.before_send = slow
    assert forward(world, provider) == 4
    assert [one.status for one in all_answers(world)] == [AnswerStatus.sent] * 4


def test_a_process_frozen_past_its_lease_sends_no_copy(world: World) -> None:
    provider = blast(world, PROMOTER)
    world.text(PHONE, "See you at 9")
    asked = len(provider.asked)

    def wakes_late() -> datetime:
        moment = world.now
        world.pass_time(minutes=3)
        return moment

    settings = make_settings("sqlite:///unused")
    assert asyncio.run(answers.forward(world.database, provider, settings, wakes_late)) == 0
    assert len(provider.asked) == asked
    assert the_answer(world).status is AnswerStatus.pending
    assert forward(world, provider) == 1


def test_a_text_two_weeks_later_is_no_answer_any_more(world: World) -> None:
    provider = blast(world, PROMOTER)
    world.pass_time(days=14, seconds=1)
    world.text(PHONE, "hello there")
    assert forward(world, provider) == 0
