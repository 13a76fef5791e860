"""What a program has done, as the self-audit judges it."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from admin.queries import conduct
from models import (
    ConsentEvidence,
    Delivery,
    FileKind,
    InboundMessage,
    NumberFile,
    Program,
    Subscriber,
    Subscription,
)
from models.erasing import erase_evidence
from models.subscriber import SubscriptionState
from tests.auditing import audited, failing, send
from tests.world import World

PHONE = "+12025550177"


def test_people_without_an_opt_in_are_found(world: World) -> None:
    world.text(PHONE, "HELP")
    with world.database.write() as session:
        subscriber = session.execute(select(col(Subscriber.id))).scalars().one()
        session.add(
            Subscription(
                organization_id=world.organization_id,
                program_id=1,
                subscriber_id=subscriber,
                state=SubscriptionState.subscribed,
                changed_at=world.now,
            )
        )
    assert failing(world) == ["C003"]


def test_an_opt_in_whose_record_is_gone_is_found(world: World) -> None:
    world.text(PHONE, "JOIN")
    with world.database.write() as session:
        ids = session.execute(select(col(ConsentEvidence.id))).scalars().all()
        erase_evidence(session, ids, world.now)
    assert failing(world) == ["C037"]
    world.text(PHONE, "STOP")
    assert failing(world) == []


def test_a_message_after_a_stop_is_found(world: World) -> None:
    world.text(PHONE, "JOIN")
    send(world, "Neon Nights: doors at 9. STOP to end, HELP for help")
    assert failing(world) == []
    world.pass_time(hours=1)
    world.text(PHONE, "STOP")
    assert failing(world) == []
    world.pass_time(hours=1)
    with world.database.write() as session:
        session.execute(update(Delivery).values(submitted_at=world.now))
    assert failing(world) == ["C007"]


def test_broadcasts_of_a_month_without_stop_or_help_are_found(world: World) -> None:
    world.crowd(1)
    send(world, "Neon Nights: doors at 9. HELP for help")
    assert failing(world) == ["C030"]
    send(world, "Neon Nights: doors at 9. STOP to end")
    assert failing(world) == []


def test_more_broadcasts_than_promised_are_found(world: World) -> None:
    world.crowd(1)
    for _ in range(5):
        send(world, "Neon Nights: doors at 9. STOP to end, HELP for help")
    assert failing(world) == ["C020"]


def test_an_unclear_text_that_waits_too_long_is_found(world: World) -> None:
    world.text(PHONE, "cancel friday?")
    assert world.inbound(PHONE)[0].needs_review
    world.pass_time(days=2)
    assert failing(world) == []
    world.pass_time(days=5)
    assert failing(world) == ["C023"]
    with world.database.write() as session:
        session.execute(update(InboundMessage).values(needs_review=False))
    assert failing(world) == []


def test_numbers_that_nobody_checked_for_a_month_are_found(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.pass_time(days=31)
    assert failing(world) == ["C032"]
    with world.database.write() as session:
        session.add(
            NumberFile(
                organization_id=world.organization_id,
                kind=FileKind.deactivated,
                name="deactivated.csv",
                sha256="0" * 64,
                declared_source="carrier",
                created_at=world.now - timedelta(days=1),
                finished_at=world.now - timedelta(days=1),
            )
        )
    assert failing(world) == []


def test_a_keyword_of_another_program_is_not_this_programs(world: World) -> None:
    world.another_organization()
    world.text(PHONE, "JOIN", to="13579")
    (finding,) = (one for one in audited(world) if one.rule.code == "C003")
    assert "Each of the 0 subscribed" in finding.verdict.why


def test_a_page_and_the_command_agree_on_when_a_program_began(world: World) -> None:
    """Also where the first ones have left, and others joined lately."""
    first = world.crowd(3)
    world.text(first[0], "STOP")
    began = world.now
    world.pass_time(days=40)
    world.text(PHONE, "JOIN")
    with world.database.read() as session:
        program = session.get_one(Program, 1)
        for most in (None, 1):
            assert conduct.read(session, program, most).first_opt_in == began
