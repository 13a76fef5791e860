"""What happens to and by somebody after their data was erased."""

import asyncio

import pytest
from sqlmodel import select as pick

from bot.receipts import Receipt, absorb_all
from messaging.errors import SENT_AGAIN, Outcome
from models import (
    ConsentSource,
    Delivery,
    DeliveryStatus,
    IllegalMove,
    Subscriber,
    SubscriptionState,
    Suppression,
)
from models.consenting import Evidence, revoke_everything
from models.number_files import Upload
from models.suppressing import REVOKING
from scheduler import deciding, rescue
from tests.fake_provider import FakeProvider
from tests.integration.test_importing import take_file
from tests.person import PHONE, erase_person, everything, live, traces
from tests.sending import refusal, send_all
from tests.world import World, next_sid


def test_a_webhook_that_comes_again_gets_no_words(world: World) -> None:
    sid = next_sid()
    assert world.text(PHONE, "JOIN", sid=sid)
    erase_person(world, 1)
    assert world.text(PHONE, "JOIN", sid=sid) is None


def test_who_joins_later_is_somebody_new(world: World) -> None:
    key = live(world)
    erase_person(world, key)
    world.pass_time(days=30)
    world.text(PHONE, "JOIN")
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}
    assert len(world.consent_events(PHONE)) == 1, "what was before belongs to nobody"
    with world.database.read() as session:
        assert session.exec(pick(Suppression)).all() == []
        assert session.get_one(Subscriber, key).erased_at is not None


def test_a_stop_by_somebody_erased_brings_no_number_back_into_the_list(world: World) -> None:
    erase_person(world, live(world))
    world.text(PHONE, "HELP")
    world.text(PHONE, "STOP")
    with world.database.read() as session:
        assert session.exec(pick(Suppression.phone_number)).one() is None


def test_no_import_brings_a_number_back(world: World) -> None:
    erase_person(world, live(world))
    for kind in REVOKING:
        upload = Upload(kind, "list.csv", "the carrier", world.member_id)
        assert take_file(world, upload, PHONE).taken == 0
    assert traces(world, ("2025550147",)) == set()
    with world.database.read() as session:
        assert session.exec(pick(Suppression.phone_number)).one() is None


def test_what_arrives_late_about_somebody_erased_changes_nothing(world: World) -> None:
    """A receipt with 21610 for the last message, or a member's click on a page left open."""
    key = live(world)
    erase_person(world, key)
    before = everything(world)
    with world.database.write() as session:
        person = session.get_one(Subscriber, key)
        revoke_everything(session, person, Evidence(ConsentSource.receipt), world.now)
    assert everything(world) == before


def test_nobody_is_erased_twice(world: World) -> None:
    key = live(world)
    erase_person(world, key)
    with pytest.raises(IllegalMove, match="erased already"):
        erase_person(world, key)


def in_doubt(world: World) -> tuple[int, FakeProvider]:
    """A message that the provider took without our knowing, to somebody who was erased since."""
    world.text(PHONE, "JOIN")
    broadcast, provider = world.order(), FakeProvider()
    world.fire(broadcast)
    provider.answers[PHONE] = refusal(Outcome.unknown)
    provider.takes_it_anyway.add(PHONE)
    send_all(world, provider, 1)
    erase_person(world, 1)
    return broadcast.id, provider


def message(world: World) -> Delivery:
    with world.database.read() as session:
        return session.exec(pick(Delivery)).one()


def test_an_unknown_message_to_somebody_erased_waits_for_its_receipt(world: World) -> None:
    """That the provider lists nothing for a number that is gone says nothing."""
    broadcast_id, provider = in_doubt(world)
    world.pass_time(minutes=1)
    with world.database.read() as session:
        assert not rescue.is_in_doubt(session, world.now)
    asyncio.run(rescue.reconcile(world.database, provider, world.now))
    assert message(world).status is DeliveryStatus.unknown
    with world.database.write() as session:
        receipt = Receipt("SM" + "b" * 32, "delivered", None, (1, 1))
        absorb_all(session, [receipt], world.now)
    assert message(world).status is DeliveryStatus.delivered
    assert world.balance(broadcast_id).holds


def test_an_unknown_message_to_somebody_erased_is_decided_and_never_sent(world: World) -> None:
    broadcast_id, provider = in_doubt(world)
    world.pass_time(days=1)
    with world.database.write() as session:
        broadcast, choice = world.broadcast(broadcast_id), deciding.Choice.again
        assert deciding.decide(session, broadcast, choice, world.member_id, world.now) == 1
    send_all(world, provider, 2)
    assert len(provider.asked) == 1
    ended = message(world)
    assert (ended.status, ended.error_code) == (DeliveryStatus.failed, SENT_AGAIN)
    assert world.balance(broadcast_id).holds
