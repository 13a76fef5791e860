"""What a dead process left behind: never sent again, settled by the provider's own list."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.receipts import Receipt, absorb_all
from messaging.errors import NEVER_SEEN, Outcome
from messaging.providers import Found, SendError
from models import BroadcastStatus, DeliveryStatus
from models.database import Database
from scheduler import rescue
from scheduler.claim import claim
from scheduler.dispatch import Dispatch
from tests.conftest import make_settings
from tests.fake_provider import FakeProvider
from tests.world import World

PHONE = "+12025550000"
# The provider's list has real times, and so the messages must go: at night as well.
pytestmark = pytest.mark.usefixtures("at_any_hour")


@pytest.fixture
def world(database: Database) -> World:
    return World(database, now=datetime.now(UTC))


def crash_after_claim(world: World) -> int:
    """A process claims the delivery, and is killed before or after the call. The broadcast."""
    world.crowd(1)
    broadcast = world.order()
    world.fire(broadcast)
    with world.database.write() as session:
        assert len(claim(session, 100, world.now).deliveries) == 1
    return broadcast.id


def rescue_all(world: World, provider: FakeProvider) -> int:
    with world.database.write() as session:
        rescue.lapse(session, world.now)
    return asyncio.run(rescue.reconcile(world.database, provider, world.now))


def found(body: str, status: str = "delivered", **more: object) -> Found:
    values: dict[str, object] = {
        "sid": "SM" + "a" * 32,
        "sender": "24680",
        "body": body,
        "status": status,
        "error_code": None,
        "created_at": datetime.now(UTC),
    }
    return Found(**(values | more))  # type: ignore[arg-type]


def test_a_lease_that_still_runs_is_left_alone(world: World) -> None:
    broadcast_id = crash_after_claim(world)
    world.pass_time(seconds=29)
    rescue_all(world, FakeProvider())
    assert world.deliveries(broadcast_id)[PHONE].status is DeliveryStatus.sending


@pytest.mark.parametrize(
    ("status", "code", "then"),
    [
        ("delivered", None, DeliveryStatus.delivered),
        ("sent", None, DeliveryStatus.sent),
        ("queued", None, DeliveryStatus.accepted),
        ("undelivered", 30005, DeliveryStatus.undelivered),
        ("failed", 30006, DeliveryStatus.failed),
    ],
)
def test_a_message_that_the_provider_has_is_settled_by_its_list(
    world: World, status: str, code: int | None, then: DeliveryStatus
) -> None:
    broadcast_id = crash_after_claim(world)
    provider = FakeProvider()
    body = world.broadcast(broadcast_id).body
    provider.held[PHONE] = [found(body, status, error_code=code)]
    world.pass_time(seconds=61)
    assert rescue_all(world, provider) == 1
    delivery = world.deliveries(broadcast_id)[PHONE]
    assert (delivery.status, delivery.error_code) == (then, code)
    assert provider.asked == []


@pytest.mark.parametrize(
    "other",
    [
        {"sender": "13579"},
        {"body": "another text"},
        {"created_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_another_message_to_the_same_phone_is_no_evidence(
    world: World, other: dict[str, object]
) -> None:
    broadcast_id = crash_after_claim(world)
    provider = FakeProvider()
    held = {"body": world.broadcast(broadcast_id).body} | other
    provider.held[PHONE] = [found(**held)]  # type: ignore[arg-type]
    world.pass_time(seconds=31)
    assert rescue_all(world, provider) == 0
    assert world.deliveries(broadcast_id)[PHONE].status is DeliveryStatus.unknown


def test_a_message_that_belongs_to_another_delivery_is_no_evidence(world: World) -> None:
    world.crowd(1)
    first = world.order(body="Same text")
    world.fire(first)
    provider = FakeProvider()
    settings = make_settings("sqlite:///unused")
    asyncio.run(Dispatch(world.database, provider, settings, lambda: world.now).turn())
    second = world.order(body="Same text")
    world.fire(second)
    with world.database.write() as session:
        world.pass_time(seconds=1)
        assert claim(session, 100, world.now).deliveries
    world.pass_time(seconds=31)
    assert rescue_all(world, provider) == 0
    assert world.deliveries(second.id)[PHONE].status is DeliveryStatus.unknown


@pytest.mark.parametrize("held", [1, 2])
def test_one_message_is_evidence_for_one_of_two_that_are_in_doubt_together(
    world: World, held: int
) -> None:
    world.crowd(1)
    broadcasts = [world.order(body="Same text") for _ in range(2)]
    for one in broadcasts:
        world.fire(one)
    with world.database.write() as session:
        assert len(claim(session, 100, world.now).deliveries) == 2
    provider = FakeProvider()
    provider.held[PHONE] = [found("Same text", sid=f"SM{number:032d}") for number in range(held)]
    world.pass_time(seconds=31)
    assert rescue_all(world, provider) == held
    sids = [world.deliveries(one.id)[PHONE].message_sid for one in broadcasts]
    assert len(set(sids) - {None}) == held


def test_many_in_doubt_are_settled_in_one_turn(world: World) -> None:
    phones = world.crowd(120)
    broadcast = world.order()
    world.fire(broadcast)
    with world.database.write() as session:
        claimed = len(claim(session, 200, world.now).deliveries)
    provider = FakeProvider()
    for number, phone in enumerate(phones[:claimed]):
        provider.held[phone] = [found(broadcast.body, sid=f"SM{number:032d}")]
    world.pass_time(seconds=31)
    assert claimed > 20
    assert rescue_all(world, provider) == claimed
    delivered = DeliveryStatus.delivered
    states = [one.status for one in world.deliveries(broadcast.id).values()]
    assert states.count(delivered) == claimed


def test_what_the_provider_never_got_is_given_up_and_not_sent_again(world: World) -> None:
    broadcast_id = crash_after_claim(world)
    provider = FakeProvider()
    settings = make_settings("sqlite:///unused")
    for seconds, then in ((31, DeliveryStatus.unknown), (13, DeliveryStatus.unknown)):
        world.pass_time(seconds=seconds)
        rescue_all(world, provider)
        assert world.deliveries(broadcast_id)[PHONE].status is then
    for _ in range(10):
        world.pass_time(seconds=10)
        rescue_all(world, provider)
        asyncio.run(Dispatch(world.database, provider, settings, lambda: world.now).turn())
    assert provider.asked == []
    delivery = world.deliveries(broadcast_id)[PHONE]
    assert (delivery.status, delivery.error_code) == (DeliveryStatus.failed, NEVER_SEEN)
    assert world.balance(broadcast_id).by_status == {DeliveryStatus.failed: 1}
    assert world.broadcast(broadcast_id).status is BroadcastStatus.sent


@pytest.mark.parametrize("status", ["delivered", "undelivered"])
def test_a_late_receipt_knows_better_than_the_list(world: World, status: str) -> None:
    broadcast_id = crash_after_claim(world)
    world.pass_time(seconds=50)
    rescue_all(world, FakeProvider())
    delivery = world.deliveries(broadcast_id)[PHONE]
    assert delivery.status is DeliveryStatus.failed
    receipt = Receipt("SM" + "b" * 32, status, None, (delivery.id, 1))
    with world.database.write() as session:
        assert absorb_all(session, [receipt], world.now) == [True]
    assert world.deliveries(broadcast_id)[PHONE].status == status


def test_while_the_provider_cannot_be_asked_it_stays_unknown(world: World) -> None:
    class Silent(FakeProvider):
        async def find(self, to: str, since: datetime) -> list[Found]:
            raise SendError(Outcome.retry, None, "away")

    broadcast_id = crash_after_claim(world)
    for _ in range(30):
        world.pass_time(minutes=1)
        rescue_all(world, Silent())
    balance = world.balance(broadcast_id)
    assert balance.by_status == {DeliveryStatus.unknown: 1}
    assert balance.holds


def test_a_provider_that_does_not_answer_is_asked_again_later(world: World) -> None:
    class Silent(FakeProvider):
        async def find(self, to: str, since: datetime) -> list[Found]:
            raise SendError(Outcome.retry, None, "away")

    broadcast_id = crash_after_claim(world)
    world.pass_time(seconds=61)
    assert rescue_all(world, Silent()) == 0
    provider = FakeProvider()
    provider.held[PHONE] = [found(world.broadcast(broadcast_id).body)]
    assert rescue_all(world, provider) == 1


def test_one_that_the_provider_cannot_tell_about_keeps_no_other_in_doubt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue, "_TOGETHER", 2)
    phones = world.crowd(8)
    broadcast = world.order()
    world.fire(broadcast)
    with world.database.write() as session:
        assert len(claim(session, 200, world.now).deliveries) == 8

    class Stumbles(FakeProvider):
        async def find(self, to: str, since: datetime) -> list[Found]:
            if to == phones[0]:
                raise SendError(Outcome.unknown, None, "its answer makes no sense")
            return await super().find(to, since)

    provider = Stumbles()
    for number, phone in enumerate(phones):
        provider.held[phone] = [found(broadcast.body, sid=f"SM{number:032d}")]
    world.pass_time(seconds=31)
    assert rescue_all(world, provider) == 7
    assert world.deliveries(broadcast.id)[phones[0]].status is DeliveryStatus.unknown


def test_of_the_same_text_twice_each_delivery_gets_its_own(world: World) -> None:
    world.crowd(1)
    times, broadcasts = [], []
    for _ in range(2):
        broadcasts.append(world.order(body="Same text"))
        world.fire(broadcasts[-1])
        with world.database.write() as session:
            assert len(claim(session, 100, world.now).deliveries) == 1
        times.append(world.now)
        world.pass_time(minutes=30)
    provider = FakeProvider()
    provider.held[PHONE] = [  # the latest first, as the provider has them
        found("Same text", sid=f"SM{number:032d}", created_at=times[number]) for number in (1, 0)
    ]
    assert rescue_all(world, provider) == 2
    sids = [world.deliveries(one.id)[PHONE].message_sid for one in broadcasts]
    assert sids == [f"SM{number:032d}" for number in (0, 1)]
