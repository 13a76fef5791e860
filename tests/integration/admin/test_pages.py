"""Every page renders, with nothing in the organization and with much, and shows texts safely."""

import pytest
from flask import Flask
from sqlmodel import col, select

from models import (
    Broadcast,
    BroadcastStatus,
    Counter,
    Delivery,
    DeliveryStatus,
    FileKind,
    InboundMessage,
    NumberFile,
)
from tests.integration.admin.browser import Browser
from tests.integration.admin.test_access import address, rules
from tests.world import World

PHONE = "+12025550101"
HOSTILE = (
    "<script>alert(1)</script>\x07<img src=x onerror=alert(2)> \u202eabc {{7*7}} " + "x" * 1500
)
# These answer with a part of a page or a zip, or ask for something in the address.
_PARTS = ("/broadcasts/audience", "/broadcasts/moment", "/reports/programs/")


def pages_of(app: Flask) -> list[str]:
    return [
        address(rule)
        for rule in rules(app)
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(_PARTS)
    ]


def test_every_page_without_an_id_renders_for_a_newcomer(app: Flask, newcomer: Browser) -> None:
    for rule in rules(app):
        if "GET" in (rule.methods or ()) and "<" not in rule.rule and rule.rule not in _PARTS:
            page = newcomer.get(rule.rule)
            assert page.status_code == 200, rule
            assert "Neon" not in page.text, rule


def test_every_page_renders_when_there_is_much(app: Flask, world: World, owner: Browser) -> None:
    fill(world)
    for place in pages_of(app):
        page = owner.get(place)
        assert page.status_code == 200, place
        assert " style=" not in page.text, place
        assert " onclick=" not in page.text, place
        assert "<script>" not in page.text, place


def fill(world: World) -> Broadcast:
    phones = world.crowd(60)
    world.text(phones[0], "TECHNO")
    sent = world.order()
    world.fire(sent)
    with world.database.write() as session:
        statuses = [*DeliveryStatus, *([DeliveryStatus.delivered] * 51)]
        deliveries = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        for delivery, status in zip(deliveries, statuses, strict=True):
            delivery.status = status
            delivery.submitted_at = world.now
            delivery.error_code = 30005 if status is DeliveryStatus.failed else None
            session.add(delivery)
        session.add(
            NumberFile(
                organization_id=world.organization_id,
                kind=FileKind.suppression,
                name="left <b>.csv",
                sha256="0" * 64,
                declared_source="our old system",
                created_at=world.now,
            )
        )
        session.add(Counter(name="forged_webhook", day=world.now.date(), value=1234))
    world.pass_time(minutes=1)
    world.text(phones[1], HOSTILE)
    world.text(phones[2], "cancel friday?")
    world.text(phones[3], "STOP")
    held = world.order()
    with world.database.write() as session:
        found = session.get_one(Broadcast, held.id)
        found.status, found.attention = BroadcastStatus.held, "It was too late to start."
        session.add(found)
    return sent


def test_a_strangers_text_is_shown_and_never_obeyed(world: World, owner: Browser) -> None:
    fill(world)
    with world.database.write() as session:
        message = session.exec(
            select(InboundMessage).where(col(InboundMessage.body).contains("alert(1)"))
        ).one()
        message.media = [
            {"url": "javascript:alert(3)", "content_type": "<b>"},
            {"url": "https://media.example/1.jpg", "content_type": "image/jpeg"},
        ]
        session.add(message)
        subscriber = message.subscriber_id
    for place in ("/inbox", f"/subscribers/{subscriber}"):
        text = owner.get(place).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "javascript:" not in text
        assert "{{7*7}}" in text
        assert 'href="https://media.example/1.jpg"' in text
        assert '<img src="https://media' not in text
        assert 'dir="auto"><bdi>&lt;script' in text


def test_names_with_markup_are_escaped(world: World, owner: Browser) -> None:
    world.change_program(name="<b>Neon</b>", description="<i>x</i>")
    owner.post("/lists", {"name": "<u>list</u>", "program_id": 1})
    for place in ("/programs", "/programs/1", "/lists", "/", "/settings", "/programs/1/edit"):
        text = owner.get(place).text
        assert "<b>Neon" not in text, place
        assert "<u>list" not in text, place


def test_the_dashboard_leads_a_newcomer(newcomer: Browser) -> None:
    text = newcomer.get("/").text
    assert "0 of 5 done" in text
    assert "program with a keyword" in text


def test_the_dashboard_ticks_its_steps_off(world: World, owner: Browser) -> None:
    text = owner.get("/").text
    assert "1 of 5 done" in text
    assert "JOIN" in text
    assert "24680" in text
    world.text(PHONE, "JOIN")
    assert "Somebody joined: 1" in owner.get("/live").text
    sent = world.order()
    assert "3 of 5 done" in owner.get("/").text
    world.fire(sent)
    with world.database.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.status, delivery.submitted_at = DeliveryStatus.delivered, world.now
        session.add(delivery)
    assert "4 of 5 done" in owner.get("/").text
    world.pass_time(minutes=1)
    world.text(PHONE, "Can I bring my dog?")
    assert "Your first blast" not in owner.get("/").text


def test_the_dashboard_points_to_a_held_broadcast(world: World, owner: Browser) -> None:
    fill(world)
    text = owner.get("/").text
    assert "A broadcast was held" in text
    assert "It was too late to start." in text


@pytest.mark.parametrize("page", ["0", "-1", "2", "99999999999999999999", "x", "²", ""])
def test_any_page_number_shows_a_page(world: World, owner: Browser, page: str) -> None:
    world.crowd(60)
    for place in ("/subscribers", "/lists/1", "/inbox"):
        answer = owner.get(f"{place}?page={page}&_external=1&endpoint=x&q=555")
        assert answer.status_code == 200
        assert "of 60" in answer.text


def test_pages_of_a_table_keep_its_filter(world: World, owner: Browser) -> None:
    world.crowd(60)
    text = owner.get("/subscribers?q=(202)+555&state=subscribed").text
    assert "1–50 of 60" in text
    assert "/subscribers?q=%28202%29+555&amp;state=subscribed&amp;page=2" in text
    assert "51–60 of 60" in owner.get("/subscribers?q=202555&page=2").text


@pytest.mark.parametrize("page", ["/nothing", "/lists/99", "/lists/x", "/static/nothing.css"])
def test_an_address_that_does_not_exist_says_so(owner: Browser, page: str) -> None:
    answer = owner.get(page)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_an_error_tells_nothing_about_the_inside(
    app: Flask, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RuntimeError("the number is +12025550101")

    monkeypatch.setitem(app.view_functions, "lists.index", fail)
    answer = owner.get("/lists")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "RuntimeError" not in answer.text
    assert "12025550101" not in answer.text


def test_too_large_a_form_is_refused(owner: Browser) -> None:
    answer = owner.post("/lists", {"name": "x" * (3 * 1024 * 1024), "program_id": 1})
    assert answer.status_code == 413
    assert "too large" in answer.text
