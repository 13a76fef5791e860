"""Who is asked after a sign-up on a page, who is not, and what is on record of it."""

import pytest
from sqlmodel import select

from admin.public.joining import SignUp, ask, may_sign_up
from models import Disclosure, Notice, Program, Subscriber
from models.disclosing import current
from scheduler.lapsing import lapse_pending
from tests.threads import at_once
from tests.world import World

PHONE = "+12025550101"
SECRET = "s" * 32


def sign_up(world: World, phone: str = PHONE, program_id: int = 1, age: int | None = None) -> bool:
    with world.database.write() as session:
        program = session.get_one(Program, program_id)
        disclosure = current(session, program, world.now)
        wish = SignUp(
            phone, "I agree", disclosure.id, "http://x/p/y", "203.0.113.7", "Browser", age
        )
        return ask(session, SECRET, program, wish, world.now)


def may(world: World, ip: str = "203.0.113.7", program_id: int = 1) -> bool:
    with world.database.write() as session:
        program = session.get_one(Program, program_id)
        return may_sign_up(session, SECRET, program, ip, world.now)


def texts(world: World) -> int:
    with world.database.read() as session:
        return len(session.exec(select(Notice)).all())


def test_a_wish_is_pending_with_its_whole_evidence(world: World) -> None:
    assert sign_up(world)
    assert world.states(PHONE) == {"Neon Nights": "pending"}
    assert world.lists(PHONE) == {"All guests"}
    (event,) = world.consent_events(PHONE)
    assert (event.kind, event.source, event.program_id) == ("requested", "page", 1)
    with world.database.read() as session:
        assert session.get_one(Disclosure, event.disclosure_id).version == 1
    assert world.evidence(event) == {
        "phone_number": PHONE,
        "text": "I agree",
        "page": "http://x/p/y",
        "ip_address": "203.0.113.7",
        "user_agent": "Browser",
    }


def test_single_opt_in_programs_ask_too(world: World) -> None:
    world.change_program(opt_in="single")
    assert sign_up(world)
    assert world.states(PHONE) == {"Neon Nights": "pending"}


def test_a_number_is_asked_once_a_day(world: World) -> None:
    assert sign_up(world)
    world.pass_time(hours=23, minutes=59)
    assert not sign_up(world)
    world.pass_time(minutes=1)
    assert sign_up(world), "the first request has had its day"
    assert [event.kind for event in world.consent_events(PHONE)] == ["requested", "requested"]
    assert texts(world) == 2


@pytest.mark.parametrize("between", [(), ("lapse",), ("YES", "STOP", "JOIN")])
def test_who_was_asked_by_text_within_a_day_is_not_asked_by_the_page(
    world: World, between: tuple[str, ...]
) -> None:
    world.change_program(opt_in="double", pending_hours=1)
    world.text(PHONE, "JOIN")
    for step in between:
        world.pass_time(hours=1)
        if step == "lapse":
            with world.database.write() as session:
                assert lapse_pending(session, world.now) == 1
        else:
            world.text(PHONE, step)
    assert not sign_up(world)
    assert texts(world) == 0


def test_a_number_of_several_programs_is_asked_three_times_a_day(world: World) -> None:
    """Nobody can use many programs, of one organization or of several, to pester one number."""
    world.another_organization()
    with world.database.write() as session:
        first = session.get_one(Program, 1)
        for number in range(4):
            copy = first.model_dump(exclude={"id", "slug", "name"})
            session.add(Program(**copy, slug=f"more-{number}", name=f"More {number}"))
    assert [sign_up(world, program_id=key) for key in range(1, 7)] == [True] * 3 + [False] * 3


def test_who_never_answers_is_left_in_peace(world: World) -> None:
    asked = []
    for _ in range(5):
        asked.append(sign_up(world))
        world.pass_time(days=1)
    assert asked == [True] * 3 + [False] * 2
    world.pass_time(days=30)
    assert sign_up(world)
    world.text(PHONE, "YES")
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}


def test_who_asked_by_text_today_is_not_asked_again(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(PHONE, "JOIN")
    assert not sign_up(world)


def test_who_is_subscribed_gets_no_text_and_no_event(world: World) -> None:
    world.text(PHONE, "JOIN")
    before = world.consent_events(PHONE)
    assert not sign_up(world)
    assert world.consent_events(PHONE) == before
    assert world.states(PHONE) == {"Neon Nights": "subscribed"}
    assert texts(world) == 0


def test_who_said_stop_is_left_alone(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    before = world.consent_events(PHONE)
    assert not sign_up(world)
    assert (world.consent_events(PHONE), texts(world)) == (before, 0)
    assert world.is_suppressed(PHONE)
    assert world.states(PHONE) == {"Neon Nights": "unsubscribed"}
    world.pass_time(days=2)
    assert not sign_up(world)


def test_an_erased_number_is_not_written_down_again(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    with world.database.write() as session:
        subscriber = session.exec(select(Subscriber)).one()
        subscriber.erased_at, subscriber.phone_number = world.now, f"erased:{subscriber.id}"
    assert not sign_up(world)
    with world.database.read() as session:
        assert len(session.exec(select(Subscriber)).all()) == 1


def test_one_organizations_stop_is_not_anothers(world: World) -> None:
    world.another_organization()
    world.text(PHONE, "STOP")
    with world.database.read() as session:
        other = session.exec(select(Program.id).where(Program.name == "Other Program")).one()
    assert not sign_up(world)
    assert sign_up(world, program_id=other)
    assert world.states(PHONE) == {"Other Program": "pending"}
    assert world.lists(PHONE) == {"Others"}


def test_a_stated_age_is_remembered_without_the_date(world: World) -> None:
    world.change_program(minimum_age=21)
    assert sign_up(world, age=40)
    with world.database.read() as session:
        assert session.exec(select(Subscriber.minimum_age_met)).one() == 21
    assert world.evidence(world.consent_events(PHONE)[0])["note"] == "Stated an age of 21 or more."


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("forged", "<script>", True),
    ],
)
def test_an_address_has_five_an_hour(
    sqlite_world: World, first: str, second: str, together: bool
) -> None:
    assert [may(sqlite_world, first) for _ in range(6)] == [True] * 5 + [False]
    assert may(sqlite_world, second) is not together
    sqlite_world.pass_time(hours=1)
    assert may(sqlite_world, first)


def test_an_address_has_twenty_a_day(sqlite_world: World) -> None:
    allowed = 0
    for _ in range(8):
        allowed += sum(may(sqlite_world) for _ in range(5))
        sqlite_world.pass_time(hours=1)
    assert allowed == 20


def test_a_program_has_three_hundred_an_hour_of_its_own(sqlite_world: World) -> None:
    world = sqlite_world
    addresses = [f"203.0.{number // 200}.{number % 200}" for number in range(302)]
    assert sum(may(world, ip) for ip in addresses) == 300
    world.another_organization()
    assert may(world, "198.51.100.1", program_id=2)


def test_sign_ups_of_one_number_that_meet_ask_once(world: World) -> None:
    assert sum(at_once([lambda: sign_up(world)] * 6)) == 1
    assert texts(world) == 1
    assert len(world.consent_events(PHONE)) == 1
