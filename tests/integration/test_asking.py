"""Questions for a yes or an age: asked once, answered once, and tied to what the person saw."""

import pytest

from models import ConsentEvent, Disclosure, Keyword, List, Program
from models.consent import ConsentSource
from models.consenting import Evidence, locked_subscriber, request
from models.disclosing import current
from scheduler.lapsing import lapse_pending
from tests.integration.test_importing import take
from tests.integration.test_waiting import kinds, lapse
from tests.world import World

PHONE = "+12025550111"
THE_QUESTION = "reply YES to get"


def version(world: World, event: ConsentEvent) -> int:
    with world.database.read() as session:
        return session.get_one(Disclosure, event.disclosure_id).version


def second_program(world: World, **changes: object) -> int:
    """ "Side Show" with the keyword SIDE, on the same sender; its id."""
    with world.database.write() as session:
        first = session.get_one(Program, 1)
        copy = first.model_dump(exclude={"id", "slug", "name"})
        side = Program(**(copy | changes), slug="side-show", name="Side Show")
        session.add(side)
        session.flush()
        mine = {"organization_id": 1, "program_id": side.id, "created_at": world.now}
        gathered = List(**mine, name="Side guests")
        session.add(gathered)
        session.flush()
        session.add(Keyword(**mine, sender_id=1, list_id=gathered.id, word="SIDE"))
        return side.id


# -- what the person saw --------------------------------------------------------------------


def test_a_yes_points_to_what_was_shown_before_the_question(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "TECHNO")
    world.change_program(message_frequency="Up to 99 msgs/day")
    with world.database.write() as session:
        assert current(session, session.get_one(Program, 1), world.now).version == 2
    world.text(PHONE, "yes!")
    asked, agreed = world.consent_events(PHONE)
    assert version(world, agreed) == version(world, asked) == 1
    assert (agreed.keyword, agreed.sender_id) == ("TECHNO", 1)
    assert agreed.message_sid == world.inbound(PHONE)[-1].message_sid
    assert world.evidence(agreed)["text"] == "yes!"


def test_a_yes_after_a_sign_up_points_to_the_pages_version(world: World) -> None:
    with world.database.write() as session:
        shown = current(session, session.get_one(Program, 1), world.now)
        person = locked_subscriber(session, 1, PHONE, world.now)
        evidence = Evidence(ConsentSource.page, disclosure_id=shown.id)
        request(session, person, 1, None, evidence, world.now)
    world.change_program(description="Something else")
    world.text(PHONE, "YES")
    assert version(world, world.consent_events(PHONE)[-1]) == 1


def test_an_age_that_subscribes_points_to_it_too(world: World) -> None:
    world.change_program(minimum_age=21)
    world.text(PHONE, "JOIN")
    world.text(PHONE, "11/23/1980")
    asked, agreed = world.consent_events(PHONE)
    assert (agreed.kind, agreed.keyword) == ("opted_in", "JOIN")
    assert agreed.disclosure_id == asked.disclosure_id is not None


# -- asked once a day -----------------------------------------------------------------------


@pytest.mark.parametrize("between", [(), ("lapse",), ("sleep",), ("STOP",), ("STOP", "JOIN")])
def test_a_question_is_not_asked_twice_within_a_day(world: World, between: tuple[str, ...]) -> None:
    world.change_program(opt_in="double", pending_hours=1)
    assert THE_QUESTION in (world.text(PHONE, "JOIN") or "")
    for step in between:
        world.pass_time(hours=1)
        if step == "lapse":
            assert lapse(world) == 1
        elif step != "sleep":  # the time is over, and the clock has not come to it yet
            world.text(PHONE, step)
    reply = world.text(PHONE, "TECHNO") or ""
    assert THE_QUESTION not in reply
    assert "waiting for your YES" in reply
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    assert lapse(world) == 0
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    stands_beside = {"All guests"} if between[-1:] in ((), ("JOIN",)) else set()
    assert world.lists(PHONE) == {"Techno nights"} | stands_beside


def test_it_is_asked_anew_after_a_day(world: World) -> None:
    world.change_program(opt_in="double", pending_hours=100)
    world.text(PHONE, "JOIN")
    world.pass_time(hours=23, minutes=59)
    assert THE_QUESTION not in (world.text(PHONE, "JOIN") or "")
    world.pass_time(minutes=1)
    assert THE_QUESTION in (world.text(PHONE, "JOIN") or "")
    assert THE_QUESTION not in (world.text(PHONE, "JOIN") or "")
    assert kinds(world) == ["requested", "requested"]


