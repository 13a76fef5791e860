"""The clock was ahead for a while, and then somebody set it right: nobody is forgotten over it, and
nothing waits until it shows the same time again."""

import asyncio
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from messaging.errors import Outcome
from models import Delivery, DeliveryStatus
from scheduler import firing, freeze, rescue
from scheduler.claim import claim
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import start
from tests.integration.test_rescue import found
from tests.sending import dispatch, refusal, send_all
from tests.world import World

PHONE = "+12125550123"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "FIRST_PART", 2)
    monkeypatch.setattr(freeze, "PART", 2)


@pytest.mark.usefixtures("small_parts")
def test_who_joined_while_the_clock_was_ahead_is_in_the_audience(world: World) -> None:
    world.pass_time(hours=1)
    world.crowd(5)
    world.pass_time(minutes=-55)
    assert world.balance(start(world).id).audience == 5


@pytest.mark.usefixtures("small_parts")
def test_who_joins_after_the_start_is_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the freezing takes: an hour for each part here."""
    world.crowd(5)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    started, steady = world.now, time.monotonic()

    def joined() -> bool:
        nonlocal steady
        steady += 3600
        world.pass_time(hours=1)
        world.text(f"+1212555{world.now.hour:04d}", "JOIN")
        return True

    monkeypatch.setattr(time, "monotonic", lambda: steady)
    freeze.freeze_rest(world.database, broadcast.id, started, joined)
    assert world.balance(broadcast.id).audience == 5


def test_what_a_dead_process_left_is_settled_at_once(world: World) -> None:
    """Its lease would run for another hour, and the provider had the message before it began."""
    world.text(PHONE, "JOIN")
    really = world.now
    world.pass_time(hours=1)
    broadcast, provider = start(world), FakeProvider()
    with world.database.write() as session:
        claim(session, 10, world.now)
    provider.held[PHONE] = [found(broadcast.body, created_at=really)]
    world.now = really + timedelta(minutes=5)
    with world.database.write() as session:
        assert rescue.lapse(session, world.now) == 1
    assert asyncio.run(rescue.reconcile(world.database, provider, world.now)) == 1
    assert world.deliveries(broadcast.id)[PHONE].status is DeliveryStatus.delivered


def test_a_lease_that_runs_as_long_as_any_does_is_left_alone(world: World) -> None:
    world.text(PHONE, "JOIN")
    start(world)
    with world.database.write() as session:
        claim(session, 10, world.now)
    world.pass_time(seconds=-60)
    with world.database.write() as session:
        assert rescue.lapse(session, world.now) == 0


def test_what_is_unknown_is_asked_about_before_the_clock_catches_up(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.pass_time(hours=1)
    broadcast, provider = start(world), FakeProvider()
    provider.answers[PHONE] = refusal(Outcome.unknown)
    send_all(world, provider, 1)
    asyncio.run(rescue.reconcile(world.database, provider, world.now))  # to be asked again later
    assert world.deliveries(broadcast.id)[PHONE].status is DeliveryStatus.unknown
    world.pass_time(hours=-1)
    provider.held[PHONE] = [found(broadcast.body, created_at=world.now)]
    assert asyncio.run(rescue.reconcile(world.database, provider, world.now)) == 1
    assert world.deliveries(broadcast.id)[PHONE].status is DeliveryStatus.delivered


@pytest.mark.parametrize("is_new", [False, True])
def test_what_was_to_be_tried_again_does_not_wait_for_the_clock(
    world: World, *, is_new: bool
) -> None:
    """Whether its process went on meanwhile, or was started again."""
    world.text(PHONE, "JOIN")
    world.pass_time(hours=1)
    start(world)
    provider, before = FakeProvider(), world.now
    provider.answers[PHONE] = refusal(Outcome.slow_down)
    sender = dispatch(world, provider)
    asyncio.run(sender.turn())
    assert len(provider.asked) == 1
    provider.answers.clear()
    world.now = before - timedelta(minutes=55)
    if is_new:
        sender = dispatch(world, provider)
    for _ in range(10):
        asyncio.run(sender.turn())
        world.pass_time(seconds=1)
    assert provider.taken_by(PHONE) == 1


def test_who_waits_for_the_end_of_quiet_hours_goes_on_waiting(world: World) -> None:
    """Also who was claimed before, and is looked at anew."""
    world.text(PHONE, "JOIN")
    world.pass_time(hours=10)  # 22:00 in New York
    broadcast, provider = start(world), FakeProvider()
    send_all(world, provider, 1)
    morning = world.deliveries(broadcast.id)[PHONE].next_attempt_at
    with world.database.write() as session:
        (event,) = world.consent_events(PHONE)[:1]
        session.exec(select(Delivery)).one().consent_event_id = event.id
    send_all(world, provider, 1)
    assert provider.asked == []
    assert world.deliveries(broadcast.id)[PHONE].next_attempt_at == morning
