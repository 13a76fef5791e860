"""A disclosure gets a new version when, and only when, its text would differ."""

import pytest
from sqlmodel import col, select

from models import Disclosure, Keyword, Program
from models.disclosing import current, history, written
from tests.threads import at_once
from tests.world import World


def now_current(world: World) -> Disclosure:
    with world.database.write() as session:
        return current(session, session.get_one(Program, 1), world.now)


def versions(world: World) -> list[int]:
    with world.database.read() as session:
        return [disclosure.version for disclosure in history(session, 1)]


def test_the_demo_begins_with_its_first_version(world: World) -> None:
    assert versions(world) == [1]
    first = now_current(world)
    assert versions(world) == [1]
    assert "Text JOIN, TECHNO or JAZZ to 24680" in first.text
    assert first.terms_url == "http://marquee.test/p/neon-nights/terms"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Neon Days"},
        {"description": "Breakfast"},
        {"message_frequency": "Up to 9 msgs/month"},
        {"support_contact": "new@neon.example"},
        {"terms_url": "https://neon.example/t"},
        {"privacy_url": "https://neon.example/p"},
        {"minimum_age": 21},
    ],
)
def test_a_change_that_people_read_makes_a_version(
    sqlite_world: World, change: dict[str, object]
) -> None:
    before = now_current(sqlite_world)
    sqlite_world.change_program(**change)
    with sqlite_world.database.read() as session:
        assert written(session, session.get_one(Program, 1)) is None
    after = now_current(sqlite_world)
    assert (after.version, versions(sqlite_world)) == (2, [2, 1])
    assert after.text != before.text


def test_a_change_that_nobody_reads_makes_none(world: World) -> None:
    world.change_program(pending_hours=48, help_text="Neon Nights: call 202-555-0100")
    assert now_current(world).version == 1


def test_a_keyword_and_the_senders_address_are_part_of_it(world: World) -> None:
    with world.database.write() as session:
        session.delete(session.exec(select(Keyword).where(Keyword.word == "JAZZ")).one())
    assert "Text JOIN or TECHNO to 24680" in now_current(world).text
    world.change_sender(address="97531")
    assert "to 97531" in now_current(world).text
    assert versions(world) == [3, 2, 1]


def test_a_text_that_comes_back_is_a_version_of_its_own(world: World) -> None:
    world.change_program(description="Breakfast")
    now_current(world)
    world.change_program(description="Club nights, concerts and guest-list offers")
    assert now_current(world).version == 3


def test_writers_that_meet_agree_on_one_version(world: World) -> None:
    world.change_program(description="Breakfast")
    assert at_once([lambda: now_current(world).version] * 4) == [2, 2, 2, 2]
    assert versions(world) == [2, 1]


def test_programs_have_histories_of_their_own(world: World) -> None:
    world.another_organization()
    with world.database.write() as session:
        other = session.exec(select(Program).where(Program.name == "Other Program")).one()
        disclosure = current(session, other, world.now)
        assert (disclosure.version, disclosure.organization_id) == (1, other.organization_id)
        rows = session.exec(select(Disclosure).order_by(col(Disclosure.id))).all()
        assert len(rows) == 2
    assert versions(world) == [1]
