"""Looking for few among many: part by part, and a whole number at once."""

import re

import pytest
from sqlmodel import col, select

from admin.queries import deliveries, searching, suppressions
from models import Delivery, DeliveryStatus
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import words
from tests.integration.admin.many import grow
from tests.integration.admin.test_pages import fill
from tests.world import World


@pytest.fixture
def database(sqlite_database: object) -> object:
    """Many rows are made by SQLite's own SQL."""
    return sqlite_database


def look(browser: Browser, place: str) -> str:
    """The part of a broadcast's page with its deliveries."""
    return browser.get(place).text.split('id="deliveries"')[1]


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&").split("#")[0] if found else None


def test_a_rare_state_is_found_by_going_on(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(world, fill(world), 1_001, 1_600)
    monkeypatch.setattr(deliveries, "LOOKED_AT", 100)
    with world.database.write() as session:
        last = session.exec(select(Delivery).order_by(col(Delivery.id).desc())).first()
        assert last is not None
        for one in session.exec(select(Delivery).where(Delivery.status == DeliveryStatus.sent)):
            one.status = DeliveryStatus.delivered
            session.add(one)
        last.status = DeliveryStatus.sent
        session.add(last)
        key = last.subscriber_id
    place: str | None = "/broadcasts/1?status=sent"
    seen = []
    while place:
        page = look(owner, place)
        seen.append(place)
        if f'href="/subscribers/{key}"' in page:
            break
        assert "None in this part" in page
        place = link(page, "next")
    assert place is not None, "it was never found"
    assert 3 < len(seen) < 10
    back = link(page, "prev")
    while back:
        page = look(owner, back)
        back = link(page, "prev")
        seen.pop()
    assert "None in this part" in page
    assert len(seen) <= 2


def test_pages_of_everything_go_there_and_back(world: World, owner: Browser) -> None:
    grow(world, fill(world), 1_001, 1_300)
    first = look(owner, "/broadcasts/1?status=delivered")
    second = look(owner, link(first, "next") or "")
    again = look(owner, link(second, "prev") or "")
    numbers = [re.findall(r'href="/subscribers/(\d+)"', page) for page in (first, second, again)]
    assert len(numbers[0]) == len(numbers[1]) == 50
    assert numbers[0] == numbers[2]
    assert not set(numbers[0]) & set(numbers[1])


def test_a_state_that_nobody_is_in_is_said_at_once(world: World, owner: Browser) -> None:
    grow(world, fill(world), 1_001, 1_300)
    with world.database.write() as session:
        for one in session.exec(select(Delivery).where(Delivery.status == DeliveryStatus.sent)):
            one.status = DeliveryStatus.delivered
            session.add(one)
    assert "No such delivery" in words(owner.get("/broadcasts/1?status=sent"))


@pytest.mark.parametrize(
    ("place", "what"),
    [("/subscribers", "Looked at: the latest 20"), ("/suppressions", "Looked at: the latest 20")],
)
def test_a_whole_number_is_found_however_old(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch, place: str, what: str
) -> None:
    for module in (searching, suppressions):
        monkeypatch.setattr(module, "SEARCHED", 20)
    monkeypatch.setattr("admin.pages.subscribers.SEARCHED", 20)
    monkeypatch.setattr("admin.pages.suppressions.SEARCHED", 20)
    grow(world, fill(world), 1_001, 1_300)
    old = "202-555-0003"  # who left by STOP, before all the others came
    assert old in owner.get(f"{place}?q=2025550003").text
    assert old in owner.get(f"{place}?q=12025550003").text
    page = words(owner.get(f"{place}?q=5550003"))
    assert old not in page
    assert what in page
