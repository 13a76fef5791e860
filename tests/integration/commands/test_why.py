"""`marquee why`: may a number be messaged, did it get a broadcast, as of any moment."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models import (
    Broadcast,
    Delivery,
    DeliveryStatus,
    SkipReason,
    Subscriber,
    Suppression,
    SuppressionReason,
)
from models.erasing import erase
from models.recording import hash_of
from tests.integration.audit.conftest import send
from tests.integration.commands.conftest import Call

PHONE = "+12025550101"


def told(call: Call, *arguments: str) -> str:
    """What it says, on one line."""
    result = call("why", *arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_why_answers_as_of_any_moment_and_for_a_broadcast(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    joined_at = world.now
    world.pass_time(hours=1)
    broadcast_id = send(world)
    world.pass_time(hours=1)
    world.text(PHONE, "STOP")
    stopped_at = world.now
    world.text("+12025550202", "JOIN")
    world.pass_time(hours=1)
    later = send(world)

    before = call("why", "+1 202-555-0101", "--at", joined_at.isoformat())
    assert "Yes: Neon Nights, subscribed." in before.output
    assert "Lists: All guests" in before.output
    after = call("why", PHONE, "--at", stopped_at.isoformat(), "--broadcast", str(broadcast_id))
    assert "No: Neon Nights, left." in after.output
    assert "Opted out, by a text" in after.output
    assert "did it get it? Yes. Delivered" in after.output
    missed = call("why", PHONE, "--broadcast", str(later))
    assert "did it get it? No." in missed.output
    never = call("why", "+12025550202", "--broadcast", str(broadcast_id))
    assert "Not on its list when it started. They had never joined the program." in never.output


def test_why_says_what_it_cannot_answer(call: Call) -> None:
    call.world.text(PHONE, "JOIN")
    for arguments, sentence in (
        (("not a number",), "Enter one phone number in digits"),
        (("+12025559999",), "No organization knows this number"),
        ((PHONE, "--at", "noon"), "'noon' is no moment"),
        ((PHONE, "--broadcast", "99"), "There is no broadcast 99"),
    ):
        result = call("why", *arguments)
        assert result.exit_code == 1
        assert sentence in " ".join(result.output.split()), arguments
        assert "Traceback" not in result.output
    assert call("why", PHONE, "--broadcast", str(2**63)).exit_code == 2


@pytest.mark.parametrize(
    "spelled", ["+1 (202) 555-0101", "202.555.0101", "1-202-555-0101", "＋１２０２５５５０１０１"]
)
def test_a_number_may_be_spelled_in_many_ways(call: Call, spelled: str) -> None:
    call.world.text(PHONE, "JOIN")
    assert "Yes: Neon Nights, subscribed." in told(call, spelled)


def test_a_number_without_its_country_is_read_as_one_that_a_program_serves(call: Call) -> None:
    call.world.change_program(regions="GB")
    call.world.text("+447911123456", "JOIN")
    assert "+44 7911 123456, Neon Nights" in told(call, "07911 123456")


def test_of_somebody_erased_only_the_suppression_is_known(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    broadcast_id = send(world)
    with world.database.write() as session:
        erase(session, session.exec(select(Subscriber)).one(), world.now)
    said = told(call, PHONE, "--broadcast", str(broadcast_id))
    assert "No: suppressed since 23 Nov 2026, 17:00 UTC (opted out)." in said
    assert "did it get it? Not known." in said
    assert "erased person's deliveries are kept without it" in said


def test_a_number_that_was_only_ever_imported_as_suppressed_is_answered(call: Call) -> None:
    world = call.world
    with world.database.write() as session:
        session.add(
            Suppression(
                organization_id=world.organization_id,
                number_hash=hash_of(session, world.organization_id, PHONE),
                phone_number=PHONE,
                reason=SuppressionReason.imported,
                created_at=world.now,
            )
        )
    assert "No: suppressed since 23 Nov 2026, 17:00 UTC (imported)." in told(call, PHONE)
    before = (world.now - timedelta(seconds=1)).isoformat()
    assert "No: it never joined under this number" in told(call, PHONE, "--at", before)


def test_a_suppression_that_was_lifted_since_still_answers_for_its_time(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    world.pass_time(hours=1)
    world.text(PHONE, "STOP")
    left = world.now
    world.pass_time(hours=1)
    world.text(PHONE, "JOIN")
    assert "Yes: Neon Nights" in told(call, PHONE, "--at", world.now.isoformat())
    assert "No: Neon Nights, left." in told(call, PHONE, "--at", left.isoformat())


def test_each_reason_for_skipping_is_said(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    said = {}
    for reason in SkipReason:
        with world.database.write() as session:
            delivery = session.exec(select(Delivery)).one()
            delivery.status, delivery.skip_reason = DeliveryStatus.skipped, reason
        said[reason] = told(call, PHONE, "--broadcast", str(broadcast.id))
        assert "did it get it? No. Skipped: " in said[reason]
    assert len({text.rpartition("Skipped: ")[2] for text in said.values()}) == len(SkipReason)


def test_a_broadcast_is_told_as_it_stood_at_the_moment(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    ordered = world.now
    broadcast = world.order(scheduled_at=world.now + timedelta(hours=1))
    asked = ("--broadcast", str(broadcast.id))
    assert "Not known. It has not started." in told(call, PHONE, *asked)
    world.pass_time(hours=1)
    world.fire(broadcast)
    with world.database.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.status = DeliveryStatus.delivered
        delivery.submitted_at = world.now + timedelta(minutes=1)
        delivery.settled_at = world.now + timedelta(minutes=2)
    for minutes, answer in (
        (-61, "No. It had not started at that moment."),
        (-1, "No. It had not started at that moment."),
        (0, "Not known. Not handed over yet at that moment."),
        (1, "Not known. Handed over, and no receipt yet at that moment."),
        (2, "Yes. Delivered"),
    ):
        at = (ordered + timedelta(minutes=60 + minutes)).isoformat()
        assert f"did it get it? {answer}" in told(call, PHONE, "--at", at, *asked), minutes


def test_one_that_was_canceled_before_its_start_went_to_nobody(call: Call) -> None:
    world = call.world
    world.text(PHONE, "JOIN")
    broadcast = world.order(scheduled_at=world.now + timedelta(hours=1))
    with world.database.write() as session:
        session.get_one(Broadcast, broadcast.id).status = "canceled"  # type: ignore[assignment]
    assert "No. It was canceled before it started." in told(
        call, PHONE, "--broadcast", str(broadcast.id)
    )


def test_quiet_hours_are_told_with_the_answer(call: Call) -> None:
    call.world.text(PHONE, "JOIN")
    dusk, day = (call.world.now + timedelta(hours=hours) for hours in (8, 7))  # 20:00 and 19:00
    hours = "Messages may arrive from 9:00 to 20:00 Monday to Saturday"
    assert f"It was in quiet hours at that moment. {hours}" in told(
        call, PHONE, "--at", dusk.isoformat()
    )
    said = told(call, PHONE, "--at", day.isoformat())
    assert hours in said
    assert "in quiet hours" not in said
