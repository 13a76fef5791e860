"""What a member says about joining: hours, age, countries, and pages that Marquee writes."""

import pytest
from sqlmodel import col, select

from models import Disclosure, Program
from tests.integration.admin.browser import Browser
from tests.integration.admin.test_programs import PROGRAM
from tests.world import World


def program(world: World, name: str = "Café Noir") -> Program:
    with world.database.read() as session:
        return session.exec(select(Program).where(Program.name == name)).one()


def versions(world: World, program_id: int) -> list[str]:
    with world.database.read() as session:
        query = select(Disclosure.text).where(Disclosure.program_id == program_id)
        return list(session.exec(query.order_by(col(Disclosure.version))))


def test_hours_age_and_countries_are_kept(world: World, owner: Browser) -> None:
    fields = {"pending_hours": "48", "minimum_age": "21", "regions": " us, gb;ca "}
    assert owner.post("/programs/new", PROGRAM | fields).status_code == 302
    made = program(world)
    assert (made.pending_hours, made.minimum_age, made.regions) == (48, 21, "US GB CA")
    assert 'value="US GB CA"' in owner.get(f"/programs/{made.id}/edit").text
    owner.post(f"/programs/{made.id}/edit", PROGRAM | fields | {"minimum_age": ""})
    assert program(world).minimum_age is None


def test_what_a_form_leaves_out_is_as_it_usually_is(world: World, owner: Browser) -> None:
    owner.post("/programs/new", PROGRAM)
    made = program(world)
    assert (made.pending_hours, made.minimum_age, made.regions) == (24, None, "US CA")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"pending_hours": "0"}, "from 1 to 168"),
        ({"pending_hours": "169"}, "from 1 to 168"),
        ({"pending_hours": ""}, "from 1 to 168"),
        ({"pending_hours": "soon"}, "from 1 to 168"),
        ({"minimum_age": "12"}, "from 13 to 99"),
        ({"minimum_age": "adult"}, "from 13 to 99"),
        ({"regions": "USA"}, "USA is no code of a country"),
        ({"regions": ""}, "Give at least one country"),
        ({"regions": "US " * 80}, "at most 200"),
    ],
)
def test_what_cannot_be_says_why(
    world: World, owner: Browser, fields: dict[str, str], reason: str
) -> None:
    page = owner.post("/programs/new", PROGRAM | fields)
    assert page.status_code == 422
    assert reason in page.text
    with world.database.read() as session:
        assert session.exec(select(Program.name)).all() == ["Neon Nights"]


def test_without_pages_of_their_own_marquees_are_registered(world: World, owner: Browser) -> None:
    owner.post("/programs/new", PROGRAM | {"terms_url": "", "privacy_url": " "})
    made = program(world)
    assert made.terms_url == "http://marquee.test/p/cafe-noir/terms"
    assert made.privacy_url == "http://marquee.test/p/cafe-noir/privacy"
    assert owner.get("/p/cafe-noir/terms").status_code == 200


def test_each_save_that_people_would_notice_is_a_version(world: World, owner: Browser) -> None:
    owner.post("/programs/new", PROGRAM)
    made = program(world)
    assert len(versions(world, made.id)) == 1
    owner.post(f"/programs/{made.id}/edit", PROGRAM | {"pending_hours": "48"})
    assert len(versions(world, made.id)) == 1
    owner.post(f"/programs/{made.id}/edit", PROGRAM | {"message_frequency": "Daily"})
    first, second = versions(world, made.id)
    assert ("Up to 2 msgs/month." in first, "Daily." in second) == (True, True)


def test_keywords_make_versions_too(world: World, owner: Browser) -> None:
    owner.post("/programs/1/keywords", {"word": "VIP", "list_id": "1"})
    owner.post("/programs/1/keywords/1/remove")
    assert "JOIN" not in versions(world, 1)[-1]
    assert len(versions(world, 1)) == 3
