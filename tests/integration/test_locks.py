"""What is locked for a change keeps nobody from writing rows that refer to it (PostgreSQL)."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlmodel import Session, select

from models import Organization, Subscriber
from models.base import LOCKED
from scheduler import firing, freeze
from scheduler.claim import claim
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import start
from tests.sending import dispatch
from tests.world import World

# On SQLite one transaction writes at a time, whatever it is about.
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@contextmanager
def meanwhile(world: World, job: Callable[[], object]) -> Iterator[Session]:
    """A transaction that stays open until `job`, in another thread, is done."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)

    working = threading.Thread(target=run)
    with world.database.write() as session:
        yield session
        session.flush()
        working.start()
        working.join(15)
        has_waited = working.is_alive()
    working.join(30)
    assert errors == []
    assert not has_waited


def test_a_first_claim_does_not_meet_the_part_that_is_being_frozen_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counters that it begins refer to the broadcast, and both write to the same ones."""
    monkeypatch.setattr(freeze, "FIRST_PART", 3)
    provider = FakeProvider()
    world.crowd(8)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    sender = dispatch(world, provider)
    with meanwhile(world, lambda: asyncio.run(sender.turn())) as session:
        # Its new counters come with its commit, as in the product.
        freeze.freeze_part(session, broadcast.id, 3, world.now)
    assert len(provider.taken) == 3
    asyncio.run(sender.turn())
    assert len(provider.taken) == 6


def test_a_text_is_answered_while_a_claim_is_being_made(world: World) -> None:
    world.crowd(5)
    start(world)
    answers: list[str | None] = []
    with meanwhile(world, lambda: answers.append(world.text("+12125550177", "JOIN"))) as session:
        assert claim(session, 5, world.now).deliveries
    assert "you are in" in str(answers[0])


def test_a_text_is_answered_while_the_organization_is_changed(world: World) -> None:
    with meanwhile(world, lambda: world.text("+12125550177", "JOIN")) as session:
        session.get_one(Organization, world.organization_id, with_for_update=LOCKED)


def test_an_audience_is_frozen_while_one_of_them_writes(world: World) -> None:
    world.crowd(5)
    broadcast = world.order()
    with meanwhile(world, lambda: world.fire(broadcast)) as session:
        somebody = session.exec(select(Subscriber.id)).first()
        session.get_one(Subscriber, somebody, with_for_update=LOCKED)
    assert world.balance(broadcast.id).audience == 5
