"""Log-in, log-out, the throttle, and what a browser is told to keep."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import select

from admin.login import REFUSAL, REST, TRIES
from models import Member
from models.database import Database
from settings import Settings
from tests.conftest import make_settings
from tests.integration.admin.browser import HASH, PASSWORD, TOKEN, Browser
from tests.integration.admin.conftest import OWNER
from tests.world import World
from wsgi import create_app


def _owner(database: Database) -> Member:
    with database.read() as session:
        return session.exec(select(Member).where(Member.email == OWNER)).one()


def test_the_right_password_opens_the_dashboard(stranger: Browser) -> None:
    answer = stranger.log_in(OWNER)
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Neon Nights" in stranger.get("/").text


def test_the_address_may_be_typed_in_any_case(stranger: Browser) -> None:
    assert stranger.log_in(OWNER.upper()).status_code == 302


def test_logging_in_leads_to_the_page_that_was_asked_for(stranger: Browser) -> None:
    asked = stranger.get("/lists?q=1")
    assert asked.status_code == 302
    stranger.get(asked.location)
    answer = stranger.client.post(
        asked.location,
        data={"csrf_token": stranger.token, "email": OWNER, "password": PASSWORD},
    )
    assert answer.location == "/lists?q=1"


def test_no_address_elsewhere_can_be_smuggled_in(stranger: Browser) -> None:
    stranger.get("/login?next=https://evil.example/")
    answer = stranger.client.post(
        "/login?next=https://evil.example/",
        data={"csrf_token": stranger.token, "email": OWNER, "password": PASSWORD},
    )
    assert "evil" not in (answer.location or "")


def test_unknown_address_and_wrong_password_get_the_same_answer(stranger: Browser) -> None:
    pages = [
        stranger.log_in("nobody@nowhere.example", "some password"),
        stranger.log_in(OWNER, "some password"),
    ]
    assert all(page.status_code == 200 and REFUSAL in page.text for page in pages)
    first, second = (
        TOKEN.sub("", page.text.replace("nobody@nowhere.example", OWNER)) for page in pages
    )
    assert first == second


@pytest.mark.parametrize(("email", "password"), [("", ""), ("", "x"), (" ", "x"), (OWNER, "")])
def test_an_incomplete_form_says_what_is_missing(
    stranger: Browser, email: str, password: str
) -> None:
    page = stranger.log_in(email, password)
    assert page.status_code == 200
    assert "invalid-feedback" in page.text


def test_an_address_with_unusual_characters_is_only_unknown(stranger: Browser) -> None:
    for email in ("not an address", "\x00@x", "%@_", "é" * 300):
        page = stranger.log_in(email, "x")
        assert page.status_code == 200
        assert REFUSAL in page.text


def test_ten_wrong_tries_make_a_log_in_rest_even_for_the_right_password(
    stranger: Browser, database: Database
) -> None:
    for _ in range(TRIES):
        stranger.log_in(OWNER, "wrong password")
    page = stranger.log_in(OWNER)
    assert page.status_code == 200
    assert REFUSAL in page.text
    _rest_since(database, REST + timedelta(seconds=1))
    assert stranger.log_in(OWNER).status_code == 302
    assert _owner(database).failed_log_ins == 0


def test_a_rest_lasts_fifteen_minutes(stranger: Browser, database: Database) -> None:
    for _ in range(TRIES):
        stranger.log_in(OWNER, "wrong password")
    _rest_since(database, REST - timedelta(seconds=30))
    assert stranger.log_in(OWNER).status_code == 200


def test_nine_wrong_tries_do_not_lock_and_a_right_one_forgives_them(
    stranger: Browser, database: Database
) -> None:
    for _ in range(TRIES - 1):
        stranger.log_in(OWNER, "wrong password")
    assert stranger.log_in(OWNER).status_code == 302
    assert _owner(database).failed_log_ins == 0


def _rest_since(database: Database, ago: timedelta) -> None:
    with database.write() as session:
        owner = session.exec(select(Member).where(Member.email == OWNER)).one()
        owner.locked_until = datetime.now(UTC) + REST - ago
        session.add(owner)


def test_a_member_who_left_cannot_log_in(stranger: Browser, database: Database) -> None:
    with database.write() as session:
        owner = session.exec(select(Member)).one()
        owner.active = False
        session.add(owner)
    page = stranger.log_in(OWNER)
    assert page.status_code == 200
    assert REFUSAL in page.text


def test_logging_out_closes_the_pages(owner: Browser) -> None:
    assert owner.post("/logout").location == "/login"
    assert owner.get("/").location == "/login"


def test_logging_out_needs_a_token_and_a_post(owner: Browser) -> None:
    assert owner.client.get("/logout").status_code == 405
    assert owner.client.post("/logout").status_code == 400
    assert owner.get("/").status_code == 200


def test_a_new_password_ends_every_other_session(owner: Browser, app: Flask) -> None:
    elsewhere = Browser(app)
    elsewhere.log_in(OWNER)
    fresh = "a new password of mine"
    answer = owner.post("/account/password", {"current": PASSWORD, "new": fresh, "again": fresh})
    assert answer.status_code == 302
    assert owner.get("/").status_code == 200
    assert elsewhere.get("/").location == "/login"
    assert Browser(app).log_in(OWNER, fresh).status_code == 302


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"current": "wrong"}, "not your current password"),
        ({"new": "short", "again": "short"}, "Use 12 to 128 characters"),
        ({"again": "something else entirely"}, "not the same"),
    ],
)
def test_a_bad_new_password_says_why(
    owner: Browser, database: Database, fields: dict[str, str], reason: str
) -> None:
    good = {"current": PASSWORD, "new": "long enough by far", "again": "long enough by far"}
    page = owner.post("/account/password", good | fields)
    assert page.status_code == 422
    assert reason in page.text
    assert _owner(database).password == HASH


def test_a_name_can_be_changed(owner: Browser, database: Database) -> None:
    assert owner.post("/account/name", {"name": "  Ada\x00 "}).status_code == 302
    assert _owner(database).name == "Ada"
    assert owner.post("/account/name", {"name": " "}).status_code == 422


def test_cookies_and_headers(owner: Browser, stranger: Browser) -> None:
    cookie = next(
        value
        for value in stranger.log_in(OWNER).headers.getlist("Set-Cookie")
        if value.startswith("marquee=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    headers = owner.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'self'", "script-src 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_https_makes_cookies_secure_and_transport_strict(
    world: World, settings: Settings, app: Flask
) -> None:
    secure = create_app(
        make_settings(settings.database_url, public_base_url="https://marquee.test"),
        world.database,
    )
    page = secure.test_client().get("/login")
    assert "Secure" in page.headers["Set-Cookie"]
    assert "max-age=" in page.headers["Strict-Transport-Security"]


def test_static_files_are_cached_by_their_content(stranger: Browser) -> None:
    page = stranger.get("/login").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = stranger.client.get(address)
    assert answer.status_code == 200
    assert "v=" in address
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_partial_request_after_the_log_out_moves_the_whole_page(stranger: Browser) -> None:
    answer = stranger.client.get("/live", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")
