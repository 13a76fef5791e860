"""The STOP report: each revocation beside the messages around it, with re-joins respected."""

import asyncio
import csv
import io
from datetime import timedelta

from sqlmodel import select

from admin.audit_package.contents import STOP_COLUMNS, stop_report
from admin.queries.reports import Pairing, Totals, pairings, totals
from admin.queries.stop_rows import Scope
from messaging.numbers import mask
from models import Delivery, DeliveryStatus, Notice, Subscriber
from scheduler import notices
from tests.fake_provider import FakeProvider
from tests.integration.audit.conftest import send
from tests.integration.audit.programs import second_program
from tests.integration.test_notices import sign_up
from tests.world import World

PHONE = "+12025550001"
OTHER = "+12025550009"  # who stays, so that there is somebody to send to


def report(world: World, program_id: int | None = None) -> tuple[list[Pairing], Totals]:
    scope = Scope(world.organization_id, program_id)
    with world.database.read() as session:
        return list(pairings(session, scope)), totals(session, scope)


def hand_over(world: World, broadcast_id: int, **changes: object) -> None:
    """What a sender would have written, had it broken the rule."""
    with world.database.write() as session:
        person = session.exec(select(Subscriber).where(Subscriber.phone_number == PHONE)).one()
        values = {
            "organization_id": world.organization_id,
            "subscriber_id": person.id,
            "status": DeliveryStatus.delivered,
            "message_sid": f"SM{broadcast_id}",
            "submitted_at": world.now,
            "settled_at": world.now,
        }
        session.add(Delivery(broadcast_id=broadcast_id, **(values | changes)))


def test_a_stop_stands_between_the_last_message_and_none(world: World) -> None:
    world.text(OTHER, "JOIN")
    world.text(PHONE, "JOIN")
    send(world)
    sent_at = world.now
    world.pass_time(minutes=5)
    world.text(PHONE, "STOP", sid="SMstop")
    world.pass_time(days=1)
    send(world)
    (pairing,), total = report(world)
    assert (pairing.number, pairing.message_sid) == (PHONE, "SMstop")
    assert (pairing.last_before, pairing.revoked_at) == (sent_at, sent_at + timedelta(minutes=5))
    assert (pairing.first_after, pairing.wrong_at, pairing.in_hand) == (None, None, 0)
    assert pairing.verdict == "nothing after it"
    assert total == Totals(1, 0, 0, 0, None)


def test_a_return_in_between_makes_the_next_message_right(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    world.pass_time(hours=1)
    world.text(PHONE, "JOIN")
    rejoined_at = world.now
    world.pass_time(hours=1)
    send(world)
    (pairing,), total = report(world)
    assert (pairing.rejoined_at, pairing.first_after) == (rejoined_at, world.now)
    assert pairing.verdict == "messaged again after a new opt-in"
    assert total == Totals(1, 0, 0, 1, None)


def test_a_message_after_a_stop_stands_out_however_often_they_left(world: World) -> None:
    world.text(OTHER, "JOIN")
    world.text(PHONE, "JOIN")
    first = send(world)
    world.text(PHONE, "STOP")
    world.pass_time(hours=2)
    late = world.order().id
    hand_over(world, late)
    world.pass_time(hours=1)
    world.text(PHONE, "JOIN")
    found, total = report(world)
    assert [one.wrong_at is not None for one in found] == [True]
    assert found[0].verdict == "messaged after the revocation"
    assert total == Totals(1, 1, 0, 0, timedelta(hours=2))
    assert first != late


def test_a_return_to_one_program_is_no_leave_for_another(world: World) -> None:
    world.text(OTHER, "JOIN")
    program_id = second_program(world)
    world.text(PHONE, "JOIN")
    world.text(PHONE, "DUB")
    world.text(PHONE, "STOP")
    world.pass_time(hours=1)
    world.text(PHONE, "DUB")
    world.pass_time(hours=1)
    hand_over(world, world.order().id)
    assert report(world)[1].wrong == 1
    assert report(world, program_id)[1].wrong == 0


def test_what_was_in_the_providers_hands_is_named(world: World) -> None:
    world.text(PHONE, "JOIN")
    broadcast = world.order().id
    hand_over(world, broadcast, settled_at=world.now + timedelta(minutes=9))
    world.pass_time(minutes=5)
    world.text(PHONE, "STOP")
    (pairing,), total = report(world)
    assert pairing.in_hand == 1
    assert pairing.verdict == "nothing after it; in the provider's hands at that moment"
    assert total.in_hand == 1


def test_what_the_provider_had_refused_was_in_nobodys_hands(world: World) -> None:
    world.text(PHONE, "JOIN")
    refused = {"message_sid": None, "settled_at": None, "status": DeliveryStatus.pending}
    hand_over(world, world.order().id, **refused)
    world.pass_time(minutes=5)
    world.text(PHONE, "STOP")
    assert report(world)[1].in_hand == 0


def test_what_may_have_reached_the_provider_counts_as_in_its_hands(world: World) -> None:
    world.text(PHONE, "JOIN")
    open_end = {"message_sid": None, "settled_at": None, "status": DeliveryStatus.unknown}
    hand_over(world, world.order().id, **open_end)
    world.pass_time(minutes=5)
    world.text(PHONE, "STOP")
    assert report(world)[1].in_hand == 1


def test_the_question_for_a_yes_is_a_message_like_any_other(world: World) -> None:
    """In the provider's hands until its validity is over, and the last one before the STOP."""
    sign_up(world, PHONE)
    asyncio.run(notices.send(world.database, FakeProvider(), lambda: world.now))
    asked_at = world.now
    world.pass_time(minutes=59)
    world.text(PHONE, "STOP")
    world.text(PHONE, "JOIN")
    world.pass_time(minutes=1)
    world.text(PHONE, "STOP")
    for program_id in (None, 1):
        (first, second), total = report(world, program_id)
        assert first.last_before == second.last_before == asked_at
        assert (first.in_hand, second.in_hand, total.in_hand) == (1, 0, 1)
        assert total.wrong == 0


def test_a_question_after_a_stop_stands_out(world: World) -> None:
    """What a sender would have written, had it broken the rule."""
    sign_up(world, PHONE)
    world.text(PHONE, "STOP")
    world.pass_time(minutes=3)
    with world.database.write() as session:
        notice = session.exec(select(Notice)).one()
        notice.submitted_at = notice.in_hand_until = world.now
    (pairing,), total = report(world)
    assert (pairing.first_after, pairing.wrong_at) == (world.now, world.now)
    assert total == Totals(1, 1, 0, 0, timedelta(minutes=3))


def test_the_file_begins_with_the_sum_and_can_be_masked(world: World) -> None:
    for phone in world.crowd(3):
        world.text(phone, "STOP")
    scope = Scope(world.organization_id)
    with world.database.read() as session:
        lines = list(csv.reader(io.StringIO(b"".join(stop_report(session, scope)).decode())))
        masked = b"".join(stop_report(session, scope, mask)).decode()
    assert lines[0] == ["revocations", "3"]
    assert lines[1] == ["followed by a message without a new opt-in (should be 0)", "0"]
    at = lines.index(list(STOP_COLUMNS))
    assert [line[1] for line in lines[at + 1 :]] == [f"+1202555000{n}" for n in range(3)]
    assert "+12025550" not in masked
    assert "+1••••••0001" in masked
