"""The consumer's own page: what it shows, what it does, and what it tells nobody."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import select

from messaging.consumer_link import consumer_link
from models import (
    ConsentKind,
    ConsentSource,
    Delivery,
    Disclosure,
    List,
    Subscriber,
    SubscriptionState,
    Suppression,
)
from models.consenting import Evidence, locked_subscriber, opt_in
from models.importing import take_by_hand
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import Desk, words
from tests.webhook_client import INBOUND, post, text_form
from tests.world import World

PHONE, OTHER = "+12025550147", "+12025550198"
SECRET = "x" * 32


def page_of(key: int = 1, at: datetime | None = None) -> str:
    return consumer_link("", SECRET, key, at or datetime.now(UTC))


def told(world: World) -> None:
    """A person who joined, was sent something, and wrote back."""
    world.text(PHONE, "Join!")
    world.fire(world.order())
    with world.database.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.submitted_at = world.now
        delivery.consent_event_id = 1
    world.text(PHONE, "Is there a cloakroom? <b>\u202e")
    world.text(OTHER, "JOIN")


def test_it_shows_all_that_is_held_and_why(world: World, stranger: Browser) -> None:
    told(world)
    page = stranger.get(page_of())
    text = words(page)
    assert page.status_code == 200
    for part in (
        "+1••••••0147",
        "Neon Nights Subscribed",
        "All guests",
        "doors at 9",
        "Because: You agreed to get texts, by text: “ Join! ”",
        "Is there a cloakroom? <b>",
        "you are in!",
        "Keyword JOIN",
        "help@neon-nights.example",
    ):
        assert part in text, part
    assert "5550147" not in re.sub(r"\D", "", page.text), "the number is masked but for its end"
    assert "&lt;b&gt;" in page.text
    assert not re.search(r"\b0198\b", page.text)
    assert OTHER not in page.text


def test_the_link_in_helps_answer_opens_the_page(
    world: World, app: Flask, stranger: Browser
) -> None:
    answer = post(app, INBOUND, text_form(PHONE, "HELP"))
    found = re.search(r"http://marquee\.test(/c/[0-9A-Za-z]+)", answer.text)
    assert found is not None, answer.text
    page = stranger.get(found[1]).text
    assert "0147" in page
    assert "Your data: http://marquee.test/c/…" in page, "a print of it opens nothing"


def test_it_shows_what_the_person_saw_when_they_signed_up(world: World, stranger: Browser) -> None:
    with world.database.write() as session:
        shown = Disclosure(
            organization_id=1,
            program_id=1,
            version=3,
            text="By ticking the box you agree to recurring texts.",
            terms_url="https://neon.example/terms",
            privacy_url="https://neon.example/privacy",
            created_at=world.now,
        )
        session.add(shown)
        session.flush()
        evidence = Evidence(
            ConsentSource.page,
            disclosure_id=shown.id,
            page="http://marquee.test/p/neon-nights",
            ip_address="203.0.113.7",
            user_agent="Phone/1",
        )
        person = locked_subscriber(session, 1, PHONE, world.now)
        opt_in(session, person, 1, None, evidence, world.now)
    text = words(stranger.get(page_of()))
    for part in (
        "What you were shown then (version 3)",
        "By ticking the box you agree to recurring texts.",
        "Internet address 203.0.113.7",
        "Browser Phone/1",
        "Page http://marquee.test/p/neon-nights",
    ):
        assert part in text, part


def test_one_list_is_left_and_the_others_stay(world: World, stranger: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "TECHNO")
    page = page_of()
    stranger.get(page)
    assert stranger.post(f"{page}/lists/2/leave").location == page
    assert world.lists(PHONE) == {"All guests"}
    assert "You have left Techno nights." in stranger.get(page).text
    event = world.consent_events(PHONE)[-1]
    assert (event.kind, event.source) == (ConsentKind.left_list, ConsentSource.page)
    events = len(world.consent_events(PHONE))
    for strange in (2, 3, 2**62):
        stranger.post(f"{page}/lists/{strange}/leave")
    assert len(world.consent_events(PHONE)) == events, "there was nothing to leave"


def test_leaving_all_is_a_stop_with_its_evidence(world: World, stranger: Browser) -> None:
    world.text(PHONE, "JOIN")
    page = page_of()
    stranger.client.environ_base["HTTP_USER_AGENT"] = "Phone/1"
    stranger.get(page)
    assert stranger.post(f"{page}/leave").location == page
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}
    assert world.is_suppressed(PHONE)
    event = world.consent_events(PHONE)[-1]
    assert (event.kind, event.source) == (ConsentKind.opted_out, ConsentSource.page)
    evidence = world.evidence(event)
    assert evidence["page"] == "http://marquee.test/c", "the token would still open the page"
    assert (evidence["ip_address"], evidence["user_agent"]) == ("127.0.0.1", "Phone/1")
    shown = stranger.get(page).text
    assert "You get nothing from us" in shown
    assert "Stop all texts" not in shown
    stranger.post(f"{page}/leave")
    assert world.consent_events(PHONE)[-1].id == event.id, "a second press changes nothing"


def test_who_only_asked_for_help_can_shut_the_door(world: World, stranger: Browser) -> None:
    world.text(PHONE, "HELP")
    page = page_of()
    assert "You are on none of our lists" in stranger.get(page).text
    stranger.post(f"{page}/leave")
    assert world.is_suppressed(PHONE)


def test_data_is_deleted_after_a_confirmation(world: World, stranger: Browser) -> None:
    told(world)
    page = page_of()
    assert "It cannot be undone." in words(stranger.get(f"{page}/erase"))
    with world.database.read() as session:
        assert session.get_one(Subscriber, 1).erased_at is None, "looking deletes nothing"
    answer = stranger.post(f"{page}/erase")
    assert answer.location == "/c/erased"
    assert "Your data is deleted" in stranger.get("/c/erased").text
    with world.database.read() as session:
        assert session.get_one(Subscriber, 1).erased_at is not None
        assert session.exec(select(Suppression.phone_number)).one() is None
    assert stranger.get(page).status_code == 403
    assert stranger.post(f"{page}/erase").status_code == 403


def wrong_links() -> list[str]:
    good = page_of()
    return [
        page_of(at=datetime.now(UTC) - timedelta(days=7, hours=1)),  # expired, of somebody known
        good[:-1] + ("1" if good[-1] == "0" else "0"),
        page_of(999),  # rightly signed, of nobody
        "/c/x",
        "/c/" + "9" * 3000,
        "/c/%00",
    ]


def test_every_wrong_link_gets_the_same_page(world: World, stranger: Browser) -> None:
    """It says how to ask again, and not whether a number is known."""
    told(world)
    answers = [stranger.get(link) for link in wrong_links()]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert "Text HELP to 24680 for a new link." in words(answers[0])
    for link in wrong_links()[:5]:
        for action in ("/leave", "/lists/1/leave", "/erase"):
            assert stranger.post(link + action).status_code in (400, 403)
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}


def test_with_several_senders_none_is_named(world: World, stranger: Browser) -> None:
    world.another_organization()
    assert "Text HELP to the number that texted you" in words(stranger.get("/c/x"))


@pytest.mark.parametrize("action", ["leave", "lists/1/leave", "erase"])
def test_nothing_happens_without_the_forms_own_token(
    world: World, stranger: Browser, action: str
) -> None:
    told(world)
    page = page_of()
    stranger.get(page)
    answer = stranger.client.post(f"{page}/{action}")
    assert answer.status_code == 400
    assert "no longer valid" in answer.text
    assert "dashboard" not in answer.text
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}


def test_the_forms_work_under_https_without_a_referer(sqlite_world: World) -> None:
    """The page forbids browsers to send one; a library that wants it must not stop the person."""
    sqlite_world.text(PHONE, "JOIN")
    browser = Desk(sqlite_world, {"public_base_url": "https://marquee.test"}).browser
    page, secure = page_of(), {"base_url": "https://marquee.test"}
    browser.get(page, **secure)
    answer = browser.client.post(f"{page}/leave", data={"csrf_token": browser.token}, **secure)
    assert answer.status_code == 303
    assert sqlite_world.is_suppressed(PHONE)


def test_the_address_leaks_nowhere(world: World, stranger: Browser) -> None:
    told(world)
    for link in (page_of(), page_of() + "/erase", "/c/x", "/c/erased"):
        page = stranger.get(link)
        assert page.headers["Referrer-Policy"] == "no-referrer", link
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Cache-Control"] == "no-store"
        assert 'content="noindex' in page.text
        outside = re.findall(r'(?:href|src|action)="((?:https?:)?//[^"]*)"', page.text)
        assert outside == [], "nothing on it leads elsewhere"


def test_whoever_tries_too_often_waits(sqlite_world: World) -> None:
    sqlite_world.text(PHONE, "JOIN")
    browser = Desk(sqlite_world).browser
    codes = [browser.get(f"/c/guess{number}").status_code for number in range(61)]
    assert set(codes[:60]) == {403}
    assert codes[60] == 429
    assert browser.get(page_of()).status_code == 200, "the person's own link still opens"


def test_a_long_history_is_shown_whole_on_demand(world: World, stranger: Browser) -> None:
    for number in range(20):
        world.text(PHONE, f"question {number} please")
    page = page_of()
    short, whole = stranger.get(page).text, stranger.get(f"{page}?all=1").text
    assert "question 19 please" in short
    assert "question 0 please" not in short
    assert "Show everything" in short
    assert "question 0 please" in whole


def test_it_says_what_is_waited_for(world: World, stranger: Browser) -> None:
    world.change_program(opt_in="double", minimum_age=21)
    with world.database.write() as session:
        found = session.get_one(List, world.list_id(session))
        take_by_hand(session, found, PHONE, world.member_id, "asked us", True, world.now)
    page = page_of()
    assert "Neon Nights Not confirmed by you" in words(stranger.get(page))
    world.text(PHONE, "JOIN")
    assert "Neon Nights Waiting for your date of birth" in words(stranger.get(page))
    world.text(PHONE, "11/23/1980")
    assert "Neon Nights Waiting for your YES" in words(stranger.get(page))
