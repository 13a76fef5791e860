"""The question for a yes reaches the phone once, and nobody who must not be texted."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from admin.public.joining import SignUp, ask
from messaging.errors import Outcome
from messaging.providers import NoPlace
from models import Notice, NoticeStatus, Organization, Program, Sender, Subscriber
from models.disclosing import current
from models.leaves import instant
from scheduler import notices
from tests.auditing import waiting_leaves
from tests.fake_provider import FakeProvider
from tests.sending import refusal
from tests.world import World

PHONE = "+12025550101"
QUESTION = "Neon Nights: reply YES to get"


def sign_up(world: World, phone: str = PHONE) -> bool:
    with world.database.write() as session:
        program = session.get_one(Program, 1)
        disclosure = current(session, program, world.now)
        wish = SignUp(
            phone, "I agree", disclosure.id, "http://x/p/y", "203.0.113.7", "Browser", None
        )
        return ask(session, "secret", program, wish, world.now)


def send(world: World, provider: FakeProvider) -> int:
    with world.database.read() as session:
        due = notices.are_due(session, world.now)
    sent = asyncio.run(notices.send(world.database, provider, lambda: world.now))
    assert due or not sent
    return sent


def the_notice(world: World) -> Notice:
    with world.database.read() as session:
        return session.exec(select(Notice)).one()


def test_a_notice_is_sent_once_from_the_programs_sender(world: World) -> None:
    provider = FakeProvider()
    assert sign_up(world)
    assert send(world, provider) == 1
    assert send(world, provider) == 0
    (message,) = provider.taken
    assert (message.sender, message.to) == ("24680", PHONE)
    assert message.body.startswith(QUESTION)
    notice = the_notice(world)
    assert (notice.status, notice.sent_at) == (NoticeStatus.sent, world.now)
    assert notice.message_sid


def test_handing_it_over_is_a_fact_in_the_log(world: World) -> None:
    """For each try: when, to whom, and under which wish; also if a crash follows."""
    provider = FakeProvider()
    provider.answers[PHONE] = refusal(Outcome.retry)
    sign_up(world)
    assert [leaf["type"] for leaf in leaves(world)] == ["disclosure", "consent"]
    send(world, provider)
    provider.answers.clear()
    world.pass_time(minutes=1)
    send(world, provider)
    notice, (wish,) = the_notice(world), world.consent_events(PHONE)
    first, second = leaves(world)[2:]
    assert second == {
        "type": "notice",
        "notice": notice.id,
        "attempt": 2,
        "program": 1,
        "subscriber": wish.subscriber_id,
        "sender": notice.sender_id,
        "consent": wish.id,
        "submitted_at": instant(world.now),
    }
    assert first == second | {
        "attempt": 1,
        "submitted_at": instant(world.now - timedelta(minutes=1)),
    }


def leaves(world: World) -> list[dict[str, object]]:
    with world.database.read() as session:
        rows = waiting_leaves(session)
        return [json.loads(leaf) for leaf in rows]


def test_a_slow_sender_is_not_flooded(world: World) -> None:
    world.change_sender(segments_per_second=1.0)
    provider = FakeProvider()
    for number in range(6):
        sign_up(world, f"+1202555{number:04d}")
    first = send(world, provider)
    assert 0 < first < 6
    for _ in range(12):
        world.pass_time(seconds=1)
        send(world, provider)
    assert len(provider.taken) == 6


def test_its_yes_subscribes(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    send(world, provider)
    reply = world.text(PHONE, "YES")
    assert reply is not None
    assert "you are in" in reply
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert world.lists(PHONE) == {"All guests"}


def test_two_clocks_send_it_once(world: World) -> None:
    provider = FakeProvider()
    for number in range(30):
        sign_up(world, f"+1202555{number:04d}")

    async def both() -> None:
        await asyncio.gather(
            *(notices.send(world.database, provider, lambda: world.now) for _ in range(2))
        )

    asyncio.run(both())
    asyncio.run(notices.send(world.database, provider, lambda: world.now))
    assert len(provider.taken) == len({message.to for message in provider.taken}) == 30


def test_who_texts_stop_before_it_leaves_gets_none(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    world.text(PHONE, "STOP")
    assert send(world, provider) == 0
    assert provider.asked == []
    assert the_notice(world).status is NoticeStatus.failed


@pytest.mark.parametrize("texts", [("JOIN",), ("JOIN", "LEAVE JOIN"), ("yes",)])
def test_who_joins_by_text_before_it_leaves_is_not_asked_again(
    world: World, texts: tuple[str, ...]
) -> None:
    provider = FakeProvider()
    sign_up(world)
    for text in texts:
        world.text(PHONE, text)
    assert send(world, provider) == 0
    assert provider.asked == []
    assert the_notice(world).error == "Answered before it was sent."


def test_one_who_answered_holds_up_nobody_else(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    sign_up(world, "+12025550102")
    world.text("+12025550102", "JOIN")
    assert send(world, provider) == 1
    assert [message.to for message in provider.taken] == [PHONE]


def test_who_was_erased_before_it_leaves_gets_none(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    with world.database.write() as session:
        subscriber = session.exec(select(Subscriber)).one()
        subscriber.erased_at, subscriber.phone_number = world.now, f"erased:{subscriber.id}"
    assert send(world, provider) == 0
    assert provider.asked == []


def test_a_halted_organization_sends_none_until_it_is_confirmed(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    with world.database.write() as session:
        session.get_one(Organization, world.organization_id).halted_at = world.now
    assert send(world, provider) == 0
    assert the_notice(world).status is NoticeStatus.pending
    with world.database.write() as session:
        session.get_one(Organization, world.organization_id).halted_at = None
    assert send(world, provider) == 1


@pytest.mark.parametrize("outcome", [Outcome.retry, Outcome.slow_down, Outcome.pause])
def test_a_provider_that_is_away_is_tried_again(sqlite_world: World, outcome: Outcome) -> None:
    world, provider = sqlite_world, FakeProvider()
    provider.answers[PHONE] = refusal(outcome)
    sign_up(world)
    assert send(world, provider) == 0
    provider.answers.clear()
    assert send(world, provider) == 0, "not at once"
    world.pass_time(minutes=1)
    assert send(world, provider) == 1


def test_it_is_not_tried_for_ever(sqlite_world: World) -> None:
    world, provider = sqlite_world, FakeProvider()
    provider.answers[PHONE] = refusal(Outcome.retry)
    sign_up(world)
    for _ in range(10):
        send(world, provider)
        world.pass_time(minutes=30)
    assert len(provider.asked) == 5
    assert the_notice(world).status is NoticeStatus.failed


@pytest.mark.parametrize("outcome", [Outcome.unknown, Outcome.permanent])
def test_what_may_have_been_taken_is_not_sent_again(sqlite_world: World, outcome: Outcome) -> None:
    world, provider = sqlite_world, FakeProvider()
    provider.answers[PHONE] = refusal(outcome)
    sign_up(world)
    send(world, provider)
    world.pass_time(minutes=30)
    send(world, provider)
    assert len(provider.asked) == 1
    assert the_notice(world).error == "refused for the test"


def test_who_opted_out_at_the_provider_has_opted_out_here(world: World) -> None:
    provider = FakeProvider()
    provider.answers[PHONE] = refusal(Outcome.suppress, 21610)
    sign_up(world)
    send(world, provider)
    assert world.is_suppressed(PHONE)
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    assert world.consent_events(PHONE)[-1].source == "receipt"


def test_one_that_a_crash_left_open_is_not_sent_again(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    with world.database.write() as session:
        assert len(notices.claim_notices(session, world.now)) == 1
    world.pass_time(minutes=3)
    assert send(world, provider) == 0
    assert (provider.asked, the_notice(world).status) == ([], NoticeStatus.failed)


def test_one_that_is_half_a_day_late_is_not_sent(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    world.pass_time(hours=6, seconds=1)
    assert send(world, provider) == 0
    assert the_notice(world).error == "It could not be sent in time."


def test_a_notice_that_found_no_place_goes_later(world: World) -> None:
    """It never left, so that it can be tried again."""
    provider = FakeProvider()
    sign_up(world)

    def full(_: object) -> None:
        raise NoPlace

    provider.before_send = full
    assert send(world, provider) == 0
    provider.before_send = lambda _: None
    world.pass_time(minutes=1)
    assert send(world, provider) == 1


def test_too_many_requests_slow_its_sender_down(world: World) -> None:
    provider = FakeProvider()
    provider.answers[PHONE] = refusal(Outcome.slow_down, 20429)
    sign_up(world)
    world.change_sender(daily_cap=10)
    send(world, provider)
    with world.database.read() as session:
        sender = session.exec(select(Sender)).one()
    assert sender.rate(world.now) <= sender.segments_per_second / 2
    assert sender.used(world.now) == 0


def test_who_waits_for_a_slow_sender_holds_nobody_else_up(world: World) -> None:
    """Twenty are looked at in a turn, the oldest first."""
    provider = FakeProvider()
    world.change_sender(segments_per_second=1)
    for number in range(40):
        sign_up(world, f"+1202555{7000 + number}")
    for _ in range(3):
        send(world, provider)
    with world.database.read() as session:
        left = session.exec(select(Notice).where(Notice.status == NoticeStatus.pending)).all()
    assert len(left) >= 35
    assert all(one.next_attempt_at > world.now for one in left)
