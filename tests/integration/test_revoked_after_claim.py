"""What a sender still heeds between its claim and the start of a request."""

import asyncio

import pytest
from sqlmodel import Session, select

from messaging.providers import Outgoing
from models import ConsentKind, ConsentSource, DeliveryStatus, Program, Subscriber
from models.recording import Evidence, record
from tests.fake_provider import FakeProvider
from tests.integration.test_engine import start
from tests.sending import dispatch
from tests.world import World

REVOKING = {
    ConsentKind.opted_out,
    ConsentKind.left_list,
    ConsentKind.lapsed,
    ConsentKind.deactivated,
}


def note(session: Session, world: World, phone: str, kind: ConsentKind) -> None:
    """Record an event of somebody, and nothing of what else comes with it."""
    person = session.exec(select(Subscriber).where(Subscriber.phone_number == phone)).one()
    program_id = session.exec(select(Program.id)).one()
    evidence = Evidence(ConsentSource.system, note="for the test")
    list_id = world.list_id(session)
    record(session, person, kind, evidence, world.now, program_id, list_id)


@pytest.mark.parametrize("kind", ConsentKind)
def test_whoever_revokes_anything_after_the_claim_is_not_called(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: ConsentKind
) -> None:
    monkeypatch.setattr("scheduler.dispatch._LOOK_AGAIN_SECONDS", 0)
    provider = FakeProvider()
    first, second = world.crowd(2)
    broadcast = start(world)

    def something_comes(message: Outgoing) -> None:
        if message.to == first:
            with world.database.write() as session:
                note(session, world, second, kind)

    provider.before_send = something_comes
    asyncio.run(dispatch(world, provider).turn())
    assert [message.to for message in provider.asked] == (
        [first] if kind in REVOKING else [first, second]
    )
    delivery = world.deliveries(broadcast.id)[second]
    if kind in REVOKING:
        assert (delivery.status, delivery.attempts) == (DeliveryStatus.pending, 0), "given back"
