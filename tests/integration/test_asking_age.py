"""The age gate by text: which answers pass it, what they agree to, and that no date is kept."""

import pytest
from sqlmodel import select

from models import Keyword
from tests.integration.test_asking import PHONE, second_program
from tests.integration.test_waiting import lapse
from tests.person import traces
from tests.world import World


def test_an_age_gate_that_was_raised_meanwhile_asks_again(world: World) -> None:
    world.change_program(minimum_age=18, opt_in="double")
    world.text(PHONE, "JOIN")
    world.text(PHONE, "11/23/2006")
    world.change_program(minimum_age=21)
    assert "you must be 21" in (world.text(PHONE, "YES") or "")
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    assert "sorry" in (world.text(PHONE, "11/23/2006") or "")


def test_what_is_no_date_is_told_how_to_write_one(world: World) -> None:
    world.change_program(minimum_age=21)
    world.text(PHONE, "JOIN")
    assert "like 11/23/1999" in (world.text(PHONE, "in spring 82") or "")
    assert world.inbound(PHONE)[-1].body == "in spring ••"


@pytest.mark.parametrize("before", [(), ("JOIN", "STOP")])
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("STOP 1/2/1990", "unsubscribed"),
        ("1/2/1990 please stop", "unsubscribed"),
        ("HELP 1/2/1990", "pending"),
        ("no 1/2/1990", "pending"),
        ("yes, 1/2/1990", "subscribed"),
        ("TECHNO 1/2/1990", "subscribed"),
    ],
)
def test_a_date_of_birth_agrees_to_nothing_that_the_words_beside_it_refuse(
    world: World, answer: str, state: str, before: tuple[str, ...]
) -> None:
    world.change_program(minimum_age=21)
    for text in before:
        world.text(PHONE, text)
    world.pass_time(days=2)
    world.text(PHONE, "TECHNO")
    assert world.text(PHONE, answer) is not None
    assert world.states(PHONE) == {"Neon Nights": state}
    assert world.inbound(PHONE)[-1].needs_review == answer.startswith("no")
    assert traces(world, ("/1990",)) == set()


def test_a_keyword_with_a_date_asks_for_its_own_program_alone(world: World) -> None:
    world.change_program(minimum_age=21)
    second_program(world, minimum_age=None)
    world.text(PHONE, "JOIN")
    assert "Side Show: you are in" in (world.text(PHONE, "SIDE 1/2/1990") or "")
    assert world.states(PHONE) == {"Neon Nights": "pending", "Side Show": "subscribed"}


def test_who_comes_back_is_told_when_the_answer_cannot_be_read(world: World) -> None:
    """Their STOP stands until they have answered, and they do not talk to a wall meanwhile."""
    world.change_program(minimum_age=21)
    for text in ("JOIN", "STOP"):
        world.text(PHONE, text)
    world.pass_time(days=2)
    world.text(PHONE, "JOIN")
    assert "could not read that" in (world.text(PHONE, "2/30/1990") or "")


def test_a_keyword_stays_verbatim_while_an_age_is_asked(world: World) -> None:
    with world.database.write() as session:
        keyword = session.exec(select(Keyword).where(Keyword.word == "JAZZ")).one()
        keyword.word = "JAZZ2"
        session.add(keyword)
    world.change_program(minimum_age=21)
    world.text(PHONE, "JOIN")
    world.text(PHONE, "jazz2")
    event = world.consent_events(PHONE)[-1]
    assert (event.keyword, world.evidence(event)["text"]) == ("JAZZ2", "jazz2")


def test_an_age_is_void_with_the_request_that_it_came_with(world: World) -> None:
    """Anybody can state an age for a number on the page; nobody who has the phone said yes."""
    world.change_program(minimum_age=21, opt_in="double")
    world.text(PHONE, "JOIN")
    world.text(PHONE, "11/23/1980")
    world.pass_time(hours=24)
    assert lapse(world) == 1
    world.pass_time(hours=1)
    assert "you must be 21" in (world.text(PHONE, "JOIN") or "")


@pytest.mark.parametrize(
    "words",
    [
        ("JOIN", "11/24/2005", "oh, 11/24/1981 I mean"),
        ("JOIN", "I was born on Nov. 24th, 1981"),
        ("JOIN", "24.11.81 stop it please"),
        ("11/24/1981",),
        ("JOIN 11/24/1981",),
    ],
)
def test_no_date_of_birth_is_kept_whenever_it_comes(world: World, words: tuple[str, ...]) -> None:
    world.change_program(minimum_age=21)
    for word in words:
        world.text(PHONE, word)
    assert traces(world, ("/1981", ", 1981", "11.81", "11/24/2005", "24th")) == set()
