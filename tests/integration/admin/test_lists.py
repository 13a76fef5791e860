"""Lists: make, rename, delete, look through, take somebody off."""

import pytest
from sqlmodel import select

from models import ConsentKind, ConsentSource, List, ListSubscription
from tests.integration.admin.browser import Browser
from tests.world import World

PHONE = "+12025550101"


def names(world: World) -> set[str]:
    with world.database.read() as session:
        return set(session.exec(select(List.name)))


def test_a_list_is_made_renamed_and_deleted(world: World, promoter: Browser) -> None:
    made = promoter.post("/lists", {"name": " Friday regulars ", "program_id": 1})
    assert made.status_code == 302
    assert "Friday regulars" in names(world)
    promoter.post(f"{made.location}/name", {"name": "Regulars"})
    assert "Regulars" in promoter.get(made.location).text
    assert promoter.post(f"{made.location}/delete").location == "/lists"
    assert names(world) == {"All guests", "Techno nights", "Jazz evenings"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "Give the list a name."),
        ({"name": "   "}, "Give the list a name."),
        ({"name": "x" * 61}, "Use at most 60 characters."),
        ({"name": "All guests"}, "There is a list of this name already."),
        ({"program_id": "99"}, "Not a valid choice."),
        ({"program_id": "x"}, "could not coerce"),
    ],
)
def test_a_bad_list_says_why(
    world: World, owner: Browser, fields: dict[str, str], reason: str
) -> None:
    page = owner.post("/lists", {"name": "New", "program_id": "1"} | fields)
    assert page.status_code == 422
    assert reason in page.text
    assert len(names(world)) == 3


def test_another_organizations_program_takes_no_list(world: World, newcomer: Browser) -> None:
    assert newcomer.post("/lists", {"name": "New", "program_id": "1"}).status_code == 422
    assert len(names(world)) == 3


def test_a_list_in_use_is_kept_and_says_why(world: World, owner: Browser) -> None:
    assert "The keyword JOIN leads to it" in owner.get("/lists/1").text
    owner.post("/lists/1/delete")
    assert "The keyword JOIN leads to it" in owner.get("/lists/1").text
    assert "All guests" in names(world)
    world.text(PHONE, "TECHNO")
    owner.post("/programs/1/keywords/2/remove")
    owner.post("/lists/2/delete")
    assert "that proof must stay" in owner.get("/lists/2").text
    assert "Techno nights" in names(world)


def test_a_list_shows_who_is_on_it_by_number_and_state(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text("+12025550202", "JOIN")
    world.text("+12025550202", "STOP")
    everybody = owner.get("/lists/1").text
    assert "555-0101" in everybody
    assert "555-0202" in everybody
    assert "555-0202" not in owner.get("/lists/1?state=subscribed").text
    assert "555-0101" not in owner.get("/lists/1?q=0202").text
    assert "Nobody matches" in owner.get("/lists/1?q=999999").text


def test_taking_somebody_off_a_list_is_recorded(world: World, promoter: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "TECHNO")
    assert promoter.post("/lists/1/remove/1").status_code == 302
    assert world.lists(PHONE) == {"Techno nights"}
    event = world.consent_events(PHONE)[-1]
    assert (event.kind, event.source) == (ConsentKind.left_list, ConsentSource.member)
    assert event.list_id == 1
    assert event.member_id is not None
    assert promoter.post("/lists/1/remove/1").status_code == 404
    assert len(world.consent_events(PHONE)) == 3
    with world.database.read() as session:
        assert len(session.exec(select(ListSubscription)).all()) == 1
