"""The caps of one person hold whichever processes and senders are at it at the same time."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from messaging.providers import Accepted, Outgoing
from models import (
    BroadcastStatus,
    List,
    ListSubscription,
    Program,
    Sender,
    SkipReason,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from tests.fake_provider import FakeProvider
from tests.hosts import Hosts, wait_for
from tests.integration.admin.desk import fill
from tests.integration.test_engine import assert_counters_equal_rows
from tests.world import World

PEOPLE = 600
RATE = 2_000.0  # so that both broadcasts come to the same people at the same time


class Distant(FakeProvider):
    """Takes a moment, in which the other process goes on."""

    async def send(self, message: Outgoing) -> Accepted:
        await asyncio.sleep(0.002)
        return await super().send(message)


def second_program(session: Session, world: World) -> int:
    """Another program of the organization, with a sender of its own and a list of the same people;
    the list's id."""
    first = session.exec(select(Program)).one()
    mine = {"organization_id": world.organization_id}
    sender = session.get_one(Sender, first.sender_id).model_dump(exclude={"id"})
    other = Sender(**(sender | {"address": "24681"}))
    session.add(other)
    session.flush()
    program = first.model_dump(exclude={"id"}) | {"sender_id": other.id, "slug": "late"}
    late = Program(**(program | {"name": "Late"}))
    session.add(late)
    session.flush()
    gathered = List(program_id=late.id, name="Late guests", created_at=world.now, **mine)
    session.add(gathered)
    session.flush()
    for subscriber_id in session.exec(select(Subscriber.id)).all():
        joined = Subscription(
            program_id=late.id,
            subscriber_id=subscriber_id,
            state=SubscriptionState.subscribed,
            changed_at=world.now,
            **mine,
        )
        session.add(joined)
        session.flush()
        place = {"list_id": gathered.id, "subscription_id": joined.id}
        session.add(ListSubscription(added_at=world.now, **place))
    return gathered.id


def two_lists(world: World) -> tuple[int, int]:
    with world.database.write() as session:
        return world.list_id(session), second_program(session, world)


def one_list(world: World) -> tuple[int, int]:
    with world.database.read() as session:
        return world.list_id(session), world.list_id(session)


@pytest.mark.parametrize("lists", [one_list, two_lists])
def test_two_broadcasts_at_once_keep_the_cap_of_24_hours(
    world: World, lists: Callable[[World], tuple[int, int]]
) -> None:
    fill(world, PEOPLE)
    chosen = lists(world)
    world.change_organization(most_in_24_hours=1)
    world.change_program(message_frequency="Msgs vary")
    with world.database.write() as session:
        for sender in session.exec(select(Sender)):
            sender.segments_per_second = RATE
    ordered = [world.order(list_id=key, body=f"Number {n}") for n, key in enumerate(chosen)]
    for broadcast in ordered:
        world.fire(broadcast)
    provider = Distant()
    hosts = Hosts(world, provider)
    try:
        wait_for(
            lambda: all(world.broadcast(one.id).status is BroadcastStatus.sent for one in ordered),
            60,
        )
    finally:
        hosts.end()
    got = Counter(message.to for message in provider.taken)
    assert Counter(got.values()) == {1: PEOPLE}, "somebody got two, or none"
    skipped = [world.balance(one.id).skipped for one in ordered]
    assert sum(one.get(SkipReason.frequency, 0) for one in skipped) == PEOPLE
    for broadcast in ordered:
        assert_counters_equal_rows(world, broadcast.id)
