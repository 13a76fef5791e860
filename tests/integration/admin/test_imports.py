"""Importing numbers into a list: the two forms, their refusals, and who may use them."""

import io

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from models import NumberFile, SubscriptionState
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import errors, words
from tests.world import World

PHONE = "+12025550101"
GOOD = {
    "declared_source": "the door",
    "declared_on": "2026-06-01",
    "proof_text": "I <b>agree</b> to texts.",
}


def upload(browser: Browser, content: bytes, **changes: str) -> TestResponse:
    browser.get("/lists/1/imports")
    file = {"file": (io.BytesIO(content), "guests.csv")}
    return browser.post("/lists/1/imports", GOOD | changes | file)


def test_an_import_says_what_became_of_each_row(world: World, promoter: Browser) -> None:
    world.text("+12025550102", "STOP")
    assert "Import" in promoter.get("/lists/1").text
    rows = b"phone\n2025550101\n2025550102\nbad\n+447400123456\n"
    answer = upload(promoter, rows)
    page = words(promoter.get(answer.location))
    for part in ("Taken 1", "Left before, never brought back 1", "Refused 2", "3 Left before"):
        assert part in page, part
    assert "5 This program texts numbers of" in page
    assert "&lt;b&gt;agree" in promoter.get(answer.location).text
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}


@pytest.mark.parametrize(
    ("content", "field", "value", "reason"),
    [
        (b"2025550101", "declared_source", " ", "Say where these people agreed"),
        (b"2025550101", "declared_on", "", "Give the date"),
        (b"2025550101", "declared_on", "2999-01-01", "in the future"),
        (b"2025550101", "declared_on", "3 March", "Not a valid date"),
        (b"2025550101", "proof_text", "", "Give the exact words"),
        (b"PK\x03\x04", "file", "", "Save the sheet as CSV"),
        (b"phone\nBob\n", "file", "", "No row of this file"),
    ],
)
def test_an_import_without_its_proof_changes_nothing(
    world: World, owner: Browser, content: bytes, field: str, value: str, reason: str
) -> None:
    answer = upload(owner, content, **({} if field == "file" else {field: value}))
    assert answer.status_code == 422
    assert reason in errors(answer)[field]
    assert world.states(PHONE) == {}
    with world.database.read() as session:
        assert session.exec(select(NumberFile)).all() == []


def test_an_age_gate_and_a_double_opt_in_are_explained(world: World, owner: Browser) -> None:
    world.change_program(minimum_age=21, opt_in="double")
    assert "by texting a keyword and answering YES" in words(owner.get("/lists/1/imports"))
    assert "minimum age" in errors(upload(owner, b"2025550101"))["is_age_checked"]
    assert upload(owner, b"2025550101", is_age_checked="y").status_code == 302
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.pending}


def test_one_number_needs_a_note_and_never_brings_back(world: World, promoter: Browser) -> None:
    promoter.get("/lists/1/imports")
    one = {"number": "(202) 555-0101", "note": "asked at the door"}
    answer = promoter.post("/lists/1/imports/number", one | {"note": ""})
    assert "Say how and when" in errors(answer)["note"]
    assert promoter.post("/lists/1/imports/number", one).location == "/lists/1"
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}
    world.text(PHONE, "STOP")
    answer = promoter.post("/lists/1/imports/number", one)
    assert answer.status_code == 409
    assert "Left before" in errors(answer)["number"]
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}


def test_only_members_of_the_organization_who_may_send_import(
    world: World, auditor: Browser, newcomer: Browser
) -> None:
    auditor.get("/lists/1")
    assert auditor.post("/lists/1/imports", GOOD).status_code == 403
    assert "Import" not in words(auditor.get("/lists/1"))
    newcomer.get("/lists")
    assert newcomer.get("/lists/1/imports").status_code == 404
    assert newcomer.post("/lists/1/imports", GOOD).status_code == 404
    assert newcomer.post("/lists/1/imports/number", GOOD).status_code == 404