def test_an_age_is_not_asked_twice_within_a_day(world: World) -> None:
    world.change_program(minimum_age=21)
    assert "you must be 21" in (world.text(PHONE, "JOIN") or "")
    again = world.text(PHONE, "JOIN") or ""
    assert "you must be" not in again
    assert "waiting for your date of birth" in again


def test_who_answered_is_asked_again_when_they_come_back(world: World) -> None:
    world.change_program(opt_in="double")
    for word in ("JOIN", "YES", "STOP"):
        world.text(PHONE, word)
    assert THE_QUESTION in (world.text(PHONE, "JOIN") or "")


def test_a_yes_that_comes_too_late_counts_for_nothing_though_the_clock_slept(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "JOIN")
    world.pass_time(hours=24)
    assert "you are in" not in (world.text(PHONE, "YES") or "")
    assert kinds(world) == ["requested"]
    with world.database.write() as session:
        assert lapse_pending(session, world.now) == 1


# -- nobody was asked -----------------------------------------------------------------------


@pytest.mark.parametrize("word", ["YES", "JOIN", "START"])
def test_a_yes_to_no_question_gets_the_question(world: World, word: str) -> None:
    """Who came by an import was never asked: what they text is no answer yet."""
    world.change_program(opt_in="double")
    take(world, PHONE)
    world.pass_time(days=400)
    assert lapse(world) == 0
    assert THE_QUESTION in (world.text(PHONE, word) or "")
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert version(world, world.consent_events(PHONE)[-1]) == 1


# -- two programs on one sender -------------------------------------------------------------


def test_a_yes_answers_the_latest_question_alone(world: World) -> None:
    """CTIA handbook: one opt-in never covers two programs."""
    world.change_program(opt_in="double")
    second_program(world)
    world.text(PHONE, "JOIN")
    world.pass_time(minutes=1)
    world.text(PHONE, "SIDE")
    assert "Side Show: you are in" in (world.text(PHONE, "YES") or "")
    assert world.states(PHONE) == {"Neon Nights": "pending", "Side Show": "subscribed"}
    assert "Neon Nights: you are in" in (world.text(PHONE, "YES") or "")
    assert world.states(PHONE) == {"Neon Nights": "subscribed", "Side Show": "subscribed"}


def test_an_age_that_one_program_refuses_may_do_for_the_other(world: World) -> None:
    world.change_program(minimum_age=18)
    second_program(world, minimum_age=21)
    world.text(PHONE, "JOIN")
    world.pass_time(minutes=1)
    world.text(PHONE, "SIDE")
    assert "Side Show: sorry" in (world.text(PHONE, "11/23/2006") or "")
    assert world.states(PHONE) == {"Neon Nights": "pending", "Side Show": "unsubscribed"}
    assert "Neon Nights: you are in" in (world.text(PHONE, "11/23/2006") or "")


def test_start_tells_of_every_program_that_it_brings_back(world: World) -> None:
    second_program(world, opt_in="double")
    for word in ("JOIN", "SIDE", "YES", "STOP"):
        world.text(PHONE, word)
        world.pass_time(minutes=1)
    reply = world.text(PHONE, "START") or ""
    assert "Neon Nights: you are in" in reply
    assert f"Side Show: {THE_QUESTION}" in reply
    assert world.states(PHONE) == {"Neon Nights": "subscribed", "Side Show": "pending"}


# -- START gives back only what was there ---------------------------------------------------


def test_start_makes_nobody_a_subscriber_who_only_asked(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "JOIN")
    world.pass_time(hours=24)
    assert lapse(world) == 1
    world.change_program(opt_in="single")
    assert "Text JOIN" in (world.text(PHONE, "START") or "")
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}


def test_the_question_goes_out_also_where_the_provider_answers_start(world: World) -> None:
    world.change_program(opt_in="double")
    world.change_sender(kind="long_code", replies_by="provider")
    for word in ("JOIN", "YES", "STOP"):
        world.text(PHONE, word)
    assert THE_QUESTION in (world.text(PHONE, "START") or "")
