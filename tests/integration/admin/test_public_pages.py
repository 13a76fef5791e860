"""A program's public pages, as a consumer without log-in and without scripts meets them."""

import re

import pytest
from sqlmodel import select

from models import Disclosure
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import words
from tests.integration.admin.visitor import PHONE, sign_up
from tests.world import World


def test_the_page_shows_the_whole_call_to_action(world: World, stranger: Browser) -> None:
    page = stranger.get("/p/neon-nights")
    assert page.status_code == 200
    with world.database.read() as session:
        disclosure = session.exec(select(Disclosure)).one()
    assert disclosure.text in words(page)
    assert "Text JOIN to 24680" in words(page)
    assert 'href="sms:24680?&amp;body=JOIN"' in page.text
    assert 'href="http://marquee.test/p/neon-nights/terms"' in page.text
    assert 'href="http://marquee.test/p/neon-nights/privacy"' in page.text


def test_the_form_asks_for_consent_that_nobody_ticked(stranger: Browser) -> None:
    page = stranger.get("/p/neon-nights")
    (box,) = re.findall(r'<input id="consent"[^>]*>', page.text)
    assert "required" in box
    assert "checked" not in box
    assert "at this number. Consent is not a condition of purchase." in words(page)


def test_terms_and_privacy_are_written_from_the_record(world: World, stranger: Browser) -> None:
    world.change_program(message_frequency="Up to 9 msgs/month", support_contact="x@neon.example")
    terms, privacy = (stranger.get(f"/p/neon-nights/{name}") for name in ("terms", "privacy"))
    assert "Up to 9 msgs/month" in words(terms)
    assert "x@neon.example" in words(terms)
    assert "No mobile information is shared with third parties" in words(privacy)
    assert "1,825 days" in words(privacy)
    assert "Up to 9 msgs/month" in words(stranger.get("/p/neon-nights"))
    with world.database.read() as session:
        assert set(session.exec(select(Disclosure.version))) == {1, 2}
    world.change_program(terms_url="https://neon.example/legal")
    assert 'href="https://neon.example/legal"' in stranger.get("/p/neon-nights/terms").text


def test_a_link_that_is_no_address_breaks_no_page(world: World, stranger: Browser) -> None:
    world.change_program(terms_url="http://[", privacy_url="http://[")
    for path in ("", "/terms", "/privacy"):
        assert stranger.get(f"/p/neon-nights{path}").status_code == 200


@pytest.mark.parametrize("path", ["", "/terms", "/privacy"])
def test_a_slash_at_the_end_leads_to_the_page(stranger: Browser, path: str) -> None:
    moved = stranger.get(f"/p/neon-nights{path}/")
    assert (moved.status_code, moved.location) == (308, f"/p/neon-nights{path}")
    assert stranger.get(f"/p/nobody{path}/").status_code == 404
    assert stranger.post(f"/p/neon-nights{path}/").status_code == 405


@pytest.mark.parametrize("code", ["text.svg", "page.svg"])
def test_the_codes_are_pictures(stranger: Browser, code: str) -> None:
    picture = stranger.get(f"/p/neon-nights/{code}")
    assert picture.mimetype == "image/svg+xml"
    assert picture.data.startswith(b"<?xml")
    assert b"<script" not in picture.data


@pytest.mark.parametrize(
    "path", ["nobody", "nobody/terms", "NEON-NIGHTS", "neon-nights%00", "x" * 61, "neon-nights/x"]
)
def test_an_unknown_program_is_no_page(stranger: Browser, path: str) -> None:
    page = stranger.get(f"/p/{path}")
    assert page.status_code == 404
    assert "dashboard" not in page.text


def test_every_public_page_obeys_the_content_policy(stranger: Browser) -> None:
    for path in ("", "/terms", "/privacy"):
        page = stranger.get(f"/p/neon-nights{path}")
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"\sstyle=|\son\w+=|<script(?! src)|<style", page.text)


def test_a_program_whose_sender_has_no_number_offers_the_form_only(
    world: World, stranger: Browser
) -> None:
    world.change_sender(kind="messaging_service", address="MG" + "1" * 32)
    page = stranger.get("/p/neon-nights")
    assert "MG1" not in page.text
    assert "sms:" not in page.text
    assert stranger.get("/p/neon-nights/text.svg").status_code == 404


def test_a_program_shows_nothing_of_another_organization(world: World, stranger: Browser) -> None:
    world.another_organization()
    page = stranger.get("/p/other-program")
    assert "Neon Nights" not in words(page).replace("marquee.test/p/neon-nights", "")
    assert sign_up(stranger).status_code == 200
    assert world.states(PHONE) == {"Neon Nights": "pending"}


def test_hostile_words_of_a_record_are_shown_as_text(world: World, stranger: Browser) -> None:
    world.change_program(name="<b>Neon</b>", description='"><script>alert(1)</script>')
    for path in ("", "/terms", "/privacy"):
        page = stranger.get(f"/p/neon-nights{path}")
        assert "<script>alert" not in page.text
        assert "<b>Neon" not in page.text


def test_members_find_page_and_history(world: World, owner: Browser) -> None:
    page = owner.get("/programs/1")
    assert 'value="http://marquee.test/p/neon-nights"' in page.text
    assert "/p/neon-nights/page.svg" in page.text
    assert "Version 1" in words(page)
    owner.post("/programs/1/keywords", {"word": "VIP", "list_id": "1"})
    page = owner.get("/programs/1")
    assert "Version 2" in words(page)
    assert "Text JOIN, TECHNO, JAZZ or VIP to 24680" in words(page)
