"""Freezing large audiences: beside a sender, and over a clock's end."""

import pytest

from models import DeliveryStatus
from models.balance import Balance
from scheduler import firing, freeze
from tests.world import World


def test_freezing_leaves_the_database_to_a_sender_that_has_enough() -> None:
    def standing(pending: int, gone: int) -> Balance:
        parts = {DeliveryStatus.pending: pending, DeliveryStatus.delivered: gone}
        return Balance(pending + gone, parts, {})

    lead = freeze.Lead()
    assert not lead.is_enough(1, standing(20_000, 0)), "the pace is not known yet"
    assert not lead.is_enough(2, standing(15_000, 4_000)), "enough for less than five seconds"
    assert lead.is_enough(3, standing(60_000, 8_000))
    assert not lead.is_enough(4, standing(900_000, 8_100)), "a short code loses nothing"


def test_a_clock_that_ends_leaves_the_rest_of_an_audience_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "FIRST_PART", 1)
    monkeypatch.setattr(freeze, "PART", 4)
    world.crowd(12)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    goes_on = iter((True, False))
    made = freeze.freeze_rest(world.database, broadcast.id, world.now, lambda: next(goes_on))
    assert made == 4
    with world.database.read() as session:
        assert freeze.unfinished(session) == [broadcast.id]
    assert freeze.freeze_rest(world.database, broadcast.id, world.now) == 7
