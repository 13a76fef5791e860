"""Messages of which nothing more was heard: the provider is asked, a few times, part by part."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.receipts import Receipt, absorb_all
from messaging.errors import Outcome
from messaging.providers import Found, SendError
from models import BroadcastStatus, DeliveryStatus
from models.balance import balance, scanned
from models.database import Database
from scheduler import silent
from tests.fake_provider import FakeProvider
from tests.sending import dispatch
from tests.world import World

PHONES = [f"+1202555{number:04d}" for number in range(3)]


class Provider(FakeProvider):
    """Counts the questions, and may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[str] = []
        self.answers_left = 1_000_000

    async def fetch(self, sid: str) -> Found | None:
        if not self.answers_left:
            raise SendError(Outcome.retry, None, "away")
        self.answers_left -= 1
        self.questions.append(sid)
        return await super().fetch(sid)

    def says(self, phone: str, status: str, code: int | None = None) -> None:
        self.held[phone] = [
            replace(one, status=status, error_code=code) for one in self.held[phone]
        ]


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def world(database: Database) -> World:
    return World(database, now=datetime(2026, 6, 1, 17, 0, tzinfo=UTC))


def hand_over(world: World, provider: Provider, people: int = 3) -> int:
    """Everybody's message was taken, and no receipt ever comes. The broadcast."""
    world.crowd(people)
    broadcast = world.order()
    world.fire(broadcast)
    sender = dispatch(world, provider)
    for _ in range(2):
        asyncio.run(sender.turn())
    assert {one.status for one in world.deliveries(broadcast.id).values()} == {
        DeliveryStatus.accepted
    }
    return broadcast.id


def ask(world: World, provider: Provider, most: int = 100) -> int:
    return asyncio.run(silent.ask(world.database, provider, world.now, most=most))


def ask_until_done(world: World, provider: Provider) -> None:
    while is_due(world):
        ask(world, provider)


def is_due(world: World) -> bool:
    with world.database.read() as session:
        return bool(silent.due(session, world.now))


def states(world: World, broadcast_id: int) -> list[str]:
    return [one.status.value for one in world.deliveries(broadcast_id).values()]


def test_a_message_is_asked_about_when_it_was_silent_for_an_hour(
    world: World, provider: Provider
) -> None:
    broadcast_id = hand_over(world, provider)
    world.pass_time(minutes=59, seconds=59)
    ask_until_done(world, provider)
    assert provider.questions == []
    world.pass_time(seconds=1)
    ask_until_done(world, provider)
    assert states(world, broadcast_id) == ["delivered"] * 3
    assert len(provider.questions) == 3


@pytest.mark.parametrize(
    ("status", "code", "then"),
    [
        ("delivered", None, "delivered"),
        ("sent", None, "sent"),
        ("queued", None, "accepted"),
        ("undelivered", 30005, "undelivered"),
        ("undelivered", 30003, "pending"),
        ("failed", 30006, "failed"),
        ("failed", 21610, "failed"),
    ],
)
def test_what_the_provider_says_settles_it_as_a_receipt_would(
    world: World, provider: Provider, status: str, code: int | None, then: str
) -> None:
    broadcast_id = hand_over(world, provider)
    provider.says(PHONES[1], status, code)
    world.pass_time(hours=1)
    ask_until_done(world, provider)
    assert states(world, broadcast_id) == ["delivered", then, "delivered"]
    assert world.is_suppressed(PHONES[1]) == (code == 21610)
    with world.database.read() as session:
        assert balance(session, broadcast_id) == scanned(session, broadcast_id)
    is_to_go = then == "pending"
    expected = BroadcastStatus.sending if is_to_go else BroadcastStatus.sent
    assert world.broadcast(broadcast_id).status is expected


def test_whose_receipts_all_came_is_not_asked_about(world: World, provider: Provider) -> None:
    broadcast_id = hand_over(world, provider)
    with world.database.write() as session:
        for one in world.deliveries(broadcast_id).values():
            receipt = Receipt(str(one.message_sid), "delivered", None, (one.id, 1))
            absorb_all(session, [receipt], world.now)
    for _ in range(100):
        world.pass_time(hours=1)
        assert not is_due(world)


def test_a_carrier_that_never_reports_is_asked_a_few_times_later_each_time(
    world: World, provider: Provider
) -> None:
    hand_over(world, provider, 1)
    provider.says(PHONES[0], "sent")
    asked_after, began = [], world.now
    for _ in range(24 * 6 * 10):
        before = len(provider.questions)
        ask_until_done(world, provider)
        if len(provider.questions) > before:
            asked_after.append(round((world.now - began) / timedelta(hours=1)))
        world.pass_time(minutes=10)
    assert asked_after == [1, 2, 4, 8, 16, 32, 64]


def submitted_and_asked(world: World, broadcast_id: int, days: int) -> dict[float, list[float]]:
    """When each message of a broadcast left and was asked about, in hours from now on."""
    began, asked = world.now, dict[str, list[float]]()

    class Asked(Provider):
        async def fetch(self, sid: str) -> Found | None:
            asked.setdefault(sid, []).append((world.now - began) / timedelta(hours=1))
            return None

    provider, end = Asked(), began + timedelta(days=days)
    sender = dispatch(world, provider)
    while world.now < end:
        asyncio.run(sender.turn())
        ask_until_done(world, provider)
        world.pass_time(hours=1)
    return {
        (one.submitted_at - began) / timedelta(hours=1): asked.get(str(one.message_sid), [])
        for one in world.deliveries(broadcast_id).values()
        if one.submitted_at
    }


