"""The card of a subscriber's page: may they be messaged, and which broadcasts did they get."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from tests.integration.admin.desk import Desk, words
from tests.world import World

PHONE = "+12025550101"


# Seven in the morning where the phones of these tests are: quiet hours.
EARLY = timedelta(hours=5)


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    world.now -= EARLY
    with time_machine.travel(world.now, tick=False):
        yield Desk(world)


def card(desk: Desk, **asked: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return words(desk.get(f"/subscribers/1?{query}"))


def test_the_card_answers_as_of_the_moment_that_is_asked(desk: Desk) -> None:
    world = desk.world
    world.text(PHONE, "JOIN")
    joined = world.now
    world.pass_time(hours=3)
    world.text(PHONE, "STOP")
    with time_machine.travel(world.now, tick=False):
        assert "No , Neon Nights : left" in card(desk)
        before = card(desk, at=f"{joined:%Y-%m-%dT%H:%M:%S}")
        assert "Yes , Neon Nights : subscribed" in before
        assert "In quiet hours at that moment. Messages may arrive from 9:00 to 20:00" in before
        day = card(desk, at=f"{world.now - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}")
        assert "Yes , Neon Nights : subscribed" in day
        assert "In quiet hours" not in day


def test_any_broadcast_can_be_asked_about(desk: Desk) -> None:
    world = desk.world
    world.text(PHONE, "JOIN")
    first = world.order()
    world.fire(first)
    planned = world.order(scheduled_at=world.now + timedelta(days=1))
    assert f"Broadcast {first.id}" in card(desk)
    assert f"Broadcast {planned.id}" not in card(desk)
    asked = card(desk, broadcast=str(planned.id))
    assert f"Broadcast {planned.id} Not known yet" in asked
    assert "It has not started." in asked


@pytest.mark.parametrize("number", ["99", "x", "-1", "9" * 40])
def test_a_broadcast_that_is_none_is_said_at_the_field(desk: Desk, number: str) -> None:
    desk.world.text(PHONE, "JOIN")
    assert "There is no broadcast of this number here." in card(desk, broadcast=number)


def test_another_organizations_broadcast_is_none(desk: Desk) -> None:
    desk.world.text(PHONE, "JOIN")
    mine = desk.world.order()
    other = desk.world.another_organization()
    desk.world.text(PHONE, "JOIN", to="13579")
    desk.sit_down(desk.colleague("owner", other))  # type: ignore[arg-type]
    page = words(desk.get(f"/subscribers/2?broadcast={mine.id}"))
    assert "There is no broadcast of this number here." in page


@pytest.mark.parametrize(
    "moment", ["noon", "2026-13-01T00:00", "9999-12-31T23:59-10:00", "0001-01-01"]
)
def test_a_moment_that_is_none_is_said_at_the_field(desk: Desk, moment: str) -> None:
    desk.world.text(PHONE, "JOIN")
    assert "Write a day and a time, e.g. 2026-11-27T19:00 (UTC)." in card(desk, at=moment)
