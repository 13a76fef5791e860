"""Freezing large audiences: beside a sender, and over a clock's end."""

import pytest
from sqlalchemy import ColumnElement
from sqlmodel import Session

from models import Broadcast, BroadcastStatus, DeliveryStatus
from models.balance import Balance
from scheduler import firing, freeze
from tests.between import once_after
from tests.fake_provider import FakeProvider
from tests.person import erase_person
from tests.sending import send_all
from tests.world import World


def test_freezing_leaves_the_database_to_a_sender_that_has_enough() -> None:
    def standing(pending: int, gone: int) -> Balance:
        parts = {DeliveryStatus.pending: pending, DeliveryStatus.delivered: gone}
        return Balance(pending + gone, parts, {})

    lead = freeze.Lead()
    assert lead.spare(1, standing(20_000, 0)) is None, "the pace is not known yet"
    assert lead.spare(2, standing(7_000, 4_000)) is None, "enough for less than two seconds"
    assert lead.spare(3, standing(12_000, 8_000)) == 0, "small parts, without a rest"
    assert lead.spare(4, standing(60_000, 12_000)) == 10, "after it there is enough for five"
    assert lead.spare(5, standing(900_000, 12_100)) is None, "a short code loses nothing"


def fire_in_parts(world: World, monkeypatch: pytest.MonkeyPatch, people: int) -> Broadcast:
    """A broadcast that has started, of which the first three people are frozen."""
    monkeypatch.setattr(freeze, "FIRST_PART", 3)
    world.crowd(people)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    return broadcast


def test_a_clock_that_ends_leaves_the_rest_of_an_audience_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = fire_in_parts(world, monkeypatch, 12)
    goes_on = iter((True, False))
    made = freeze.freeze_rest(world.database, broadcast.id, world.now, lambda: next(goes_on))
    assert made == 3
    with world.database.read() as session:
        assert freeze.unfinished(session) == [broadcast.id]
    assert freeze.freeze_rest(world.database, broadcast.id, world.now) == 6


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_somebody_who_is_erased_at_this_moment_ends_no_audience(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were counted for the part, and are gone when its deliveries are made."""
    broadcast = fire_in_parts(world, monkeypatch, 12)
    going, make = [5], freeze._make

    def make_without(session: Session, broadcast: Broadcast, on_list: ColumnElement[bool]) -> int:
        if going:
            erase_person(world, going.pop())
        return make(session, broadcast, on_list)

    monkeypatch.setattr(freeze, "_make", make_without)
    assert freeze.freeze_rest(world.database, broadcast.id, world.now) == 8
    assert world.balance(broadcast.id).audience == 11


def test_the_balance_holds_for_whoever_looks_while_a_part_is_frozen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = fire_in_parts(world, monkeypatch, 9)
    with once_after(
        "broadcast.audience", lambda: freeze.freeze_rest(world.database, broadcast.id, world.now)
    ):
        assert world.balance(broadcast.id).holds
    assert world.balance(broadcast.id).audience == 9


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_somebody_who_comes_back_at_this_moment_has_a_sender_of_the_pool(world: World) -> None:
    """The others have got theirs already; a delivery of no sender would never be claimed."""
    phones = world.crowd(4)
    world.add_to_pool()
    world.text(phones[0], "LEAVE JOIN")
    broadcast = world.order()
    with once_after("UPDATE subscription SET sender_id", lambda: world.text(phones[0], "JOIN")):
        world.fire(broadcast)
    provider = FakeProvider()
    send_all(world, provider, 5)
    assert sorted(message.to for message in provider.taken) == phones
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
