"""A sender that rests because the provider fails, and the processes that come and go meanwhile."""

import pytest
from sqlmodel import select

from messaging.errors import Outcome
from models import Sender
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.sending import refusal, send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def rest_of(world: World) -> int | None:
    with world.database.read() as session:
        return session.exec(select(Sender.rest_seconds)).one()


def test_a_sender_goes_on_when_the_process_that_let_it_rest_is_gone(
    world: World, provider: FakeProvider
) -> None:
    phones = world.crowd(150)
    for phone in phones:
        provider.answers[phone] = refusal(Outcome.unknown)
    broadcast = start(world)
    send_all(world, provider, 5, step=0.25)
    asked = len(provider.asked)
    assert 100 <= asked < 150
    assert rest_of(world) == 10
    world.pass_time(seconds=10)
    send_all(world, provider, 3, step=0.25)  # by another process, as every time
    assert len(provider.asked) == asked + 1
    assert rest_of(world) == 20, "its probe failed as well"
    provider.answers.clear()
    world.pass_time(seconds=20)
    send_all(world, provider, 5, step=0.25)
    assert len(provider.asked) == 150, "a probe went well, and the rest followed"
    assert rest_of(world) is None
    assert_counters_equal_rows(world, broadcast.id)


def test_a_day_that_carriers_end_with_a_probe_is_over(world: World, provider: FakeProvider) -> None:
    phones = world.crowd(150)
    provider.answers = dict.fromkeys(phones, refusal(Outcome.unknown))
    start(world)
    send_all(world, provider, 5, step=0.25)
    asked = len(provider.asked)
    assert rest_of(world) == 10
    provider.answers = dict.fromkeys(phones, refusal(Outcome.day_over, 30023))
    world.pass_time(seconds=10)
    send_all(world, provider, 10, step=0.25)
    assert len(provider.asked) == asked + 1
    with world.database.read() as session:
        assert session.exec(select(Sender)).one().is_day_over(world.now)
