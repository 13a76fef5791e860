"""Pause, cancel, resume and "stop everything", while two senders are at it: within a second."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta

import pytest
from sqlmodel import Session, select

from messaging.providers import Accepted, Outgoing
from models import AuditEvent, AuditKind, BroadcastStatus, Organization
from models.stopping import go_on, stop_everything
from scheduler import moves
from tests.fake_provider import FakeProvider
from tests.hosts import Hosts, wait_for
from tests.integration.admin.desk import fill
from tests.world import World

SECOND = 1.0
PEOPLE = 2_000  # twenty seconds of a short code


class Watched(FakeProvider):
    """Notes when each request began."""

    def __init__(self) -> None:
        super().__init__()
        self.began: list[float] = []

    async def send(self, message: Outgoing) -> Accepted:
        self.began.append(time.monotonic())
        return await super().send(message)


@pytest.fixture
def provider() -> Watched:
    return Watched()


@pytest.fixture
def sending(world: World, provider: Watched) -> Iterator[int]:
    """A broadcast in the middle of its sending."""
    fill(world, PEOPLE)
    broadcast = world.order()
    world.fire(broadcast)
    hosts = Hosts(world, provider)
    wait_for(lambda: len(provider.began) > 50)
    yield broadcast.id
    hosts.end()


def commit(world: World, verb: Callable[[Session], object]) -> float:
    """Do it; the moment at which it was committed."""
    with world.database.write() as session:
        verb(session)
        world.database.notify(session)
    return time.monotonic()


def goes_silent(provider: Watched, since: float) -> None:
    """Nothing begins later than a second after `since`."""
    wait_for(lambda: time.monotonic() > since + 2 * SECOND)
    assert len(provider.began) < PEOPLE, "there was nothing left to be stopped"
    assert max(provider.began) < since + SECOND


def goes_on(provider: Watched, since: float) -> None:
    before = len(provider.began)
    wait_for(lambda: len(provider.began) > before, SECOND)


def test_pause_and_resume(world: World, provider: Watched, sending: int) -> None:
    mine = (world.organization_id, sending, world.now)
    goes_silent(provider, commit(world, lambda session: moves.pause(session, *mine)))
    goes_on(provider, commit(world, lambda session: moves.resume(session, *mine)))


def test_cancel(world: World, provider: Watched, sending: int) -> None:
    mine = (world.organization_id, sending, world.now)
    goes_silent(provider, commit(world, lambda session: moves.cancel(session, *mine)))
    assert world.broadcast(sending).status is BroadcastStatus.canceled


def test_stop_everything_and_go_on(world: World, provider: Watched, sending: int) -> None:
    mine = (world.organization_id, world.member_id, world.now)
    goes_silent(provider, commit(world, lambda session: stop_everything(session, *mine)))
    assert world.broadcast(sending).status is BroadcastStatus.sending
    goes_on(provider, commit(world, lambda session: go_on(session, *mine)))


def test_what_is_due_meanwhile_waits_and_nobody_else_is_stopped(world: World) -> None:
    world.crowd(1)
    other = world.another_organization()
    broadcast = world.order()
    with world.database.write() as session:
        assert stop_everything(session, world.organization_id, world.member_id, world.now)
        assert session.get_one(Organization, other).stopped_at is None
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.scheduled
    with world.database.write() as session:
        assert go_on(session, world.organization_id, world.member_id, world.now)
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending


def test_who_did_it_is_on_record_once(world: World) -> None:
    mine = (world.organization_id, world.member_id)
    later = world.now + timedelta(minutes=5)
    with world.database.write() as session:
        assert stop_everything(session, *mine, world.now)
        assert not stop_everything(session, world.organization_id, None, later)
        assert session.get_one(Organization, world.organization_id).stopped_at == world.now
        assert go_on(session, *mine, later)
        assert not go_on(session, *mine, later)
        acts = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()  # type: ignore[arg-type]
    assert [(act.kind, act.member_id) for act in acts] == [
        (AuditKind.stopped, world.member_id),
        (AuditKind.resumed, world.member_id),
    ]
    assert acts[0].occurred_at.astimezone(UTC) == world.now
    assert acts[1].subject == {"stopped_for_seconds": 300}
