"""A consumer's conversation: one right answer to each text, and the state that goes with it."""

import pytest

from models import ConsentKind
from tests.world import World

PHONE = "+12025550111"


def kinds(world: World, phone: str = PHONE) -> list[ConsentKind]:
    return [event.kind for event in world.consent_events(phone)]


def says(reply: str | None, *parts: str) -> str:
    assert reply is not None
    for part in parts:
        assert part in reply
    return reply


def test_join_subscribes_and_says_all_that_a_confirmation_must(world: World) -> None:
    says(
        world.text(PHONE, "JOIN"),
        "Neon Nights",
        "Up to 4 msgs/month",
        "Msg & data rates may apply",
        "HELP",
        "STOP",
    )
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert world.lists(PHONE) == {"All guests"}
    (event,) = world.consent_events(PHONE)
    (message,) = world.inbound(PHONE)
    assert (event.kind, event.source, event.keyword) == ("opted_in", "text", "JOIN")
    assert event.message_sid == message.message_sid
    assert event.inbound_message_id == message.id
    assert event.disclosure_id is not None
    assert world.evidence(event) == {"phone_number": PHONE, "text": "JOIN"}
    assert message.body == "JOIN"


def test_joining_twice_says_so_and_changes_nothing(world: World) -> None:
    world.text(PHONE, "JOIN")
    says(world.text(PHONE, " join! "), "already", "Neon Nights")
    assert kinds(world) == ["opted_in"]


def test_another_keyword_adds_its_list(world: World) -> None:
    world.text(PHONE, "TECHNO")
    assert world.lists(PHONE) == {"Techno nights"}
    says(world.text(PHONE, "Jazz"), "Jazz evenings")
    assert world.lists(PHONE) == {"Techno nights", "Jazz evenings"}
    assert kinds(world) == ["opted_in", "joined_list"]


@pytest.mark.parametrize("word", ["STOP", "stop.", "Please take me off this list", "СТОП"])
def test_stop_in_any_form_ends_everything_with_one_answer(world: World, word: str) -> None:
    world.text(PHONE, "TECHNO")
    world.text(PHONE, "JAZZ")
    reply = says(world.text(PHONE, word), "Neon Nights", "no more messages")
    assert "join" not in reply.lower()
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    assert world.is_suppressed(PHONE)
    assert kinds(world)[-1] == "opted_out"
    assert world.inbound(PHONE)[-1].body == word


def test_stop_reaches_every_program_and_sender_of_the_organization(world: World) -> None:
    other = world.another_organization()
    with world.database.write() as session:
        from sqlalchemy import text

        for table in ("sender", "program", "list", "keyword"):
            session.execute(
                text(f"UPDATE {table} SET organization_id = :mine WHERE organization_id = :other"),
                {"mine": world.organization_id, "other": other},
            )
    world.text(PHONE, "JOIN")
    world.text(PHONE, "JOIN", to="13579")
    world.text(PHONE, "STOP")
    assert world.states(PHONE) == {
        "Neon Nights": "unsubscribed",
        "Other Program": "unsubscribed",
    }


def test_stop_does_not_reach_another_organization(world: World) -> None:
    world.another_organization()
    world.text(PHONE, "JOIN")
    world.text(PHONE, "JOIN", to="13579")
    world.text(PHONE, "STOP")
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed", "Other Program": "subscribed"}


def test_stop_from_a_stranger_is_answered_and_remembered(world: World) -> None:
    says(world.text(PHONE, "STOP"), "Neon Nights", "no more messages")
    assert world.is_suppressed(PHONE)
    assert kinds(world) == ["opted_out"]


@pytest.mark.parametrize("before", [[], ["JOIN"], ["JOIN", "STOP"]])
def test_help_answers_whether_or_not_one_is_subscribed(world: World, before: list[str]) -> None:
    for word in before:
        world.text(PHONE, word)
    states = world.states(PHONE)
    says(world.text(PHONE, "help"), "Neon Nights", "help@neon-nights.example")
    assert world.states(PHONE) == states


def test_start_rejoins_with_the_lists_of_before(world: World) -> None:
    world.text(PHONE, "TECHNO")
    world.text(PHONE, "STOP")
    says(world.text(PHONE, "START"), "Neon Nights", "STOP")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert world.lists(PHONE) == {"Techno nights"}
    assert not world.is_suppressed(PHONE)
    assert kinds(world) == ["opted_in", "opted_out", "opted_in"]


def test_joining_anew_is_consent_to_that_keyword_only(world: World) -> None:
    world.text(PHONE, "TECHNO")
    world.text(PHONE, "STOP")
    world.text(PHONE, "JAZZ")
    assert world.lists(PHONE) == {"Jazz evenings"}
    assert not world.is_suppressed(PHONE)


def test_start_makes_nobody_a_subscriber_who_was_none(world: World) -> None:
    says(world.text(PHONE, "START"), "Text JOIN")
    assert world.states(PHONE) == {}
    assert kinds(world) == []


def test_start_from_a_subscriber_changes_nothing(world: World) -> None:
    world.text(PHONE, "JOIN")
    says(world.text(PHONE, "START"), "already")
    assert kinds(world) == ["opted_in"]


