"""What stands between a wish to join and the subscription: an age gate, a yes, and time."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from bot.birthdays import NOT_KEPT
from bot.inbound import Text, receive_all
from models import (
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Organization,
    Subscriber,
    SuppressionReason,
)
from models.consenting import Evidence, locked_subscriber, record, revoke_everything
from scheduler.lapsing import lapse_pending
from tests.fake_provider import FakeProvider
from tests.sending import send_all
from tests.world import World, next_sid

PHONE = "+12025550111"
OLD_ENOUGH, TOO_YOUNG = "11/23/2005", "11/24/2005"  # the world's day is 23 November 2026


def kinds(world: World) -> list[ConsentKind]:
    return [event.kind for event in world.consent_events(PHONE)]


def lapse(world: World) -> int:
    with world.database.write() as session:
        return lapse_pending(session, world.now)


# -- the age gate ---------------------------------------------------------------------------


def test_an_age_gate_asks_first_and_lets_in_who_is_old_enough(world: World) -> None:
    world.change_program(minimum_age=21)
    asked = world.text(PHONE, "TECHNO")
    assert asked is not None
    assert "21 or older" in asked
    assert "date of birth" in asked
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    welcome = world.text(PHONE, OLD_ENOUGH)
    assert welcome is not None
    assert "you are in" in welcome
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert world.lists(PHONE) == {"Techno nights"}
    assert kinds(world) == ["requested", "opted_in"]


def test_who_is_too_young_is_turned_away(world: World) -> None:
    world.change_program(minimum_age=21)
    world.text(PHONE, "JOIN")
    sorry = world.text(PHONE, TOO_YOUNG)
    assert sorry is not None
    assert "21 or older" in sorry
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    again = world.text(PHONE, "JOIN")
    assert again is not None
    assert "date of birth" in again, "joining again asks again"


def test_with_double_opt_in_the_age_comes_first_and_then_the_yes(world: World) -> None:
    world.change_program(minimum_age=18, opt_in="double")
    world.text(PHONE, "JOIN")
    early = world.text(PHONE, "YES")
    assert early is not None
    assert "date of birth" in early
    ask = world.text(PHONE, OLD_ENOUGH)
    assert ask is not None
    assert "reply YES" in ask
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}


def test_the_age_is_asked_once(world: World) -> None:
    world.change_program(minimum_age=21)
    for word in ("JOIN", OLD_ENOUGH, "STOP"):
        world.text(PHONE, word)
    back = world.text(PHONE, "START")
    assert back is not None
    assert "you are in" in back


def test_the_date_of_birth_is_kept_nowhere(world: World) -> None:
    world.change_program(minimum_age=21)
    world.text(PHONE, "JOIN")
    world.text(PHONE, OLD_ENOUGH)
    assert world.inbound(PHONE)[-1].body == NOT_KEPT
    with world.database.read() as session:
        assert session.exec(select(Subscriber.minimum_age_met)).one() == 21
        for evidence in session.exec(select(ConsentEvidence)).all():
            assert OLD_ENOUGH not in str(evidence.content)
        assert not session.execute(
            text("SELECT 1 FROM inbound_message WHERE CAST(form AS TEXT) LIKE '%2005%'")
        ).all()


@pytest.mark.parametrize("word", ["STOP", "stop please"])
def test_stop_at_the_age_gate_is_a_stop(world: World, word: str) -> None:
    world.change_program(minimum_age=21)
    world.text(PHONE, "JOIN")
    world.text(PHONE, word)
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    assert world.is_suppressed(PHONE)


# -- lapsing --------------------------------------------------------------------------------


def test_a_request_lapses_after_its_hours(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "JOIN")
    world.pass_time(hours=23, minutes=59, seconds=59)
    assert lapse(world) == 0
    world.pass_time(seconds=1)
    assert lapse(world) == 1
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    assert kinds(world) == ["requested", "lapsed"]
    assert not world.is_suppressed(PHONE), "silence is no revocation"
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}, "a yes that comes too late"
    world.text(PHONE, "JOIN")
    assert world.states(PHONE) == {"Neon Nights": "pending"}


def test_who_confirmed_does_not_lapse(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "JOIN")
    world.text(PHONE, "YES")
    world.pass_time(days=30)
    assert lapse(world) == 0


# -- one confirmation -----------------------------------------------------------------------


def test_a_second_stop_within_a_day_is_recorded_and_not_answered(world: World) -> None:
    world.text(PHONE, "JOIN")
    assert world.text(PHONE, "STOP") is not None
    assert world.text(PHONE, "STOP!!") is None
    assert kinds(world) == ["opted_in", "opted_out", "opted_out"]
    world.pass_time(days=1, seconds=1)
    assert world.text(PHONE, "STOP") is not None


def test_a_stop_after_joining_again_is_a_new_one(world: World) -> None:
    for word in ("JOIN", "STOP", "JOIN"):
        world.text(PHONE, word)
    assert world.text(PHONE, "STOP") is not None


def test_a_stop_that_ends_a_new_wish_is_confirmed_again(world: World) -> None:
    world.change_program(opt_in="double")
    for word in ("JOIN", "YES", "STOP", "START"):
        world.text(PHONE, word)
    assert world.text(PHONE, "STOP") is not None
    assert world.text(PHONE, "STOP") is None, "there is nothing left to end"


@pytest.fixture
def two_codes(world: World) -> World:
    """The organization has a second code, with a program of its own."""
    other = world.another_organization()
    with world.database.write() as session:
        for table in ("sender", "program", "list", "keyword"):
            session.execute(
                text(f"UPDATE {table} SET organization_id = :mine WHERE organization_id = :other"),
                {"mine": world.organization_id, "other": other},
            )
    return world


@pytest.mark.parametrize("before", [[], ["JOIN"]])
def test_a_stop_is_confirmed_once_on_each_code(two_codes: World, before: list[str]) -> None:
    """Whoever audits the second code is no subscriber any more, and is answered all the same."""
    for word in before:
        two_codes.text(PHONE, word)
    assert "Neon Nights" in (two_codes.text(PHONE, "STOP") or "")
    assert "Other Program" in (two_codes.text(PHONE, "STOP", to="13579") or "")
    assert two_codes.text(PHONE, "STOP") is None
    assert two_codes.text(PHONE, "STOP", to="13579") is None


def test_two_codes_answer_a_stop_each_also_when_both_come_together(two_codes: World) -> None:
    two_codes.text(PHONE, "JOIN")
    group = [
        Text(next_sid(), PHONE, code, None, "STOP", None, (), None, {})
        for code in ("24680", "13579", "24680", "13579")
    ]
    with two_codes.database.write() as session:
        replies = receive_all(session, group, two_codes.now)
    assert [reply is not None for reply in replies] == [True, True, False, False]


def test_a_stop_that_one_codes_provider_confirmed_is_confirmed_on_the_other(
    two_codes: World,
) -> None:
    two_codes.change_sender(kind="long_code", replies_by="provider")
    two_codes.text(PHONE, "JOIN")
    assert two_codes.text(PHONE, "STOP") is None
    assert two_codes.text(PHONE, "STOP", to="13579") is not None
    assert two_codes.text(PHONE, "please take me off this list") is None


def test_who_joined_again_and_stopped_on_another_code_is_answered_on_this_one_too(
    two_codes: World,
) -> None:
    for word in ("JOIN", "STOP", "START"):
        two_codes.text(PHONE, word)
    assert two_codes.text(PHONE, "STOP", to="13579") is not None
    assert two_codes.text(PHONE, "STOP") is not None
    assert two_codes.text(PHONE, "STOP") is None


def test_a_stop_that_the_provider_confirmed_is_not_confirmed_by_us_too(world: World) -> None:
    world.change_sender(kind="long_code", replies_by="provider")
    world.text(PHONE, "JOIN")
    assert world.text(PHONE, "STOP") is None
    world.pass_time(minutes=1)
    assert world.text(PHONE, "please take me off this list") is None
    world.pass_time(days=1)
    assert world.text(PHONE, "please take me off this list") is not None


# -- a number that changed hands ------------------------------------------------------------


def test_the_next_owner_of_a_number_inherits_nothing(world: World) -> None:
    world.text(PHONE, "TECHNO")
    with world.database.write() as session:
        subscriber = locked_subscriber(session, world.organization_id, PHONE, world.now)
        revoke_everything(
            session,
            subscriber,
            Evidence(ConsentSource.imported),
            world.now,
            SuppressionReason.deactivated,
        )
        record(
            session,
            subscriber,
            ConsentKind.deactivated,
            Evidence(ConsentSource.imported),
            world.now,
            None,
            None,
        )
    start = world.text(PHONE, "START")
    assert start is not None
    assert "Text JOIN" in start
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    world.text(PHONE, "STOP")
    world.text(PHONE, "START")
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}, "what they left was not theirs"
    world.text(PHONE, "JAZZ")
    assert world.lists(PHONE) == {"Jazz evenings"}
    assert not world.is_suppressed(PHONE)


# -- a halted organization ------------------------------------------------------------------


def halt(world: World, *, on: bool) -> None:
    with world.database.write() as session:
        organization = session.get_one(Organization, world.organization_id)
        organization.halted_at = world.now if on else None
        session.add(organization)


def test_a_halted_organization_sends_nothing_until_it_is_confirmed(world: World) -> None:
    world.crowd(80)
    running, due = world.order(), world.order()
    world.fire(running)
    provider = FakeProvider()
    halt(world, on=True)
    world.fire(due)
    send_all(world, provider, 5)
    assert provider.asked == []
    assert world.broadcast(due.id).status == "scheduled"
    halt(world, on=False)
    world.fire(due)
    send_all(world, provider)
    assert len(provider.taken) == 160
