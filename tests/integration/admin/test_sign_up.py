"""The sign-up form of a public page: what it refuses, what it asks, what it keeps to itself."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlmodel import select

from models import Subscriber, Throttle
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import Desk, words
from tests.integration.admin.visitor import (
    NEUTRAL,
    PHONE,
    counter,
    errors,
    notices,
    numbers,
    sign_up,
)
from tests.world import World


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        yield


def test_a_sign_up_is_asked_by_text(world: World, stranger: Browser) -> None:
    answer = sign_up(stranger)
    assert answer.status_code == 200
    assert NEUTRAL in words(answer)
    assert PHONE not in answer.text
    (notice,) = notices(world)
    assert notice.body.startswith("Neon Nights: reply YES")
    (event,) = world.consent_events(PHONE)
    evidence = world.evidence(event)
    assert evidence["page"] == "http://marquee.test/p/neon-nights"
    assert "at this number (+1 202-555-0101). Consent is not" in str(evidence["text"])
    assert evidence["ip_address"] == "127.0.0.1"
    assert str(evidence["user_agent"]).startswith("Werkzeug")
    assert event.disclosure_id == 1


@pytest.mark.parametrize("before", [(), ("JOIN",), ("JOIN", "STOP"), ("STOP",)])
def test_the_answer_tells_nothing_of_the_number(
    world: World, stranger: Browser, before: tuple[str, ...]
) -> None:
    unknown = sign_up(stranger, "+12025550199")
    for text in before:
        world.text(PHONE, text)
    answer = sign_up(stranger)
    assert (answer.status_code, answer.data) == (unknown.status_code, unknown.data)
    again = sign_up(stranger)
    assert (again.status_code, again.data) == (unknown.status_code, unknown.data)
    assert len(notices(world)) == (1 if before else 2)


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        ("", "Enter your mobile number."),
        ("hello", "without letters"),
        ("12", "No such phone number"),
        ("+999 123", "country code"),
        ("+1 202 155 0123", "No such phone number"),
        ("+1 202 411 1234", "No such phone number"),
        ("+1 800 555 0123", "toll-free"),
        ("+1 900 555 1234", "premium-rate"),
        ("+44 20 7946 0958", "landline"),
        ("+44 7400 123456", "CA (+1) and US (+1) only"),
        ("+1 876 555 0101", "CA (+1) and US (+1) only"),
        ("1" * 61, "60 characters"),
        ("<script>alert(1)</script>", "without letters"),
    ],
)
def test_a_wrong_number_is_told_at_the_field(
    world: World, stranger: Browser, phone: str, reason: str
) -> None:
    page = sign_up(stranger, phone)
    assert page.status_code == 422
    assert reason in errors(page)["phone"]
    assert "<script>alert" not in page.text
    if phone and "<" not in phone:
        assert f'value="{phone}"' in page.text
    assert numbers(world) == set()


@pytest.mark.parametrize(
    "spelling",
    [
        "2025550101",
        "1-202-555-0101",
        "+1.202.555.0101",
        "011 1 202 555 0101",
        "２０２ ５５５ ０１０１",
    ],
)
def test_no_spelling_of_a_number_is_another_number(
    world: World, stranger: Browser, spelling: str
) -> None:
    sign_up(stranger)
    assert sign_up(stranger, spelling).status_code == 200
    assert (len(notices(world)), numbers(world)) == (1, {PHONE})


def test_without_consent_nothing_happens(world: World, stranger: Browser) -> None:
    page = sign_up(stranger, consent="")
    assert page.status_code == 422
    assert "Tick the box" in errors(page)["consent"]
    assert 'value="(202) 555-0101"' in page.text
    assert "at this number (+1 202-555-0101)." in words(page)
    assert numbers(world) == set()


@pytest.mark.parametrize("said", ["no", "0", "false", "off", ["", "y"], ["y", "no"]])
def test_only_the_ticked_box_consents(
    world: World, stranger: Browser, said: str | list[str]
) -> None:
    page = sign_up(stranger, consent=said)  # type: ignore[arg-type]
    assert "Tick the box" in errors(page)["consent"]
    assert "checked" not in page.text
    assert numbers(world) == set()


def test_consent_is_to_what_the_person_saw(world: World, stranger: Browser) -> None:
    stranger.get("/p/neon-nights")
    world.change_program(message_frequency="Up to 99 msgs/day")
    stale = {"phone": PHONE, "consent": "y", "shown": "1"}
    page = stranger.post("/p/neon-nights", stale)
    assert page.status_code == 422
    assert "has changed" in errors(page)["consent"]
    assert "Up to 99 msgs/day" in words(page)
    assert "checked" not in page.text
    assert numbers(world) == set()
    assert sign_up(stranger).status_code == 200
    assert world.consent_events(PHONE)[0].disclosure_id == 2


def test_a_machine_that_fills_in_everything_is_ignored(world: World, stranger: Browser) -> None:
    answer = sign_up(stranger, trap="buy now")
    assert (answer.status_code, NEUTRAL in words(answer)) == (200, True)
    assert (numbers(world), counter(world, "sign_up_trapped")) == (set(), 1)


def test_a_sign_up_needs_the_forms_token(app: Flask, world: World) -> None:
    answer = app.test_client().post("/p/neon-nights", data={"phone": PHONE, "consent": "y"})
    assert answer.status_code == 400
    assert "dashboard" not in answer.text
    assert numbers(world) == set()


def test_too_many_from_one_address_are_refused(world: World, stranger: Browser) -> None:
    answers = [sign_up(stranger, f"+1202555010{digit}") for digit in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "Too many sign-ups" in words(answers[-1])
    assert len(numbers(world)) == len(notices(world)) == 5
    assert counter(world, "sign_up_throttled") == 1
    with world.database.read() as session:
        keys = " ".join(session.exec(select(Throttle.key)))
    assert "127.0.0.1" not in keys
    assert "2025550" not in keys


@pytest.mark.parametrize(
    ("born", "status"),
    [
        ("2005-11-23", 200),  # 21 today, everywhere on earth
        ("2005-11-24", 403),
        ("11/23/2005", 200),
        ("1906-11-23", 200),
        ("1890-01-01", 422),
        ("2027-01-01", 422),
        ("", 422),
        ("yesterday", 422),
    ],
)
def test_an_age_gate_looks_at_the_birthday(
    world: World, stranger: Browser, born: str, status: int
) -> None:
    world.change_program(minimum_age=21)
    answer = sign_up(stranger, birth_date=born)
    assert answer.status_code == status
    assert len(notices(world)) == (status == 200)
    if status == 403:
        assert "21 or older" in words(answer)
        assert numbers(world) == set()
        assert counter(world, "sign_up_too_young") == 1
        with world.database.read() as session:
            assert session.exec(select(Throttle)).all() == []
    if status == 422:
        assert "Enter your date of birth" in errors(answer)["birth_date"]


def test_it_is_everybodys_birthday_only_when_it_is_at_the_date_line(
    world: World, stranger: Browser
) -> None:
    world.change_program(minimum_age=21)
    with time_machine.travel(datetime(2026, 11, 23, 11, 59, tzinfo=UTC), tick=False):
        assert sign_up(stranger, birth_date="2005-11-23").status_code == 403


def test_a_date_of_birth_is_not_kept(world: World, stranger: Browser) -> None:
    world.change_program(minimum_age=21)
    sign_up(stranger, birth_date="1977-03-09")
    with world.database.read() as session:
        assert session.exec(select(Subscriber.minimum_age_met)).one() == 21
    assert not re.search(r"\b1977", str(world.evidence(world.consent_events(PHONE)[0])))


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.9"), (2, "203.0.113.5")]
)
def test_only_a_trusted_proxy_names_the_address(
    sqlite_world: World, proxies: int, address: str
) -> None:
    """What anybody may write would walk around the limits, and be a lie in the evidence."""
    browser = Desk(sqlite_world, {"trusted_proxies": proxies}).browser
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.5, 198.51.100.9"
    assert sign_up(browser).status_code == 200
    (event,) = sqlite_world.consent_events(PHONE)
    assert sqlite_world.evidence(event)["ip_address"] == address
