"""Broadcasts on one slow sender share it evenly, whatever they did before."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from messaging.providers import Accepted
from models import Broadcast, Sender, SenderDebit, Subscription
from scheduler import moves, work
from scheduler.claim import claim
from scheduler.giving_back import give_back
from scheduler.record import Handed, record
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import start
from tests.sending import dispatch, send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def slow(world: World) -> World:
    world.crowd(60)
    world.change_program(message_frequency="Msgs vary")
    world.change_sender(segments_per_second=4)
    return world


def goes(world: World, provider: FakeProvider, seconds: int) -> list[str]:
    """What is handed over in so many seconds."""
    before = len(provider.taken)
    send_all(world, provider, seconds, step=0.25)
    return [message.body for message in provider.taken[before:]]


def assert_even(bodies: list[str]) -> None:
    first, second = bodies.count("One"), bodies.count("Two")
    assert first + second == len(bodies) >= 16
    assert abs(first - second) <= 2


def test_a_broadcast_that_was_paused_does_not_make_the_others_wait(
    slow: World, provider: FakeProvider
) -> None:
    one = start(slow, body="One")
    with slow.database.write() as session:
        moves.pause(session, slow.organization_id, one.id, slow.now)
    start(slow, body="Two")
    assert goes(slow, provider, 8) == ["Two"] * 32
    with slow.database.write() as session:
        moves.resume(session, slow.organization_id, one.id, slow.now)
    assert_even(goes(slow, provider, 6))


def waits_until(slow: World, seconds: int) -> Broadcast:
    """A broadcast whose people all reach their local time so much later."""
    at = (slow.now + timedelta(seconds=seconds)).replace(tzinfo=None) - timedelta(hours=5)
    return start(slow, body="One", local_at=f"{at:%Y-%m-%dT%H:%M}")


def test_nor_does_one_whose_people_had_to_wait(slow: World, provider: FakeProvider) -> None:
    waits_until(slow, 60)
    assert goes(slow, provider, 5) == []
    start(slow, body="Two")
    slow.pass_time(seconds=45)
    assert goes(slow, provider, 10) == ["Two"] * 40
    assert_even(goes(slow, provider, 5))


def test_nor_does_one_that_starts_while_another_waits(slow: World, provider: FakeProvider) -> None:
    waits_until(slow, 3600)
    start(slow, body="Two")
    assert goes(slow, provider, 8) == ["Two"] * 32
    start(slow, body="One")
    assert_even(goes(slow, provider, 6))


def test_what_a_broadcast_gave_back_does_not_count(slow: World, provider: FakeProvider) -> None:
    """It goes first, until both have had as much of their sender."""
    one = start(slow, body="One")
    start(slow, body="Two")
    went = 0
    for _ in range(5):
        with slow.database.write() as session:
            claimed = claim(session, 100, slow.now).deliveries
            mine = [each for each in claimed if each.batch.work.broadcast_id == one.id]
            others = [each for each in claimed if each not in mine]
            taken = [Handed(each, slow.now, Accepted("SM" + "a" * 32)) for each in others]
            record(session, taken, 1.0, slow.now)
            give_back(session, mine, slow.now)
        assert mine
        went += len(others)
        slow.pass_time(seconds=1)
    bodies = goes(slow, provider, 10)
    assert abs(bodies.count("One") - bodies.count("Two") - went) <= 2


def test_what_replies_used_is_settled_of_each_sender(world: World) -> None:
    """Also of one that has nobody to send to."""
    world.crowd(4)
    world.add_to_pool()
    with world.database.write() as session:
        first, second = session.exec(select(Sender.id).order_by(col(Sender.id))).all()
        for subscription in session.exec(select(Subscription)):
            subscription.sender_id = first
    start(world)
    with world.database.write() as session:
        for key in (first, second):
            session.add(SenderDebit(sender_id=key, segments=20, created_at=world.now))
    with world.database.write() as session:
        assert len(claim(session, 100, world.now).deliveries) == 4
    with world.database.read() as session:
        assert session.exec(select(SenderDebit)).all() == []
        used = {one.id: one.used_today for one in session.exec(select(Sender))}
    assert used == {first: 24, second: 20}


def test_a_claim_looks_ahead_a_little_and_goes_on_behind_what_is_others(
    world: World, provider: FakeProvider
) -> None:
    """However many keys of another sender come first, a claim costs the same; and the process does
    not fall asleep over them."""
    world.crowd(40)
    world.add_to_pool(rests_until=world.now + timedelta(hours=1), rest_seconds=20)
    with world.database.write() as session:
        slow = session.exec(select(Sender.id).where(Sender.address == "24681")).one()
        first, *_ = session.exec(select(Sender.id)).all()
        subscriptions = session.exec(select(Subscription).order_by(col(Subscription.id))).all()
        for place, subscription in enumerate(subscriptions):
            subscription.sender_id = slow if place < 30 else first
    start(world)
    sender = dispatch(world, provider, in_flight=2)
    moved = []
    while len(provider.taken) < 10:
        moved.append(asyncio.run(sender.turn()))
        assert moved[-1], "it would wait for work although there is some"
    assert moved[0] == 1, "it went past sixteen keys"


def test_what_waits_for_another_sender_is_not_looked_through(sqlite_world: World) -> None:
    """However many of them there are, whether anything is due on a sender is one look."""
    with sqlite_world.database.read() as session:
        statement = (
            work._open_lanes(on_postgresql=False)
            .params(now=sqlite_world.now)
            .compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        )
        found = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    assert any(
        "ix_delivery_retry (broadcast_id=? AND sender_id=? AND waits_until<?)" in row[3]
        for row in found
    ), found
