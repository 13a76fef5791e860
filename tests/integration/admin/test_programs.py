"""Programs and keywords: what is registered, and the words that lead to it."""

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from models import Keyword, List, OptIn, PoolSender, Program, Sender
from tests.integration.admin.browser import Browser
from tests.world import World

PROGRAM = {
    "name": "Café Noir",
    "description": "Concerts",
    "sender_id": "1",
    "message_frequency": "Up to 2 msgs/month",
    "support_contact": "help@noir.example",
    "terms_url": "https://noir.example/terms",
    "privacy_url": "https://noir.example/privacy",
    "opt_in": "double",
}
CONFIRMATION = (
    "Café Noir: hi. Weekly msgs. Msg & data rates may apply. Reply HELP for help, STOP to cancel."
)


def words(world: World) -> set[str]:
    with world.database.read() as session:
        return set(session.exec(select(Keyword.word)))


def test_a_program_is_made_and_previewed(world: World, owner: Browser) -> None:
    made = owner.post("/programs/new", PROGRAM)
    assert made.status_code == 302
    with world.database.read() as session:
        program = session.exec(select(Program).where(Program.name == "Café Noir")).one()
        assert (program.slug, program.opt_in) == ("cafe-noir", OptIn.double)
        assert program.confirmation_text is None
        assert session.exec(select(List.name).where(List.program_id == program.id)).one()
    text = owner.get(made.location).text
    assert "reply YES to get Concerts by text" in text
    assert "help@noir.example" in text
    assert owner.post("/programs/new", PROGRAM).status_code == 302
    with world.database.read() as session:
        assert "cafe-noir-2" in set(session.exec(select(Program.slug)))


def test_the_address_of_a_long_name_ends_with_a_whole_word(world: World, owner: Browser) -> None:
    name = "The Basement Jazz & Blues Society of Greater Manhattan"
    assert owner.post("/programs/new", PROGRAM | {"name": name}).status_code == 302
    with world.database.read() as session:
        slug = session.exec(select(Program.slug).where(Program.name == name)).one()
    assert slug == "the-basement-jazz-blues-society-of-greater"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": " "}, "Name the program"),
        ({"name": "x" * 61}, "Use at most 60 characters."),
        ({"description": ""}, "Say in a few words"),
        ({"message_frequency": ""}, "Promise how often"),
        ({"support_contact": ""}, "for help"),
        ({"terms_url": "noir.example/terms"}, "Give the whole address"),
        ({"privacy_url": "javascript:alert(1)"}, "Give the whole address"),
        ({"privacy_url": "https://"}, "Give the whole address"),
        ({"privacy_url": "https://[noir"}, "Give the whole address"),
        ({"terms_url": "https://noir.example/our terms"}, "Give the whole address"),
        ({"sender_id": "99"}, "Not a valid choice."),
        ({"opt_in": "triple"}, "Not a valid choice."),
        ({"confirmation_text": "Café Noir: hi!"}, "Add how to get help"),
        ({"confirmation_text": "Café Noir: hi!"}, "data rates may apply"),
        ({"help_text": "Café Noir: nobody helps."}, "Add a contact"),
        ({"stop_text": "Café Noir: bye."}, "no more messages"),
        ({"stop_text": "No more messages."}, "Add the program&#39;s name"),
        ({"help_text": "x" * 481}, "Use at most 480 characters."),
    ],
)
def test_a_bad_program_says_why(
    world: World, owner: Browser, fields: dict[str, str], reason: str
) -> None:
    page = owner.post("/programs/new", PROGRAM | fields)
    assert page.status_code == 422
    assert reason in page.text
    with world.database.read() as session:
        assert session.exec(select(Program.name)).all() == ["Neon Nights"]


def test_a_program_is_edited_and_its_own_texts_are_used(world: World, owner: Browser) -> None:
    changed = PROGRAM | {"opt_in": "single", "confirmation_text": CONFIRMATION}
    assert owner.post("/programs/1/edit", changed).location == "/programs/1"
    assert world.text("+12025550101", "JOIN") == CONFIRMATION
    assert "Café Noir: hi." in owner.get("/programs/1").text
    owner.post("/programs/1/edit", changed | {"confirmation_text": " "})
    assert "Café Noir: you are in!" in owner.get("/programs/1").text


def test_keywords_go_with_their_program_to_another_sender(world: World, owner: Browser) -> None:
    owner.post("/settings/senders/new", SENDER)
    assert owner.post("/programs/1/edit", PROGRAM | {"sender_id": "2"}).status_code == 302
    with world.database.read() as session:
        assert set(session.exec(select(Keyword.sender_id))) == {2}
    assert world.text("+12025550101", "JOIN", to="97531") is not None


