"""Receipts: whatever their order and number, a delivery ends where the carrier says."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from messaging.errors import Outcome
from messaging.providers import SendError
from messaging.receipt_address import ReceiptAddresses
from models import Broadcast, BroadcastStatus, ConsentKind, Delivery, DeliveryStatus
from models.balance import balance, scanned
from scheduler import moves, sweep
from scheduler.dispatch import Dispatch
from settings import Settings
from tests.conftest import make_settings
from tests.fake_provider import FakeProvider
from tests.webhook_client import PUBLIC, STATUS, post
from tests.world import World
from wsgi import create_app

PHONE = "+12025550000"
SETTINGS = make_settings("sqlite:///unused")


class Sent:
    """One message that was handed over, and the way to send its receipts."""

    def __init__(self, world: World, app: Flask) -> None:
        self.world, self.app, self.provider = world, app, FakeProvider()
        world.now = datetime.now(UTC)  # the webhook reads the real clock
        world.crowd(1)
        self.broadcast: Broadcast = world.order()
        world.fire(self.broadcast)

    def hand_over(self) -> None:
        sender = Dispatch(self.world.database, self.provider, SETTINGS, lambda: self.world.now)
        asyncio.run(sender.turn())
        asyncio.run(sender.turn())

    @property
    def delivery(self) -> Delivery:
        return self.world.deliveries(self.broadcast.id)[PHONE]

    def receipt(self, status: str, code: int | None = None, attempt: int | None = None) -> int:
        delivery = self.delivery
        addresses = ReceiptAddresses(PUBLIC, "x" * 32)
        address = addresses.of(delivery.id, attempt or delivery.attempts)
        form = {
            "MessageSid": delivery.message_sid or "SM" + "f" * 32,
            "MessageStatus": status,
            "To": PHONE,
            "From": "24680",
        }
        if code:
            form["ErrorCode"] = str(code)
        path = address.removeprefix(PUBLIC).partition("#")[0]
        return post(self.app, path, form).status_code


# Receipts come by the real clock, and so the messages must go: at night as well.
pytestmark = pytest.mark.usefixtures("at_any_hour")


@pytest.fixture
def sent(world: World, settings: Settings) -> Sent:
    story = Sent(world, create_app(settings, world.database))
    story.hand_over()
    return story


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_in_any_order_delivered_stays_delivered(sent: Sent, order: tuple[str, ...]) -> None:
    for status in (*order, *order):
        assert sent.receipt(status) == 204
    assert sent.delivery.status is DeliveryStatus.delivered
    assert sent.world.balance(sent.broadcast.id).holds


@pytest.mark.parametrize("final", ["undelivered", "failed"])
def test_a_final_state_is_not_taken_back(sent: Sent, final: str) -> None:
    sent.receipt(final, 30005)
    for status in ("sent", "delivered", "queued"):
        sent.receipt(status)
    assert sent.delivery.status.value == final
    assert sent.delivery.error_code == 30005


def test_an_unknown_message_does_no_harm(sent: Sent) -> None:
    form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered"}
    assert post(sent.app, STATUS, form).status_code == 204
    assert post(sent.app, f"{STATUS}?delivery=1-1.forged", form).status_code == 204
    assert sent.delivery.status is DeliveryStatus.accepted


def test_a_status_that_is_new_to_us_does_no_harm(sent: Sent) -> None:
    assert sent.receipt("partially_delivered") == 204
    assert sent.delivery.status is DeliveryStatus.accepted


def test_a_receipt_without_our_address_is_found_by_number_and_sid(sent: Sent) -> None:
    form = {
        "MessageSid": sent.delivery.message_sid or "",
        "MessageStatus": "delivered",
        "To": "+12025550999",
    }
    assert post(sent.app, STATUS, form).status_code == 204
    assert sent.delivery.status is DeliveryStatus.accepted
    assert post(sent.app, STATUS, form | {"To": PHONE}).status_code == 204
    assert sent.delivery.status is DeliveryStatus.delivered


@pytest.mark.parametrize("form", [{"MessageSid": "SM1"}, {"MessageStatus": "sent"}])
def test_an_incomplete_receipt_is_a_bad_request(sent: Sent, form: dict[str, str]) -> None:
    assert post(sent.app, STATUS, form).status_code == 400


def test_an_opt_out_in_a_receipt_revokes_everything(sent: Sent) -> None:
    sent.receipt("failed", 21610)
    assert sent.world.is_suppressed(PHONE)
    events = sent.world.consent_events(PHONE)
    assert [event.kind for event in events] == ["opted_in", "opted_out"]
    assert events[-1].source == "receipt"


def test_a_phone_out_of_reach_is_tried_again(sent: Sent) -> None:
    sent.receipt("undelivered", 30003)
    assert sent.delivery.status is DeliveryStatus.pending
    assert sent.world.broadcast(sent.broadcast.id).status is BroadcastStatus.sending
    sent.world.pass_time(minutes=2)
    sent.hand_over()
    assert sent.provider.taken_by(PHONE) == 2
    assert sent.delivery.attempts == 2
    sent.receipt("delivered")
    assert sent.delivery.status is DeliveryStatus.delivered


def test_a_late_receipt_of_the_first_try_does_not_touch_the_second(sent: Sent) -> None:
    sent.receipt("undelivered", 30003)
    sent.receipt("sent", attempt=1)
    assert sent.delivery.status is DeliveryStatus.pending
    sent.world.pass_time(minutes=2)
    sent.hand_over()
    sent.receipt("undelivered", 30003, attempt=1)
    assert sent.delivery.status is DeliveryStatus.accepted


def test_it_is_not_sent_again_if_it_arrived_after_all(sent: Sent) -> None:
    sent.receipt("undelivered", 30003)
    sent.receipt("delivered", attempt=1)
    sent.world.pass_time(minutes=2)
    sent.hand_over()
    assert sent.provider.taken_by(PHONE) == 1
    assert sent.delivery.status is DeliveryStatus.delivered


def test_a_canceled_broadcast_takes_nothing_back_into_its_queue(sent: Sent) -> None:
    second = sent.world.order()
    sent.world.fire(second)
    sent.broadcast = second
    sender = Dispatch(sent.world.database, sent.provider, SETTINGS, lambda: sent.world.now)
    asyncio.run(sender.turn())
    with sent.world.database.write() as session:
        moves.cancel(session, sent.world.organization_id, second.id, sent.world.now)
    sent.receipt("undelivered", 30003)
    assert sent.delivery.status is DeliveryStatus.undelivered
    assert sent.world.balance(second.id).still_to_go == 0


def test_what_was_to_go_again_and_was_canceled_was_sent_all_the_same(sent: Sent) -> None:
    """It is undelivered, not skipped; and delivered if it arrived after all."""
    sent.receipt("undelivered", 30008)
    with sent.world.database.write() as session:
        moves.cancel(session, sent.world.organization_id, sent.broadcast.id, sent.world.now)
    assert_stands(sent, DeliveryStatus.undelivered, 30008)
    for status in ("sent", "failed", "queued"):
        sent.receipt(status, attempt=1)
    assert_stands(sent, DeliveryStatus.undelivered, 30008)
    sent.receipt("delivered", attempt=1)
    assert_stands(sent, DeliveryStatus.delivered, None)


def test_what_was_to_go_again_and_is_too_late_was_sent_all_the_same(sent: Sent) -> None:
    sent.receipt("undelivered", 30003)
    sweep.sweep(sent.world.database, sent.broadcast.id, sent.world.now + timedelta(days=2))
    assert_stands(sent, DeliveryStatus.undelivered, 30003)


def test_who_leaves_before_the_next_try_was_sent_the_first(sent: Sent) -> None:
    sent.receipt("undelivered", 30003)
    sent.world.text(PHONE, "STOP")
    sent.world.pass_time(minutes=2)
    sent.hand_over()
    assert_stands(sent, DeliveryStatus.undelivered, 30003)


def assert_stands(sent: Sent, status: DeliveryStatus, code: int | None) -> None:
    one = sent.delivery
    assert (one.status, one.error_code, one.skip_reason) == (status, code, None)
    with sent.world.database.read() as session:
        assert balance(session, one.broadcast_id) == scanned(session, one.broadcast_id)


def test_filtered_messages_pause_the_broadcast(world: World, settings: Settings) -> None:
    sent = Sent(world, create_app(settings, world.database))
    sender = Dispatch(world.database, sent.provider, settings, lambda: world.now)
    asyncio.run(sender.turn())
    sent.receipt("undelivered", 30007)
    paused = world.broadcast(sent.broadcast.id)
    assert paused.status is BroadcastStatus.paused
    assert "filtered" in (paused.attention or "")
    assert sent.delivery.status is DeliveryStatus.undelivered


@pytest.mark.parametrize("paused", [False, True])
def test_a_broadcast_that_does_not_go_any_more_says_that_it_was_filtered(
    world: World, settings: Settings, paused: bool
) -> None:
    sent = Sent(world, create_app(settings, world.database))
    sent.hand_over()
    if paused:
        world.change_broadcast(sent.broadcast.id, status=BroadcastStatus.paused)
    sent.receipt("undelivered", 30007)
    known = world.broadcast(sent.broadcast.id)
    assert known.attention == "The provider says: Carriers filtered the message as unwanted."
    assert known.status is (BroadcastStatus.paused if paused else BroadcastStatus.sent)


def test_a_receipt_before_the_answer_to_the_request_counts(
    world: World, settings: Settings
) -> None:
    sent = Sent(world, create_app(settings, world.database))
    sent.provider.before_send = lambda _: sent.receipt("delivered") and None
    sent.hand_over()
    assert sent.delivery.status is DeliveryStatus.delivered


def test_a_receipt_settles_what_was_unknown(world: World, settings: Settings) -> None:
    sent = Sent(world, create_app(settings, world.database))
    sent.provider.answers[PHONE] = SendError(Outcome.unknown, None, "time-out")
    sent.hand_over()
    assert sent.delivery.status is DeliveryStatus.unknown
    sent.receipt("sent")
    sent.receipt("delivered")
    assert sent.delivery.status is DeliveryStatus.delivered
    assert sent.delivery.message_sid == "SM" + "f" * 32


def test_an_opt_out_at_the_provider_holds_whatever_became_of_the_message(sent: Sent) -> None:
    """The receipt of an earlier try, of a settled delivery, or one that comes five times."""
    sent.receipt("delivered")
    for _ in range(5):
        assert sent.receipt("failed", 21610, attempt=7) == 204
    assert sent.delivery.status is DeliveryStatus.delivered
    assert sent.world.is_suppressed(PHONE)
    kinds = [event.kind for event in sent.world.consent_events(PHONE)]
    assert kinds.count(ConsentKind.opted_out) == 1


def test_an_old_opt_out_does_not_undo_a_later_join(sent: Sent) -> None:
    sent.receipt("failed", 21610)
    assert sent.world.is_suppressed(PHONE)
    sent.world.pass_time(seconds=5)
    sent.world.text(PHONE, "JOIN")
    sent.receipt("failed", 21610)
    assert not sent.world.is_suppressed(PHONE)
