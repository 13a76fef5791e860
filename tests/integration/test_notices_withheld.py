"""A notice that was claimed does not leave when something has happened since."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import col, select

from messaging.providers import Outgoing
from models import Notice, NoticeStatus, Subscriber
from models.erasing import erase
from models.stopping import stop_everything
from scheduler import notices
from tests.fake_provider import FakeProvider
from tests.integration.test_notices import PHONE, send, sign_up, the_notice
from tests.world import World


def stops(world: World, phone: str) -> None:
    assert world.text(phone, "STOP")


def joins(world: World, phone: str) -> None:
    assert world.text(phone, "JOIN")


def is_erased(world: World, phone: str) -> None:
    with world.database.write() as session:
        erase(
            session,
            session.exec(select(Subscriber).where(Subscriber.phone_number == phone)).one(),
            world.now,
        )


def everything_is_stopped(world: World, _: str) -> None:
    with world.database.write() as session:
        assert stop_everything(session, world.organization_id, world.member_id, world.now)


@pytest.mark.parametrize(
    ("happens", "becomes"),
    [
        (stops, (NoticeStatus.failed, "This number has opted out.")),
        (joins, (NoticeStatus.failed, "Answered before it was sent.")),
        (is_erased, (NoticeStatus.failed, None)),
        (everything_is_stopped, (NoticeStatus.pending, "Sending was stopped before it left.")),
    ],
)
def test_what_happens_after_it_was_claimed_holds_all_the_same(
    world: World,
    happens: Callable[[World, str], None],
    becomes: tuple[NoticeStatus, str | None],
) -> None:
    """Between the commit and the request, a text that leaves before it say."""
    provider, other = FakeProvider(), "+12025550102"
    sign_up(world)
    sign_up(world, other)
    provider.before_send = lambda _: happens(world, other)
    assert send(world, provider) == 1
    assert [message.to for message in provider.asked] == [PHONE]
    with world.database.read() as session:
        second = session.exec(select(Notice).order_by(col(Notice.id).desc())).first()
    assert second is not None
    assert (second.status, second.error) == becomes


def test_a_process_frozen_past_its_lease_does_not_send(world: World) -> None:
    """It never left, so that it can be tried again."""
    provider = FakeProvider()
    sign_up(world)

    def wakes_late() -> datetime:
        moment = world.now
        world.pass_time(minutes=3)
        return moment

    assert asyncio.run(notices.send(world.database, provider, wakes_late)) == 0
    assert (provider.asked, the_notice(world).status) == ([], NoticeStatus.pending)
    assert send(world, provider) == 1


def test_what_another_clock_took_for_a_crash_is_not_sent(world: World) -> None:
    provider = FakeProvider()
    sign_up(world)
    sign_up(world, "+12025550102")

    def frozen(_: Outgoing) -> None:
        world.pass_time(minutes=3)
        with world.database.write() as session:
            assert notices.claim_notices(session, world.now) == []
        world.pass_time(minutes=-3)

    provider.before_send = frozen
    send(world, provider)
    assert [message.to for message in provider.asked] == [PHONE]
