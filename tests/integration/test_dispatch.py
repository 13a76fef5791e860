"""The sender: who gets a broadcast, who does not and why, and what each answer leads to."""

import asyncio
import threading
from datetime import timedelta

import pytest

from messaging.providers import Accepted, NoPlace, Outgoing
from messaging.receipt_address import read_token
from models import BroadcastStatus, DeliveryStatus, SkipReason
from models.stopping import stop_everything
from scheduler import moves
from tests.fake_provider import FakeProvider
from tests.sending import dispatch, send_all
from tests.world import World


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def test_everybody_on_the_list_gets_the_message_once(world: World, provider: FakeProvider) -> None:
    phones = world.crowd(120)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider)
    assert sorted(message.to for message in provider.taken) == sorted(phones)
    assert {message.body for message in provider.taken} == {broadcast.body}
    assert {message.sender for message in provider.taken} == {"24680"}
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sent
    balance = world.balance(broadcast.id)
    assert balance.holds
    assert balance.handed_over == 120


def test_the_status_callback_names_the_delivery(world: World, provider: FakeProvider) -> None:
    world.crowd(1)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 2)
    (delivery,) = world.deliveries(broadcast.id).values()
    address = provider.taken[0].status_callback
    assert address is not None
    assert address.startswith("http://marquee.test/webhooks/twilio/status?delivery=")
    token = address.partition("#")[0].rpartition("=")[2]
    assert read_token("x" * 32, token) == (delivery.id, 1)


def test_who_left_is_skipped_and_the_record_says_why(world: World, provider: FakeProvider) -> None:
    stays, stops, leaves = world.crowd(3)
    world.text(stops, "STOP")
    world.text(leaves, "LEAVE JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 5)
    assert [message.to for message in provider.taken] == [stays]
    deliveries = world.deliveries(broadcast.id)
    assert deliveries[stops].status is DeliveryStatus.skipped
    assert deliveries[stops].skip_reason is SkipReason.opted_out
    assert leaves not in deliveries


def test_a_stop_after_the_audience_was_frozen_is_honoured(
    world: World, provider: FakeProvider
) -> None:
    first, second, third = world.crowd(3)
    broadcast = world.order()
    world.fire(broadcast)
    world.text(first, "STOP")
    world.text(second, "LEAVE JOIN")
    send_all(world, provider, 5)
    assert [message.to for message in provider.taken] == [third]
    deliveries = world.deliveries(broadcast.id)
    assert deliveries[first].skip_reason is SkipReason.opted_out
    assert deliveries[second].skip_reason is SkipReason.left_list


def test_who_has_not_confirmed_is_skipped(world: World, provider: FakeProvider) -> None:
    confirmed, waiting = "+12025550101", "+12025550102"
    world.change_program(opt_in="double")
    for phone in (confirmed, waiting):
        world.text(phone, "JOIN")
    world.text(confirmed, "YES")
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 5)
    assert [message.to for message in provider.taken] == [confirmed]
    assert world.deliveries(broadcast.id)[waiting].skip_reason is SkipReason.not_confirmed


def test_a_paused_broadcast_hands_nothing_over_and_resumes_where_it_was(
    world: World, provider: FakeProvider
) -> None:
    world.crowd(120)
    broadcast = world.order()
    world.fire(broadcast)
    asyncio.run(dispatch(world, provider).turn())
    before = len(provider.taken)
    assert 0 < before < 120
    with world.database.write() as session:
        moves.pause(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider, 5)
    assert len(provider.taken) == before
    assert world.balance(broadcast.id).holds
    with world.database.write() as session:
        moves.resume(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider)
    assert len(provider.taken) == 120
    assert len({message.to for message in provider.taken}) == 120


@pytest.mark.parametrize("verb", ["pause", "cancel", "stop everything"])
def test_what_is_claimed_already_is_stopped_too(
    world: World, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr("scheduler.dispatch._LOOK_AGAIN_SECONDS", 0)
    world.crowd(20)
    broadcast = world.order()
    world.fire(broadcast)

    def stop(message: Outgoing) -> None:
        with world.database.write() as session:
            if verb == "stop everything":
                stop_everything(session, world.organization_id, world.member_id, world.now)
            else:
                move = moves.pause if verb == "pause" else moves.cancel
                move(session, world.organization_id, broadcast.id, world.now)

    provider.before_send = stop
    asyncio.run(dispatch(world, provider).turn())
    assert len(provider.asked) == 1, "nineteen more were claimed with it"
    balance = world.balance(broadcast.id)
    assert balance.holds
    assert balance.count(DeliveryStatus.pending, DeliveryStatus.skipped) == 19


def test_a_canceled_broadcast_skips_whoever_is_left(world: World, provider: FakeProvider) -> None:
    world.crowd(120)
    broadcast = world.order()
    world.fire(broadcast)
    asyncio.run(dispatch(world, provider).turn())
    before = len(provider.taken)
    with world.database.write() as session:
        moves.cancel(session, world.organization_id, broadcast.id, world.now)
    send_all(world, provider, 5)
    assert len(provider.taken) == before
    balance = world.balance(broadcast.id)
    assert balance.skipped == {SkipReason.canceled: 120 - before}
    assert balance.holds


def test_the_sender_keeps_to_its_rate(world: World, provider: FakeProvider) -> None:
    world.crowd(30)
    world.change_sender(segments_per_second=3)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, seconds=4, step=0.1)
    assert 11 <= len(provider.taken) <= 14
    send_all(world, provider, seconds=10, step=0.1)
    assert len(provider.taken) == 30