def test_what_leaves_late_in_a_long_broadcast_is_asked_about_as_well(world: World) -> None:
    """A daily cap spreads a broadcast, of use for a week, over all of it."""
    world.crowd(8)
    world.change_sender(daily_cap=1)
    broadcast = world.order(useful_for=timedelta(days=7))
    world.fire(broadcast)
    asked = submitted_and_asked(world, broadcast.id, 14)
    assert max(asked) == 164, "and an hour later it was done"
    assert asked[0] == [1, 2, 4, 8, 16, 32, 64, 128, 169, 173, 181, 197, 229]
    assert all([hour for hour in asked[0] if hour > left] == asked[left] for left in asked)


def test_what_goes_again_in_a_long_broadcast_is_asked_about_as_well(world: World) -> None:
    """Its message was taken at once, and given up by the carrier on the sixth day."""
    (phone,) = world.crowd(1)
    broadcast = world.order(useful_for=timedelta(days=7))
    world.fire(broadcast)
    assert submitted_and_asked(world, broadcast.id, 6)[0] == [1, 2, 3, 5, 9, 17, 33, 65, 129]
    one = world.deliveries(broadcast.id)[phone]
    with world.database.write() as session:
        receipt = Receipt(str(one.message_sid), "undelivered", 30008, (one.id, 1))
        absorb_all(session, [receipt], world.now)
    world.pass_time(minutes=2)
    (hours,) = submitted_and_asked(world, broadcast.id, 4).values()
    assert hours, "it is asked about before its broadcast is followed no more"


def test_a_round_goes_on_where_it_stood(world: World, provider: Provider) -> None:
    broadcast_id = hand_over(world, provider)
    world.pass_time(hours=1)
    assert ask(world, provider, most=2) == 2
    assert states(world, broadcast_id) == ["delivered", "delivered", "accepted"]
    assert ask(world, provider, most=2) == 1
    assert states(world, broadcast_id) == ["delivered"] * 3
    assert len(provider.questions) == 3


def test_a_provider_that_cannot_tell_is_asked_again_about_the_same(
    world: World, provider: Provider
) -> None:
    broadcast_id = hand_over(world, provider)
    world.pass_time(hours=1)
    provider.answers_left = 0
    assert ask(world, provider) == 0
    assert ask(world, provider) == 0
    provider.answers_left = 3
    assert ask(world, provider) == 3
    assert states(world, broadcast_id) == ["delivered"] * 3


def test_one_that_the_provider_cannot_tell_about_keeps_no_other_waiting(
    world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent, "_TOGETHER", 2)
    broadcast_id = hand_over(world, provider, 6)
    stumbles = provider.held["+12025550000"][0].sid
    tell = provider.fetch

    async def fetch(sid: str) -> Found | None:
        if sid == stumbles:
            raise SendError(Outcome.unknown, None, "its answer makes no sense")
        return await tell(sid)

    monkeypatch.setattr(provider, "fetch", fetch)
    world.pass_time(hours=1)
    ask_until_done(world, provider)
    assert states(world, broadcast_id) == ["accepted"] + ["delivered"] * 5
    monkeypatch.setattr(provider, "fetch", tell)
    world.pass_time(hours=1, minutes=1)
    ask_until_done(world, provider)
    assert states(world, broadcast_id) == ["delivered"] * 6, "it is asked about in the next round"


def test_a_message_that_the_provider_has_deleted_stays_as_it_is(
    world: World, provider: Provider
) -> None:
    broadcast_id = hand_over(world, provider)
    del provider.held[PHONES[0]]
    world.pass_time(hours=1)
    ask_until_done(world, provider)
    assert states(world, broadcast_id) == ["accepted", "delivered", "delivered"]


def test_a_receipt_that_comes_during_the_question_counts(world: World, provider: Provider) -> None:
    class Slow(Provider):
        async def fetch(self, sid: str) -> Found | None:
            found = await super().fetch(sid)
            (one,) = world.deliveries(broadcast_id).values()
            with world.database.write() as session:
                receipt = Receipt(sid, "undelivered", 30005, (one.id, 1))
                absorb_all(session, [receipt], world.now)
            return found

    slow = Slow()
    broadcast_id = hand_over(world, slow, 1)
    world.pass_time(hours=1)
    ask(world, slow)
    assert states(world, broadcast_id) == ["undelivered"]


def test_only_keys_of_its_own_broadcast_are_read(world: World, provider: Provider) -> None:
    hand_over(world, provider)
    explain = "EXPLAIN" if world.database.is_postgresql else "EXPLAIN QUERY PLAN"
    with world.database.write() as session:
        if world.database.is_postgresql:  # a table of three rows is read whole otherwise
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
        asked: list[str] = []
        statement = silent.silent_between(1, 0, 3, 100, world.now)
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        for row in session.connection().exec_driver_sql(f"{explain} {compiled}"):
            asked.append(" ".join(map(str, row)))
    plan = "\n".join(asked)
    assert "pk_delivery" in plan or "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan, plan
