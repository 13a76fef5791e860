"""Why a broadcast goes slowly or not at all, and how long it takes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from messaging.errors import Outcome
from models import Broadcast, Program, Sender
from models.stopping import stop_everything
from scheduler import outlook, pools
from tests.fake_provider import FakeProvider
from tests.sending import refusal, send_all
from tests.world import World


def said(world: World, broadcast: Broadcast) -> list[tuple[str, datetime | None]]:
    with world.database.read() as session:
        known = session.get_one(Broadcast, broadcast.id)
        return [(one.text, one.until) for one in outlook.hindrances(session, known, world.now)]


@pytest.fixture
def sending(world: World) -> Broadcast:
    world.crowd(3)
    broadcast = world.order()
    world.fire(broadcast)
    return broadcast


def test_nothing_is_said_when_nothing_is_in_the_way(world: World, sending: Broadcast) -> None:
    assert said(world, sending) == []


def test_stopped_and_halted(world: World, sending: Broadcast) -> None:
    with world.database.write() as session:
        stop_everything(session, world.organization_id, world.member_id, world.now)
    assert said(world, sending) == [
        ("Everything is stopped: an owner has to let sending go on.", None)
    ]


def test_a_sender_that_rests(world: World, sending: Broadcast) -> None:
    until = world.now + timedelta(seconds=20)
    world.change_sender(rests_until=until, rest_seconds=20)
    assert said(world, sending) == [
        ("24680 rests because the provider fails; it is tried again", until)
    ]
    world.now = until
    assert said(world, sending) == [("24680 tries whether the provider works again.", None)]


def test_a_sender_whose_day_carriers_ended(world: World, sending: Broadcast) -> None:
    until = Sender.cap_ends(world.now)
    world.change_sender(rests_until=until)
    assert said(world, sending) == [
        ("24680 has reached the carriers' daily limit; it goes on", until)
    ]
    world.now = until
    assert said(world, sending) == []


def test_a_sender_that_was_asked_to_slow_down(world: World, sending: Broadcast) -> None:
    world.change_sender(throttled_to=10.0, throttled_at=world.now)
    assert said(world, sending) == [
        (
            "The provider asked 24680 to slow down: 10 of 100 segments a second at present, "
            "growing back.",
            None,
        )
    ]
    world.pass_time(seconds=18)
    assert said(world, sending) == []


def test_a_cap_that_is_used_up_until_midnight_in_the_pacific(
    world: World, sending: Broadcast
) -> None:
    world.change_sender(daily_cap=2000, used_today=2000, cap_day=date(2026, 11, 23))
    assert said(world, sending) == [
        (
            "24680 has used the 2,000 segments of its day; it goes on",
            datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        )
    ]
    world.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert said(world, sending) == []


def test_a_cap_that_has_no_room_for_a_whole_message(world: World) -> None:
    world.crowd(1)
    broadcast = world.order(body="Neon Nights: " + 400 * "x")
    world.fire(broadcast)
    world.change_sender(daily_cap=10, used_today=8, cap_day=date(2026, 11, 23))
    assert said(world, broadcast) == [
        (
            "24680 has used 8 of the 10 segments of its day; it goes on",
            datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        )
    ]
    world.change_sender(daily_cap=2)
    assert said(world, broadcast) == [
        ("A message of 3 segments is more than the 2 that 24680 may send a day.", None)
    ]


def test_the_rest_of_a_promised_week(world: World) -> None:
    world.crowd(2)
    world.change_program(message_frequency="1 msg/week")
    came = world.now
    for _ in range(2):
        broadcast = world.order(scheduled_at=None)
        world.fire(broadcast)
        send_all(world, FakeProvider(), 1)
        world.pass_time(days=7, minutes=-1)
    world.pass_time(days=-7)
    ((text, until),) = said(world, broadcast)
    assert text == (
        "2 people wait for quiet hours to end, or for the time that the promised frequency asks "
        "for, the first"
    )
    assert until is not None
    assert timedelta(days=7) < until - came < timedelta(days=7, seconds=3)


def test_quiet_hours_and_another_try(world: World) -> None:
    first, *_ = world.crowd(3)
    world.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # midnight in Washington
    broadcast = world.order(scheduled_at=None)
    world.fire(broadcast)
    provider = FakeProvider()
    send_all(world, provider, 2)
    opens = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    assert said(world, broadcast) == [
        ("3 people wait for their quiet hours to end, the first", opens)
    ]
    world.now = opens
    provider.answers[first] = refusal(Outcome.retry)
    send_all(world, provider, 2)
    ((text, until),) = said(world, broadcast)
    assert text == "1 person waits for another try, the first"
    assert until is not None
    assert timedelta(seconds=58) <= until - opens <= timedelta(seconds=77)


def test_who_waits_because_the_provider_asked_for_it_does_not_sleep(world: World) -> None:
    first, *_ = world.crowd(3)
    broadcast = world.order()
    world.fire(broadcast)
    provider = FakeProvider()
    provider.answers[first] = refusal(Outcome.slow_down, 20429)
    send_all(world, provider, 1)
    words = [text for text, _ in said(world, broadcast)]
    assert "1 person waits for another try, the first" in words
    assert not any("quiet hours" in text for text in words)


def test_a_sender_is_shared(world: World, sending: Broadcast) -> None:
    world.fire(world.order())
    assert said(world, sending) == [("It shares its sender fairly with another broadcast.", None)]


def test_what_is_over_or_paused_explains_itself(world: World, sending: Broadcast) -> None:
    world.change_sender(rests_until=world.now + timedelta(seconds=20), rest_seconds=20)
    world.change_broadcast(sending.id, status="paused")
    assert said(world, sending) == []


def enlarge_the_pool(world: World) -> None:
    """A slow sender that the provider has asked to rest."""
    world.add_to_pool(
        kind="long_code",
        address="+12025550190",
        segments_per_second=1.0,
        rests_until=world.now + timedelta(seconds=20),
        rest_seconds=20,
    )


def test_the_pool_sends_together(world: World) -> None:
    enlarge_the_pool(world)
    with world.database.read() as session:
        program = session.exec(select(Program)).one()
        senders = pools.pool_of(session, program.id, program.sender_id)
        assert [one.address for one in senders] == ["24680", "+12025550190"]
        assert outlook.expected(senders, 10_000, "Hi").rate == 101


def test_who_joins_the_pool_has_to_do_with_the_next_broadcast_only(
    world: World, sending: Broadcast
) -> None:
    enlarge_the_pool(world)
    assert said(world, sending) == []
    world.change_broadcast(sending.id, status="canceled")
    following = world.order()
    world.fire(following)
    ((text, _),) = said(world, following)
    assert text.startswith("+1 202-555-0190 rests because the provider fails")