def test_a_message_longer_than_the_rate_still_goes(world: World, provider: FakeProvider) -> None:
    world.crowd(2)
    world.change_sender(segments_per_second=1)
    broadcast = world.order(body="x" * 1000)
    world.fire(broadcast)
    send_all(world, provider, seconds=5)
    assert len(provider.taken) == 1, "seven segments at one a second take seven seconds"
    send_all(world, provider, seconds=10)
    assert len(provider.taken) == 2


def test_two_senders_share_a_broadcast_without_a_duplicate(world: World) -> None:
    world.crowd(200)
    world.change_sender(segments_per_second=10_000)
    broadcast = world.order()
    world.fire(broadcast)
    providers = [FakeProvider(), FakeProvider()]
    errors: list[BaseException] = []

    def work(provider: FakeProvider) -> None:
        try:
            sender = dispatch(world, provider)
            while world.balance(broadcast.id).count(DeliveryStatus.pending):
                asyncio.run(sender.turn())
                world.pass_time(seconds=0.1)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(provider,)) for provider in providers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    sent = [message.to for provider in providers for message in provider.taken]
    assert len(sent) == len(set(sent)) == 200


# The first two end long before a message would be late: only the lease is in the way.
@pytest.mark.parametrize("seconds", [16, 40, 300])
def test_a_process_frozen_past_its_lease_does_not_send(
    world: World, provider: FakeProvider, seconds: int
) -> None:
    phones = world.crowd(2)
    broadcast = world.order()
    world.fire(broadcast)

    def freeze(message: Outgoing) -> None:
        world.pass_time(seconds=seconds)

    provider.before_send = freeze
    asyncio.run(dispatch(world, provider).turn())
    assert len(provider.asked) == 1, "the second call comes after the lease"
    provider.before_send = lambda _: None
    send_all(world, provider, 300)
    assert sorted(message.to for message in provider.taken) == sorted(phones)


def test_nothing_goes_to_somebody_who_left_between_two_batches(
    world: World, provider: FakeProvider
) -> None:
    phones = world.crowd(80)
    broadcast = world.order()
    world.fire(broadcast)
    asyncio.run(dispatch(world, provider).turn())
    rest = [phone for phone in phones if not provider.taken_by(phone)]
    for phone in rest:
        world.text(phone, "STOP")
    send_all(world, provider)
    assert len(provider.taken) == 80 - len(rest)
    assert world.balance(broadcast.id).skipped == {SkipReason.opted_out: len(rest)}


def test_the_latest_start_is_an_hour_by_default(world: World) -> None:
    world.crowd(1)
    broadcast = world.order()
    assert broadcast.latest_start - broadcast.scheduled_at == timedelta(hours=1)


class Stop(threading.Event):
    """Tells when its sender has seen it."""

    def __init__(self) -> None:
        super().__init__()
        self.was_seen = asyncio.Event()

    def is_set(self) -> bool:
        if super().is_set():
            self.was_seen.set()
        return super().is_set()


def test_what_found_no_place_is_given_back_at_a_stop(world: World, provider: FakeProvider) -> None:
    """Nobody waits for its lease, and no other sender takes it for lost."""
    late, without_place = world.crowd(2)
    broadcast = world.order()
    world.fire(broadcast)
    real = provider.send

    async def main() -> None:
        stop, gave_up = Stop(), asyncio.Event()

        async def send(message: Outgoing) -> Accepted:
            stop.set()
            await stop.was_seen.wait()
            if message.to == without_place:
                gave_up.set()
                raise NoPlace
            await gave_up.wait()
            return await real(message)

        provider.send = send  # type: ignore[method-assign]
        await dispatch(world, provider).work(stop)

    asyncio.run(main())
    deliveries = world.deliveries(broadcast.id)
    assert deliveries[late].status is DeliveryStatus.accepted
    assert deliveries[without_place].status is DeliveryStatus.pending
