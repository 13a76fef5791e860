"""Looking for few among many: part by part, and a whole number at once."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import col, select

from admin.queries import deliveries, searching
from models import Delivery, DeliveryStatus, InboundMessage, sizes
from tests.integration.admin.browser import Browser
from tests.integration.admin.conftest import auditor_of
from tests.integration.admin.desk import words
from tests.integration.admin.many import grow
from tests.integration.admin.test_pages import fill
from tests.world import World

Keeps = Callable[[int], bool]


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
    monkeypatch.setattr(searching, "SEARCHED", 20)
    monkeypatch.setattr("admin.pages.subscribers.SEARCHED", 20)
    monkeypatch.setattr("admin.pages.suppressions.SEARCHED", 20)
    grow(world, fill(world), 1_001, 1_300)
    old = "202-555-0003"  # who left by STOP, before all the others came
    assert old in owner.get(f"{place}?q=2025550003").text
    assert old in owner.get(f"{place}?q=12025550003").text
    page = words(owner.get(f"{place}?q=5550003"))
    assert old not in page
    assert what in page


def leads_to(page: str, rel: str) -> str | None:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return found[1].replace("&amp;", "&") if found else None


def walk(browser: Browser, place: str) -> tuple[list[str], list[str]]:
    """Every page of every part of a table: whom they show, and the parts' addresses."""
    seen, parts = [], [place]
    at: str | None = place
    while at:
        page = browser.get(at).text
        seen += re.findall(r'<a[^>]*href="/subscribers/(\d+)"', page)
        at = leads_to(page, "next")
        if at is None and (at := leads_to(page, "next-part")):
            parts.append(at)
        assert len(seen) < 10_000, "it never ends"
    return seen, parts


@pytest.mark.parametrize(
    ("place", "people"),
    [("/subscribers", 300), ("/lists/1", 300), ("/suppressions", 60), ("/reports/stops", 60)],
)
def test_everybody_can_be_reached_page_by_page(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch, place: str, people: int
) -> None:
    monkeypatch.setattr(sizes, "COUNTED_TO", 100 if people > 100 else 50)
    grow(world, fill(world), 1_001, 1_300)
    seen, parts = walk(owner, place)
    assert len(seen) == len(set(seen)), "nobody twice"
    assert {str(key) for key in range(1_001, 1_301) if people > 100 or key % 5 == 0} <= set(seen)
    assert len(parts) >= 2
    assert "Back to the newest" in owner.get(parts[-1]).text


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("/subscribers?state=pending", lambda key: key % 20 == 1),
        ("/lists/1?state=pending", lambda key: key % 20 == 1),
        ("/subscribers?q=303-555", lambda key: True),
        ("/lists/1?q=303-555", lambda key: True),
    ],
)
def test_a_search_goes_on_among_the_older_ones(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch, place: str, kept: Keeps
) -> None:
    monkeypatch.setattr(searching, "SEARCHED", 70)
    grow(world, fill(world), 1_001, 1_300)
    seen, parts = walk(owner, place)
    assert len(seen) == len(set(seen))
    assert {str(key) for key in range(1_001, 1_301) if kept(key)} <= set(seen)
    assert len(parts) >= 4
    assert "Look further back" in owner.get(parts[0]).text


@pytest.mark.parametrize(
    ("place", "people"),
    [
        ("/reports/stops?program=1", range(1_005, 1_301, 5)),
        ("/suppressions", range(1_005, 1_301, 5)),
        ("/inbox", range(1_001, 1_301)),
        ("/inbox?folder=answers", []),
    ],
)
def test_what_is_shown_of_one_program_goes_on_among_the_older(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch, place: str, people: list[int]
) -> None:
    monkeypatch.setattr(searching, "SEARCHED", 20)
    grow(world, fill(world), 1_001, 1_300)
    seen, parts = walk(auditor_of(app, world, 1), place)
    once = [key for key in seen if int(key) > 1_000]  # others wrote more than one text
    assert len(once) == len(set(once))
    assert {str(key) for key in people} <= set(once)
    assert len(parts) >= 3


def test_the_inbox_goes_on_behind_those_that_are_marked(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "COUNTED_TO", 50)
    grow(world, fill(world), 1_001, 1_120)
    marked = range(1_021, 1_091)  # more than fit in the first part, and not the newest
    with world.database.write() as session:
        theirs = col(InboundMessage.subscriber_id).in_(marked)
        for one in session.exec(select(InboundMessage).where(theirs)):
            one.needs_review = True
            session.add(one)
    seen, parts = walk(owner, "/inbox")
    assert len(parts) >= 3
    others = set(range(1_001, 1_121)) - set(marked)
    assert {str(key) for key in others} <= set(seen)
    reviewed, _ = walk(owner, "/inbox?folder=review")
    assert {str(key) for key in marked} <= set(reviewed)
