"""The clock was ahead for a while, and then somebody set it right: nobody is forgotten over it, and
nothing waits until it shows the same time again."""

import time

import pytest

from scheduler import firing, freeze
from tests.integration.test_engine import start
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
