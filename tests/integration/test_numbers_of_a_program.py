"""A program answers wherever people got its messages: at its pool, and at a number it has left."""

import pytest
from sqlalchemy import delete, text
from sqlmodel import Session, select

from messaging.errors import Outcome
from models import Broadcast, Keyword, List, PoolSender, Program, Sender
from models.lines import lines
from scheduler.deciding import Choice, decide
from tests.fake_provider import FakeProvider
from tests.sending import refusal, send_all
from tests.world import World

POOL, PHONE = "24681", "+12025550111"


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def messaged(world: World, provider: FakeProvider, sender: str) -> str:
    """Somebody who gets a broadcast from this sender."""
    world.fire(world.order())
    send_all(world, provider, 3)
    return next(one.to for one in provider.taken if one.sender == sender)


def move(session: Session) -> None:
    """The program and its keyword go to another number."""
    program = session.exec(select(Program).order_by(Program.id)).first()
    assert program is not None
    first = session.get_one(Sender, program.sender_id).model_dump(exclude={"id"})
    other = Sender(**(first | {"address": "97531"}))
    session.add(other)
    session.flush()
    program.sender_id = other.id
    session.add(program)
    for keyword in session.exec(select(Keyword).where(Keyword.program_id == program.id)):
        keyword.sender_id = other.id
        session.add(keyword)


def test_all_that_can_be_texted_to_a_pool_member(world: World, provider: FakeProvider) -> None:
    world.crowd(20)
    world.add_to_pool()
    phone = messaged(world, provider, POOL)
    assert "help@neon-nights.example" in (world.text(phone, "HELP", to=POOL) or "")
    assert "Neon Nights" in (world.text(phone, "STOP", to=POOL) or "")
    assert "you are in" in (world.text(phone, "START", to=POOL) or "")
    assert set(world.states(phone).values()) == {"subscribed"}
    assert "you are in" in (world.text(PHONE, "JOIN", to=POOL) or "")
    (event,) = world.consent_events(PHONE)
    (before,) = world.consent_events(phone)[:1]
    assert event.disclosure_id == before.disclosure_id, "what is registered is the program's own"


def test_a_member_that_is_removed_answers_on(world: World, provider: FakeProvider) -> None:
    world.crowd(20)
    world.add_to_pool()
    phone = messaged(world, provider, POOL)
    with world.database.write() as session:
        session.execute(delete(PoolSender))
    assert "Neon Nights" in (world.text(phone, "HELP", to=POOL) or "")


def test_a_number_that_the_program_has_left(world: World, provider: FakeProvider) -> None:
    phone, *_ = world.crowd(5)
    messaged(world, provider, "24680")
    with world.database.write() as session:
        move(session)
    assert "Neon Nights" in (world.text(phone, "HELP") or "")
    world.pass_time(days=22)
    assert "Neon Nights" in (world.text(phone, "HELP") or "")
    world.pass_time(days=2)
    assert "sends no messages" in (world.text(phone, "HELP") or "")


def test_what_a_member_sends_again_from_there_is_answered(
    world: World, provider: FakeProvider
) -> None:
    phone, *_ = world.crowd(2)
    provider.answers[phone] = refusal(Outcome.unknown)
    broadcast = world.order()
    world.fire(broadcast)
    send_all(world, provider, 3)
    del provider.answers[phone]
    with world.database.write() as session:
        move(session)
    world.pass_time(days=30)
    assert "sends no messages" in (world.text(phone, "HELP") or "")
    with world.database.write() as session:
        known = session.get_one(Broadcast, broadcast.id)
        assert decide(session, known, Choice.again, world.member_id, world.now) == 1
    send_all(world, provider, 3)
    assert provider.taken[-1].sender == "24680"
    assert "help@neon-nights.example" in (world.text(phone, "HELP") or "")


def test_the_numbers_own_program_comes_first(world: World, provider: FakeProvider) -> None:
    """Another program has the number now, with the same keyword."""
    phone, *_ = world.crowd(5)
    messaged(world, provider, "24680")
    with world.database.write() as session:
        move(session)
        known = session.exec(select(Program)).one()
        old = session.exec(select(Sender.id).where(Sender.address == "24680")).one()
        values = known.model_dump(exclude={"id", "slug", "name", "sender_id"})
        other = Program(**values, name="Late Show", slug="late-show", sender_id=old)
        session.add(other)
        session.flush()
        mine = {"organization_id": known.organization_id, "created_at": world.now}
        guests = List(program_id=other.id, name="Guests", **mine)
        session.add(guests)
        session.flush()
        session.add(
            Keyword(program_id=other.id, list_id=guests.id, sender_id=old, word="JOIN", **mine)
        )
    assert "Late Show" in (world.text(PHONE, "HELP") or "")
    assert "Late Show: you are in" in (world.text(PHONE, "JOIN") or "")
    assert "Neon Nights" in (world.text(phone, "HELP") or ""), "it is in no other"
    world.text(phone, "JOIN")
    world.text(phone, "TECHNO")
    assert "Late Show" in (world.text(phone, "HELP") or "")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_text_reads_the_programs_of_its_number_alone(world: World) -> None:
    """Also by a plan that PostgreSQL made while there were few."""
    with world.database.write() as session:
        program = session.exec(select(Program)).one()
        sender = session.get_one(Sender, program.sender_id)
        for number in range(60):
            values = sender.model_dump(exclude={"id", "address"})
            other = Sender(**values, address=f"7{number:04d}")
            session.add(other)
            session.flush()
            facts = program.model_dump(exclude={"id", "slug", "sender_id"})
            session.add(Program(**facts, slug=f"other-{number}", sender_id=other.id))
    with world.database.write_by_key() as session:
        session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        before = programs_read(session)
        assert len(lines(session, ["24680"], world.now)["24680"].programs) == 1
        assert programs_read(session) - before <= 4


def programs_read(session: Session) -> int:
    """How many rows of programs this transaction has read so far."""
    count = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
    return int(session.execute(text(f"{count} WHERE relname = 'program'")).scalar_one())
