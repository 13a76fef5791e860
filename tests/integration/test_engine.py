"""The engine's own promises: the gate at the last moment, fair shares, parts, pools, counters."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlmodel import select

from messaging.errors import Outcome
from messaging.providers import NoPlace, Outgoing
from models import (
    Broadcast,
    BroadcastStatus,
    DeliveryStatus,
    Sender,
    SenderDebit,
    SkipReason,
)
from models.balance import balance, scanned
from scheduler import firing, freeze, moves, sweep
from scheduler.lanes import MOST_DEBITS
from tests.fake_provider import FakeProvider
from tests.sending import dispatch, refusal, send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def assert_counters_equal_rows(world: World, broadcast_id: int) -> None:
    with world.database.read() as session:
        assert balance(session, broadcast_id) == scanned(session, broadcast_id)


def start(world: World, **changes: object) -> Broadcast:
    columns = {name: changes.pop(name) for name in ("quiet_hours", "local_at") if name in changes}
    broadcast = world.order(**changes)
    world.change_broadcast(broadcast.id, **columns)
    world.fire(broadcast)
    return broadcast


def test_a_stop_between_the_claim_and_the_call_is_honoured(
    world: World, provider: FakeProvider
) -> None:
    phones = world.crowd(12)
    broadcast = start(world)

    def stop_the_last(message: Outgoing) -> None:
        if len(provider.asked) == 1:
            world.text(phones[-1], "STOP")

    provider.before_send = stop_the_last
    sender = dispatch(world, provider, in_flight=1)
    for _ in range(30):
        asyncio.run(sender.turn())
        world.pass_time(seconds=1)
    assert sorted(message.to for message in provider.taken) == phones[:-1]
    assert world.deliveries(broadcast.id)[phones[-1]].skip_reason is SkipReason.opted_out
    assert_counters_equal_rows(world, broadcast.id)


def test_what_found_no_place_goes_out_once_and_not_after_a_stop(
    world: World, provider: FakeProvider
) -> None:
    phones = world.crowd(6)
    broadcast = start(world)

    def no_place_at_first(message: Outgoing) -> None:
        if len(provider.asked) == 1:
            world.text(phones[0], "STOP")
        if len(provider.asked) <= 3:
            raise NoPlace

    provider.before_send = no_place_at_first
    sender = dispatch(world, provider, in_flight=3)
    for _ in range(10):
        asyncio.run(sender.turn())
        world.pass_time(seconds=0.1)
    assert sorted(message.to for message in provider.taken) == phones[1:]
    found = world.deliveries(broadcast.id)
    assert found[phones[0]].skip_reason is SkipReason.opted_out
    assert {found[phone].attempts for phone in phones[1:]} == {1}
    assert_counters_equal_rows(world, broadcast.id)


def test_what_was_given_back_is_not_a_try(world: World, provider: FakeProvider) -> None:
    first, second = world.crowd(2)
    broadcast = start(world)

    def leave_and_return(message: Outgoing) -> None:
        if len(provider.asked) == 1:
            world.text(second, "STOP")
            world.text(second, "START")

    provider.before_send = leave_and_return
    sender = dispatch(world, provider, in_flight=1)
    for _ in range(5):
        asyncio.run(sender.turn())
        world.pass_time(seconds=1)
    assert [message.to for message in provider.taken] == [first, second]
    assert world.deliveries(broadcast.id)[second].attempts == 1


def test_an_audience_is_frozen_in_parts_as_it_was_at_the_start(
    world: World, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "FIRST_PART", 3)
    monkeypatch.setattr(freeze, "PART", 4)
    phones = world.crowd(12)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    assert world.broadcast(broadcast.id).audience == 3
    asyncio.run(dispatch(world, provider).turn())
    assert len(provider.taken) == 3, "messages leave before the audience is complete"
    world.pass_time(seconds=1)
    world.text("+12025559999", "JOIN")
    with world.database.read() as session:
        assert freeze.unfinished(session) == [broadcast.id]
    assert freeze.freeze_rest(world.database, broadcast.id, world.now) == 9
    assert freeze.freeze_rest(world.database, broadcast.id, world.now) == 0
    send_all(world, provider, 5)
    assert sorted(message.to for message in provider.taken) == phones
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    assert_counters_equal_rows(world, broadcast.id)


def test_a_broadcast_that_is_not_frozen_to_its_end_is_not_finished(
    world: World, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "FIRST_PART", 1)
    world.crowd(2)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)
    send_all(world, provider, 3)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending


def test_broadcasts_on_one_sender_share_it(world: World, provider: FakeProvider) -> None:
    world.crowd(40)
    world.change_sender(segments_per_second=4)
    old = start(world, body="The old one")
    send_all(world, provider, 3)
    before = len(provider.taken)
    new = start(world, body="The new one")
    send_all(world, provider, 5, step=0.25)
    since = [message.body for message in provider.taken[before:]]
    assert abs(since.count("The old one") - since.count("The new one")) <= 2
    assert_counters_equal_rows(world, old.id)
    assert_counters_equal_rows(world, new.id)


def test_replies_come_off_the_rate_and_go_first(world: World, provider: FakeProvider) -> None:
    world.crowd(40)
    world.change_sender(segments_per_second=10)
    with world.database.write() as session:
        sender_id = session.exec(select(Sender.id)).one()
        session.add(SenderDebit(sender_id=sender_id, segments=20, created_at=world.now))
    start(world)
    send_all(world, provider, 1, step=0.1)
    assert len(provider.taken) == 0, "twenty segments of replies take two seconds"
    send_all(world, provider, 3, step=0.1)
    assert 15 <= len(provider.taken) <= 24


def test_replies_of_an_hour_ago_hold_nothing_up(world: World, provider: FakeProvider) -> None:
    world.crowd(10)
    world.change_sender(segments_per_second=10)
    with world.database.write() as session:
        sender_id = session.exec(select(Sender.id)).one()
        for _ in range(30):
            debit = SenderDebit(sender_id=sender_id, segments=10, created_at=world.now)
            session.add(debit)
    world.pass_time(hours=1)
    start(world)
    send_all(world, provider, 1, step=0.1)
    assert len(provider.taken) >= 2  # all that 250 ms allow


def test_very_many_replies_are_taken_off_in_parts(world: World, provider: FakeProvider) -> None:
    world.crowd(5)
    with world.database.write() as session:
        sender_id = session.exec(select(Sender.id)).one()
        reply = {"sender_id": sender_id, "segments": 1, "created_at": world.now}
        session.execute(insert(SenderDebit), [reply] * (MOST_DEBITS + 500))
    world.pass_time(hours=1)
    start(world)
    asyncio.run(dispatch(world, provider).turn())
    with world.database.read() as session:
        assert len(session.exec(select(SenderDebit.id)).all()) == 500
    assert not provider.taken, "the rest comes first"
    asyncio.run(dispatch(world, provider).turn())
    assert len(provider.taken) == 5


def test_a_pool_spreads_the_work_and_each_person_hears_from_one_sender(
    world: World, provider: FakeProvider
) -> None:
    world.crowd(20)
    world.add_to_pool()
    start(world, body="One")
    send_all(world, provider, 5)
    world.pass_time(days=1)
    start(world, body="Two")
    send_all(world, provider, 5)
    heard: dict[str, set[str]] = {}
    for message in provider.taken:
        heard.setdefault(message.to, set()).add(message.sender)
    assert len(provider.taken) == 40
    assert all(len(senders) == 1 for senders in heard.values())
    assert {sender for senders in heard.values() for sender in senders} == {"24680", "24681"}


def test_a_cancel_holds_at_once_and_the_rest_is_skipped_part_by_part(
    world: World, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PART", 5)
    world.crowd(40)
    world.change_sender(segments_per_second=10)
    broadcast = start(world)
    asyncio.run(dispatch(world, provider).turn())
    went = len(provider.taken)
    with world.database.write() as session:
        moves.cancel(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider, 3)
    assert len(provider.taken) == went
    with world.database.read() as session:
        assert sweep.to_sweep(session, world.now) == [broadcast.id]
    sweep.sweep(world.database, broadcast.id, world.now)
    assert world.balance(broadcast.id).skipped == {SkipReason.canceled: 40 - went}
    with world.database.read() as session:
        assert sweep.to_sweep(session, world.now) == []
    assert_counters_equal_rows(world, broadcast.id)


def test_nothing_goes_after_the_last_use(world: World, provider: FakeProvider) -> None:
    world.crowd(30)
    world.change_sender(segments_per_second=1)
    broadcast = start(world)
    world.change_broadcast(broadcast.id, useful_until=world.now + timedelta(seconds=10))
    send_all(world, provider, 15)
    went = len(provider.taken)
    assert 9 <= went <= 12
    sweep.sweep(world.database, broadcast.id, world.now)
    send_all(world, provider, 3)
    assert world.balance(broadcast.id).skipped == {SkipReason.too_late: 30 - went}
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent


def test_stop_everything_holds_for_what_runs_and_what_comes(
    world: World, provider: FakeProvider
) -> None:
    world.crowd(10)
    running = start(world)
    waiting = world.order(body="Later")
    world.change_organization(stopped_at=world.now)
    world.fire(waiting)
    send_all(world, provider, 5)
    assert provider.taken == []
    assert world.broadcast(waiting.id).status is BroadcastStatus.scheduled
    world.change_organization(stopped_at=None)
    world.fire(waiting)
    send_all(world, provider, 5)
    assert len(provider.taken) == 20
    assert_counters_equal_rows(world, running.id)


def test_a_provider_that_fails_is_given_a_rest(world: World, provider: FakeProvider) -> None:
    phones = world.crowd(150)
    for phone in phones:
        provider.answers[phone] = refusal(Outcome.unknown)
    broadcast = start(world)
    sender = dispatch(world, provider)
    for _ in range(30):
        asyncio.run(sender.turn())
        world.pass_time(seconds=0.25)
    asked = len(provider.asked)
    assert 100 <= asked < 150
    provider.answers.clear()
    for _ in range(200):
        asyncio.run(sender.turn())
        world.pass_time(seconds=0.25)
    assert len(provider.asked) == 150, "a probe went well, and the rest followed"
    assert world.balance(broadcast.id).count(DeliveryStatus.unknown) == asked
    assert_counters_equal_rows(world, broadcast.id)
