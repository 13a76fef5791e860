"""What the provider took is written without a look at it first; whoever moved on is noticed."""

import json

import pytest

from bot.receipts import Receipt, absorb_all
from messaging.providers import Accepted
from models import DeliveryStatus
from scheduler.claim import Claimed, claim
from scheduler.giving_back import give_back
from scheduler.pace import Pace
from scheduler.record import Handed, MovedOn, record_taken
from scheduler.rounds import Round, Rounds
from tests.auditing import waiting_leaves
from tests.integration.test_engine import assert_counters_equal_rows, start
from tests.integration.test_leases import answer, granted
from tests.world import World


def rounds(world: World) -> Rounds:
    return Rounds(world.database, lambda: world.now, Pace())


def claimed(sender: Rounds, most: int) -> list[Claimed]:
    work = Round([], [], most)
    sender.take_now(work)
    return work.claims.deliveries


def delivered(world: World, one: Claimed) -> None:
    """Its receipt comes."""
    said = Receipt(f"SM{one.delivery_id:032d}", "delivered", None, (one.delivery_id, one.attempt))
    with world.database.write() as session:
        assert absorb_all(session, [said], world.now) == [True]


def submissions(world: World) -> list[tuple[int, int]]:
    """Of which delivery and try the log says that it was handed over."""
    with world.database.read() as session:
        facts = [json.loads(leaf) for leaf in waiting_leaves(session)]
    return sorted(
        (fact["delivery"], fact["attempt"]) for fact in facts if fact["type"] == "submission"
    )


def test_a_receipt_that_was_quicker_than_the_answer_stands(world: World) -> None:
    world.crowd(9)
    broadcast = start(world)
    sender = rounds(world)
    first = claimed(sender, 5)
    delivered(world, first[2])
    work = Round([answer(world, one) for one in first], [], 4)
    sender.take_now(work)
    sender.close()
    standing = {one.id: one for one in world.deliveries(broadcast.id).values()}
    for one in first:
        delivery = standing[one.delivery_id]
        was_quick = one is first[2]
        assert delivery.status is DeliveryStatus[("accepted", "delivered")[was_quick]]
        assert delivery.message_sid == f"SM{one.delivery_id:032d}"
    # The claims of the same round are made once, although it was begun again.
    assert [one.attempt for one in work.claims.deliveries] == [1] * 4
    assert granted(world) == [one.delivery_id for one in work.claims.deliveries]
    assert submissions(world) == [(one.delivery_id, 1) for one in first]
    assert_counters_equal_rows(world, broadcast.id)


def test_nothing_of_it_is_written_by_whoever_finds_that_one_moved_on(world: World) -> None:
    world.crowd(3)
    broadcast = start(world)
    sender = rounds(world)
    first = claimed(sender, 3)
    delivered(world, first[1])
    before = submissions(world)
    with pytest.raises(MovedOn), world.database.write() as session:
        record_taken(session, [answer(world, one) for one in first])
    sender.close()
    assert submissions(world) == before
    statuses = [one.status for one in world.deliveries(broadcast.id).values()]
    assert statuses.count(DeliveryStatus.sending) == 2
    assert_counters_equal_rows(world, broadcast.id)


def test_an_answer_to_a_claim_that_is_over_does_not_touch_the_next_one(world: World) -> None:
    world.crowd(2)
    broadcast = start(world)
    sender = rounds(world)
    first = claimed(sender, 2)
    with world.database.write() as session:
        give_back(session, first, world.now)
        second = claim(session, 2, world.now).deliveries
    assert {one.delivery_id for one in second} == {one.delivery_id for one in first}
    late = [Handed(one, world.now, Accepted("SM" + "f" * 32)) for one in first]
    sender.take_now(Round(late, [], 0))
    sender.close()
    for delivery in world.deliveries(broadcast.id).values():
        assert (delivery.status, delivery.message_sid) == (DeliveryStatus.sending, None)
    assert submissions(world) == []
    assert_counters_equal_rows(world, broadcast.id)