def test_a_program_cannot_move_to_where_its_keyword_is_taken(world: World, owner: Browser) -> None:
    owner.post("/settings/senders/new", SENDER)
    owner.post("/programs/new", PROGRAM | {"sender_id": "2"})
    owner.post("/programs/2/keywords", {"word": "JOIN", "list_id": "4"})
    page = owner.post("/programs/1/edit", PROGRAM | {"sender_id": "2"})
    assert page.status_code == 422
    assert "JOIN is in use on this sender already." in page.text
    with world.database.read() as session:
        assert session.get_one(Program, 1).sender_id == 1


SENDER = {
    "kind": "short_code",
    "address": "97531",
    "replies_by": "application",
    "segments_per_second": "100",
}


def test_a_keyword_works_at_once_and_stops_at_once(world: World, owner: Browser) -> None:
    answer = owner.post("/programs/1/keywords", {"word": " vip2 ", "list_id": "3"})
    assert answer.status_code == 302
    assert "VIP2" in words(world)
    world.text("+12025550101", "vip2")
    assert world.lists("+12025550101") == {"Jazz evenings"}
    with world.database.read() as session:
        key = session.exec(select(Keyword.id).where(Keyword.word == "VIP2")).one()
    owner.post(f"/programs/1/keywords/{key}/remove")
    assert "VIP2" not in words(world)
    assert world.lists("+12025550101") == {"Jazz evenings"}


def test_a_keyword_may_be_of_any_script(world: World, owner: Browser) -> None:
    for word in ("संगीत", "ดนตรี", "МУЗЫКА"):
        assert owner.post("/programs/1/keywords", {"word": word, "list_id": "3"}).status_code == 302
    world.text("+12025550101", "संगीत")
    assert world.lists("+12025550101") == {"Jazz evenings"}


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", "Give the word"),
        ("   ", "Give the word"),
        ("two words", "Use one word of letters and digits"),
        ("!!!", "Use one word of letters and digits"),
        ("x" * 31, "Use at most 30 characters."),
        ("join", "in use on this sender already"),
        ("STOP", "fixed meaning"),
        ("help", "fixed meaning"),
        ("Unsubscribe", "fixed meaning"),
        ("YES", "fixed meaning"),
    ],
)
def test_a_bad_keyword_says_why(world: World, owner: Browser, word: str, reason: str) -> None:
    page = owner.post("/programs/1/keywords", {"word": word, "list_id": "1"})
    assert page.status_code == 422
    assert reason in page.text
    assert words(world) == {"JOIN", "TECHNO", "JAZZ"}


def test_a_keyword_leads_to_a_list_of_its_own_program_only(world: World, owner: Browser) -> None:
    owner.post("/programs/new", PROGRAM)
    page = owner.post("/programs/1/keywords", {"word": "VIP", "list_id": "4"})
    assert page.status_code == 422
    assert "VIP" not in words(world)


def test_without_a_sender_there_is_no_program(newcomer: Browser) -> None:
    assert "Add a sender first" in newcomer.get("/programs/new").text
    assert newcomer.post("/programs/new", PROGRAM).status_code == 422


def test_another_organizations_sender_takes_no_program(world: World, newcomer: Browser) -> None:
    newcomer.post("/settings/senders/new", SENDER)
    assert newcomer.post("/programs/new", PROGRAM | {"sender_id": "1"}).status_code == 422
    with world.database.read() as session:
        assert len(session.exec(select(Sender)).all()) == 2


def test_planned_broadcasts_go_with_their_program(world: World, owner: Browser) -> None:
    world.crowd(1)
    planned = world.order(scheduled_at=world.now + timedelta(hours=1))
    started = world.order()
    world.fire(started)
    owner.post("/settings/senders/new", SENDER)
    made = owner.post("/programs/1/edit", PROGRAM | {"sender_id": "2"})
    assert "go out on the new sender, too: 1." in owner.get(made.location).text
    assert world.broadcast(planned.id).sender_id == 2
    assert world.broadcast(started.id).sender_id == 1


def test_two_programs_have_no_keyword_in_common_on_a_number(world: World, owner: Browser) -> None:
    """Neither by a pool nor by a new keyword could a text be for two of them."""
    owner.post("/settings/senders/new", SENDER)
    owner.post("/programs/new", PROGRAM | {"sender_id": "2"})
    owner.post("/programs/2/keywords", {"word": "join", "list_id": "4"})
    owner.post("/programs/1/senders", {"sender_id": "2"})
    assert "JOIN is a keyword of another program" in owner.get("/programs/1").text
    with world.database.write() as session:
        assert session.exec(select(PoolSender)).all() == []
        session.execute(delete(Keyword).where(col(Keyword.program_id) == 2))
    owner.post("/programs/1/senders", {"sender_id": "2"})
    refused = owner.post("/programs/2/keywords", {"word": "join", "list_id": "4"})
    assert "in use on this sender already" in refused.text
