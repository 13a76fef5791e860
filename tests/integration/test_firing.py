"""A due broadcast starts once, on time, or is held when its time is long past."""

from datetime import timedelta

import pytest

from models import BroadcastStatus, IllegalMove
from scheduler import broadcasts, firing, moves
from tests.threads import at_once
from tests.world import World


def test_it_does_not_start_before_its_time(world: World) -> None:
    world.crowd(1)
    broadcast = world.order(scheduled_at=world.now + timedelta(minutes=5))
    world.pass_time(minutes=4, seconds=59)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.scheduled
    world.pass_time(seconds=1)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending
    assert world.broadcast(broadcast.id).audience == 1


@pytest.mark.parametrize(
    ("late", "status"),
    [
        (timedelta(minutes=60), BroadcastStatus.sending),
        (timedelta(minutes=60, microseconds=1), BroadcastStatus.held),
    ],
)
def test_late_it_starts_only_within_its_latest_start(
    world: World, late: timedelta, status: BroadcastStatus
) -> None:
    world.crowd(1)
    broadcast = world.order(scheduled_at=world.now + timedelta(minutes=5))
    world.now = broadcast.scheduled_at + late
    world.fire(broadcast)
    fired = world.broadcast(broadcast.id)
    assert fired.status is status
    assert bool(fired.attention) is (status is BroadcastStatus.held)
    assert len(world.deliveries(broadcast.id)) == (status is BroadcastStatus.sending)


def test_it_does_not_start_by_itself_when_its_use_is_over(world: World) -> None:
    """It may start a day late and is of use for an hour: nobody would get it."""
    world.crowd(1)
    broadcast = world.order(latest_start_minutes=24 * 60, useful_for=timedelta(hours=1))
    world.pass_time(hours=2)
    world.fire(broadcast)
    held = world.broadcast(broadcast.id)
    assert held.status is BroadcastStatus.held
    assert "and the time for which it is of use is over. Nothing was sent." in str(held.attention)
    assert world.deliveries(broadcast.id) == {}
    with world.database.write() as session:
        moves.release(session, world.organization_id, broadcast.id, None, world.now)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending


def test_a_held_one_waits_for_the_promoter_and_then_starts(world: World) -> None:
    world.crowd(1)
    broadcast = world.order(scheduled_at=world.now + timedelta(minutes=5))
    world.pass_time(hours=3)
    world.fire(broadcast)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.held
    with world.database.write() as session:
        moves.release(session, world.organization_id, broadcast.id, None, world.now)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending
    assert world.broadcast(broadcast.id).attention is None


def test_eight_clocks_start_it_once(world: World) -> None:
    world.crowd(20)
    ids = [world.order().id for _ in range(10)]
    started: list[int] = []

    def clock() -> None:
        for broadcast_id in ids:
            with world.database.write() as session:
                if firing.fire(session, broadcast_id, world.now):
                    started.append(broadcast_id)

    at_once([clock] * 8)
    assert sorted(started) == sorted(ids)
    assert all(len(world.deliveries(broadcast_id)) == 20 for broadcast_id in ids)


def test_a_canceled_one_never_starts(world: World) -> None:
    world.crowd(1)
    broadcast = world.order()
    with world.database.write() as session:
        moves.cancel(session, world.organization_id, broadcast.id, world.now)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.canceled
    with world.database.write() as session, pytest.raises(IllegalMove):
        moves.cancel(session, world.organization_id, broadcast.id, world.now)


@pytest.mark.parametrize("verb", [moves.pause, moves.resume])
def test_what_the_state_does_not_allow_is_refused(world: World, verb: object) -> None:
    world.crowd(1)
    broadcast = world.order()
    with world.database.write() as session, pytest.raises(IllegalMove):
        verb(session, world.organization_id, broadcast.id, world.now)  # type: ignore[operator]


def test_another_organization_cannot_touch_it(world: World) -> None:
    world.crowd(1)
    broadcast = world.order()
    other = world.another_organization()
    with world.database.write() as session, pytest.raises(LookupError):
        moves.cancel(session, other, broadcast.id, world.now)


def test_the_same_form_twice_is_one_broadcast(world: World) -> None:
    world.crowd(1)
    assert world.order(form_token="same").id == world.order(form_token="same").id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": " \n"}, "body"),
        ({"body": "x" * 1601}, "body"),
        ({"list_id": 999}, "list_id"),
        ({"latest_start_minutes": 0}, "latest_start_minutes"),
        ({"scheduled_at": "now"}, "scheduled_at"),
    ],
)
def test_a_bad_order_is_refused_beside_its_field(
    world: World, changes: dict[str, object], field: str
) -> None:
    world.crowd(1)
    if "scheduled_at" in changes:
        changes = {"scheduled_at": world.now}
    with pytest.raises(broadcasts.Refused) as refused:
        world.order(**changes)
    assert list(refused.value.reasons) == [field]


def test_a_list_that_nobody_can_get_a_message_on_is_refused(world: World) -> None:
    (phone,) = world.crowd(1)
    world.text(phone, "STOP")
    with pytest.raises(broadcasts.Refused) as refused:
        world.order()
    assert list(refused.value.reasons) == ["list_id"]


def test_sixteen_hundred_characters_are_fine(world: World) -> None:
    world.crowd(1)
    assert world.order(body="x" * 1600).status is BroadcastStatus.scheduled
