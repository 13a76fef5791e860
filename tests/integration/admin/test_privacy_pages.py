"""What members see of erased people, erasing on request, and the days that texts are kept."""

import re

import pytest
from sqlmodel import select

from messaging.consumer_link import consumer_link
from models import AuditEvent, InboundMessage, Organization, Subscriber, Suppression
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import words
from tests.world import World

PHONE = "+12025550147"
SURE = {"request": "e-mail", "is_sure": "y"}


def kept_days(world: World) -> int:
    with world.database.read() as session:
        return session.exec(select(Organization.keep_texts_days)).one()


def is_erased(world: World) -> bool:
    with world.database.read() as session:
        return session.get_one(Subscriber, 1).erased_at is not None


def test_an_owner_erases_on_request_and_it_is_on_record(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "a private matter")
    assert "/subscribers/1/erase" in owner.get("/subscribers/1").text
    assert "It cannot be undone" in owner.get("/subscribers/1/erase").text
    assert owner.post("/subscribers/1/erase", SURE).location == "/subscribers/1"
    with world.database.read() as session:
        act = session.exec(select(AuditEvent)).one()
        assert (act.member_id, act.subject) == (
            world.member_id,
            {"subscriber": 1, "request": "e-mail"},
        )
        assert session.exec(select(Suppression.reason)).one() == "member"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"is_sure": "y"}, "Say how they asked"),
        ({"request": "by pigeon, number +12025550147", "is_sure": "y"}, "Not a valid choice"),
        ({"request": "letter"}, "Make sure first"),
    ],
)
def test_a_request_that_is_not_made_sure_of_erases_nothing(
    world: World, owner: Browser, fields: dict[str, str], reason: str
) -> None:
    world.text(PHONE, "JOIN")
    page = owner.post("/subscribers/1/erase", fields)
    assert page.status_code == 422
    assert reason in page.text
    assert not is_erased(world)


def test_only_an_owner_erases(world: World, promoter: Browser, auditor: Browser) -> None:
    world.text(PHONE, "JOIN")
    for browser in (promoter, auditor):
        assert browser.get("/subscribers/1/erase").status_code == 403
        assert browser.post("/subscribers/1/erase", SURE).status_code == 403
        assert "/subscribers/1/erase" not in browser.get("/subscribers/1").text
    assert not is_erased(world)


def test_what_is_erased_is_shown_as_erased(world: World, owner: Browser, auditor: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "a private matter")
    world.fire(world.order())
    owner.post("/subscribers/1/erase", SURE)
    for browser in (owner, auditor):
        for page in ("/subscribers", "/subscribers/1", "/inbox", "/lists/1", "/broadcasts/1"):
            answer = browser.get(page)
            assert answer.status_code == 200, page
            assert "erased:" not in answer.text, page
            assert not re.search(r"\b0147\b", answer.text), page
            assert "5550147" not in re.sub(r"\D", "", answer.text), page
            assert "private matter" not in answer.text, page
        person = words(browser.get("/subscribers/1"))
        assert "Erased at their request" in person
        assert "What it was made of was erased" in person
        assert "Record an opt-out" not in person
        assert "Erased" in words(browser.get("/inbox"))
        assert "Erased" not in words(browser.get("/subscribers?q=1")), "no number to search for"
    assert owner.get("/subscribers/1/erase").location == "/subscribers/1"
    assert owner.post("/subscribers/1/erase", SURE).status_code == 409


def test_a_member_cannot_open_the_consumers_page(world: World, owner: Browser) -> None:
    """Else somebody of the organization could act there in the person's name."""
    world.text(PHONE, "JOIN")
    link = consumer_link("http://marquee.test", "x" * 32, 1, world.now)
    with world.database.write() as session:
        session.exec(select(InboundMessage)).one().reply = f"Your data & choices: {link}"
    for page in ("/inbox", "/subscribers/1"):
        text = owner.get(page).text
        assert "choices: http://marquee.test/c/…" in text
        assert link not in text


def test_files_hold_no_stand_in_for_a_number(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    owner.post("/subscribers/1/erase", SURE)
    for file in (f"/broadcasts/{broadcast.id}/deliveries.csv", "/reports/stops.csv"):
        answer = owner.get(file)
        assert answer.status_code == 200
        assert "erased:" not in answer.text, file
        assert re.search(r"\berased\b", answer.text), file


def test_an_owner_sets_how_long_texts_are_kept(world: World, owner: Browser) -> None:
    assert kept_days(world) == 1825
    assert "1,825 days" in owner.get("/settings").text
    assert owner.post("/settings/retention", {"keep_texts_days": "180"}).location == "/settings"
    assert kept_days(world) == 180
    assert "180 days" in owner.get("/settings").text


@pytest.mark.parametrize("days", ["179", "0", "-5", "36501", "", "many", "180.5", "9" * 40])
def test_days_that_cannot_be_say_why(world: World, owner: Browser, days: str) -> None:
    page = owner.post("/settings/retention", {"keep_texts_days": days})
    assert page.status_code == 422
    assert "invalid-feedback" in page.text
    assert kept_days(world) == 1825


def test_others_read_the_days_and_change_nothing(
    world: World, promoter: Browser, auditor: Browser
) -> None:
    for browser in (promoter, auditor):
        page = browser.get("/settings/retention")
        assert "1,825 days" in page.text
        assert "<form" not in page.text.split("<main")[1]
        assert browser.post("/settings/retention", {"keep_texts_days": "200"}).status_code == 403
    assert kept_days(world) == 1825