def test_who_left_their_last_list_is_told_how_to_come_back(world: World) -> None:
    """They get nothing, so nobody may tell them that they are on the list."""
    for text in ("JOIN", "LEAVE JOIN"):
        world.text(PHONE, text)
    for text in ("START", "YES"):
        says(world.text(PHONE, text), "not on our list", "Text JOIN")
    world.text(PHONE, "STOP")
    says(world.text(PHONE, "START"), "not on our list", "Text JOIN")
    assert world.is_suppressed(PHONE)
    says(world.text(PHONE, "JOIN"), "you are in")
    assert world.lists(PHONE) == {"All guests"}


def test_leave_ends_one_list_only(world: World) -> None:
    world.text(PHONE, "TECHNO")
    world.text(PHONE, "JAZZ")
    says(world.text(PHONE, "leave techno"), "left Techno nights", "STOP")
    assert world.lists(PHONE) == {"Jazz evenings"}
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    says(world.text(PHONE, "LEAVE TECHNO"), "not on Techno nights")
    assert kinds(world)[-1] == "left_list"


# -- double opt-in --------------------------------------------------------------------------


def test_double_opt_in_waits_for_yes(world: World) -> None:
    world.change_program(opt_in="double")
    says(world.text(PHONE, "TECHNO"), "reply YES", "HELP", "STOP")
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    says(world.text(PHONE, "TECHNO"), "waiting")
    says(world.text(PHONE, "yes!"), "you are in")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    says(world.text(PHONE, "YES"), "already on the list, nothing changed")
    assert world.lists(PHONE) == {"Techno nights"}
    assert kinds(world) == ["requested", "opted_in"]


def test_start_in_a_double_opt_in_program_waits_for_yes_too(world: World) -> None:
    world.change_program(opt_in="double")
    for word in ("JOIN", "YES", "STOP"):
        world.text(PHONE, word)
    says(world.text(PHONE, "START"), "reply YES")
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    assert world.is_suppressed(PHONE), "a request alone lifts nothing"
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert not world.is_suppressed(PHONE)


def test_stop_while_waiting_ends_the_wait(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}


# -- chatter --------------------------------------------------------------------------------


def test_chatter_with_a_revocation_word_revokes_nothing(world: World) -> None:
    world.text(PHONE, "JOIN")
    says(world.text(PHONE, "don't stop the music"), "HELP")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert not world.inbound(PHONE)[-1].needs_review


def test_an_unclear_text_is_marked_for_a_member(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "cancel friday?")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert world.inbound(PHONE)[-1].needs_review


def test_chatter_after_stop_is_not_answered(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    assert world.text(PHONE, "was a great night though") is None


def test_two_machines_that_answer_each_other_fall_silent(world: World) -> None:
    world.text(PHONE, "JOIN")
    replies = [world.text(PHONE, "I am out of office.") for _ in range(6)]
    assert [reply is not None for reply in replies] == [True] * 3 + [False] * 3
    world.pass_time(hours=1, seconds=1)
    assert world.text(PHONE, "I am out of office.") is not None


# -- who answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["STOP", "stop", "QUIT", "OPTOUT"])
def test_where_the_provider_answers_marquee_is_silent_but_acts(world: World, word: str) -> None:
    world.change_sender(kind="long_code", replies_by="provider")
    world.text(PHONE, "JOIN")
    assert world.text(PHONE, word) is None
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    assert world.text(PHONE, "HELP") is None
    assert world.text(PHONE, "YES") is None, "on a long code YES undoes a STOP"
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}


def test_plain_language_is_ours_to_answer_also_on_a_long_code(world: World) -> None:
    world.change_sender(kind="long_code", replies_by="provider")
    world.text(PHONE, "JOIN")
    says(world.text(PHONE, "please take me off this list"), "no more messages")


def test_on_a_toll_free_number_the_network_answers_stop_only(world: World) -> None:
    world.change_sender(kind="toll_free", replies_by="provider")
    world.text(PHONE, "JOIN")
    assert world.text(PHONE, "STOP") is None
    says(world.text(PHONE, "HELP"), "Neon Nights")


@pytest.mark.parametrize(
    ("opt_out_type", "body", "state"),
    [("STOP", "ARRÊT s'il vous plaît", "unsubscribed"), ("HELP", "?", "subscribed")],
)
def test_advanced_opt_out_is_believed_and_not_answered_twice(
    world: World, opt_out_type: str, body: str, state: str
) -> None:
    world.change_sender(replies_by="advanced_opt_out")
    world.text(PHONE, "JOIN")
    assert world.text(PHONE, body, opt_out_type=opt_out_type) is None
    assert world.states(PHONE) == {"Neon Nights": state}


def test_advanced_opt_out_start_rejoins(world: World) -> None:
    world.change_sender(replies_by="advanced_opt_out")
    world.text(PHONE, "JOIN")
    world.text(PHONE, "x", opt_out_type="STOP")
    assert world.text(PHONE, "x", opt_out_type="START") is None
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
