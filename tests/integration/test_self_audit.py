"""The self-audit of the demo program: it passes, each break is found, and nothing remains."""

import json
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlmodel import SQLModel

from admin.rehearsal import GARBAGE, WAYS_TO_STOP, rehearse, rolled_back
from admin.self_audit import as_json
from compliance.rules import RULES
from models import (
    Keyword,
    List,
    OptIn,
    Program,
)
from models.database import Database
from tests.auditing import BASE, audited, failing, send
from tests.world import World

PHONE = "+12025550177"


def content(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with database.read() as session:
        tables: list[Table] = list(SQLModel.metadata.sorted_tables)
        return {
            table.name: [tuple(row) for row in session.connection().execute(select(table))]
            for table in tables
        }


# -- the demo ---------------------------------------------------------------------------------


def test_the_demo_program_passes_everything_before_and_after_a_first_blast(world: World) -> None:
    assert failing(world) == []
    world.crowd(5)
    world.text(PHONE, "JOIN")
    send(world, "Neon Nights: doors at 9. Reply STOP to end, HELP for help")
    world.text(PHONE, "STOP")
    assert failing(world) == []
    assert [one.rule.code for one in audited(world)] == [rule.code for rule in RULES if rule.audit]


@pytest.mark.parametrize("opt_in", [OptIn.single, OptIn.double])
@pytest.mark.parametrize("minimum_age", [None, 21])
def test_nothing_of_a_self_audit_remains(
    world: World, opt_in: OptIn, minimum_age: int | None
) -> None:
    world.text(PHONE, "JOIN")
    world.change_program(opt_in=opt_in, minimum_age=minimum_age)
    before = content(world.database)
    assert before["unsealed"]
    assert failing(world) == []
    assert content(world.database) == before


def test_nothing_remains_of_a_rehearsal_that_fails_half_way(world: World) -> None:
    before = content(world.database)

    def fail() -> None:
        with rolled_back(world.database) as session:
            session.get_one(Program, 1).name = "Changed"
            session.flush()
            raise ZeroDivisionError

    def keep() -> None:
        with rolled_back(world.database) as session:
            session.get_one(Program, 1).name = "Changed"
            session.commit()

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(RuntimeError, match="must not commit"):
        keep()
    assert content(world.database) == before


def test_the_evidence_is_what_a_consumer_would_have_got(sqlite_world: World) -> None:
    found = {one["code"]: one for one in as_json(audited(sqlite_world))}
    stop = sqlite_world.text(PHONE, "JOIN") and sqlite_world.text(PHONE, "STOP")
    assert found["C008"]["evidence"] == [{"where": "A subscriber texts STOP", "text": stop}]
    told = {quote["where"]: quote["text"] for quote in found["C016"]["evidence"]}
    own_page = f"Your data: {BASE}/c/…"
    assert told["A subscriber texts HELP"] == f"{sqlite_world.text(PHONE, 'HELP')} {own_page}"
    assert own_page in told["A stranger texts HELP"]
    assert told[f"A stranger texts {GARBAGE}"] == sqlite_world.text("+12025550178", GARBAGE)
    json.dumps(list(found.values()))


def test_every_way_to_stop_is_tried_on_a_phone_of_its_own(world: World) -> None:
    rehearsal = rehearse(world.database, 1, world.now)
    said = [one.says for one in rehearsal.ways_to_stop]
    assert said == [*WAYS_TO_STOP, "STOP with a picture"]
    assert all(len(one.answers) == 1 for one in rehearsal.ways_to_stop)
    assert rehearsal.unheard == ()


def test_a_way_to_stop_that_is_not_heard_fails(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.rehearsal.WAYS_TO_STOP", ("End", "see you"))
    (failed,) = (one for one in audited(sqlite_world) if not one.passed)
    assert failed.rule.code == "C036"
    assert "These change nothing: see you." in failed.verdict.why


def test_stop_is_tried_by_somebody_who_is_in_every_program_of_the_sender(world: World) -> None:
    with world.database.write() as session:
        first = session.get_one(Program, 1)
        copied = first.model_dump(exclude={"id", "slug", "name"})
        session.add(blues := Program(**copied, slug="blues", name="Blues"))
        session.flush()
        mine = {"organization_id": world.organization_id, "created_at": world.now}
        session.add(gathered := List(program_id=blues.id, name="Blues", **mine))
        session.flush()
        place = {"sender_id": blues.sender_id, "program_id": blues.id, "list_id": gathered.id}
        session.add(Keyword(word="BLUES", **place, **mine))
    rehearsal = rehearse(world.database, 1, world.now)
    assert rehearsal.joined_programs == ("Neon Nights",)
    assert rehearsal.stood_in == ("Blues", "Neon Nights")
    assert rehearsal.left_standing == ()


def test_joining_goes_through_age_and_yes(sqlite_world: World) -> None:
    sqlite_world.change_program(opt_in=OptIn.double, minimum_age=21)
    rehearsal = rehearse(sqlite_world.database, 1, sqlite_world.now)
    assert [one.says for one in rehearsal.joining] == ["JOIN", "01/01/2000", "YES"]
    assert "date of birth" in rehearsal.joining[0].answers[0]
    assert (rehearsal.subscribed_at_once, rehearsal.subscribed) == (False, True)


def test_a_number_that_somebody_has_is_not_used(sqlite_world: World) -> None:
    sqlite_world.text("+12015550100", "JOIN")
    sqlite_world.text("+12015550100", "STOP")
    assert failing(sqlite_world) == []


@pytest.mark.parametrize("regions", ["GB", "DE FR", ""])
def test_a_program_for_another_country_is_rehearsed_as_well(
    sqlite_world: World, regions: str
) -> None:
    sqlite_world.change_program(regions=regions)
    assert failing(sqlite_world) == []


# -- breaking the record ----------------------------------------------------------------------

WELCOME = (
    "Neon Nights: club nights! 4 msgs/month. Msg & data rates may apply. HELP for help, STOP to end"
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"description": "Porn"}, "C001"),
        ({"description": "Club nights and craft beer"}, "C002"),
        ({"stop_text": "Neon Nights: goodbye"}, "C008"),
        ({"stop_text": "Neon Nights: no more messages. Buy tickets!"}, "C008"),
        ({"confirmation_text": WELCOME.replace(", STOP to end", "")}, "C012"),
        ({"confirmation_text": WELCOME.replace("club nights", "hi")}, "C013"),
        ({"privacy_url": ""}, "C014"),
        ({"privacy_url": f"{BASE}/p/another/privacy"}, "C014"),
        ({"privacy_url": "http://["}, "C014"),
        ({"terms_url": "https://"}, "C015"),
        ({"terms_url": f"{BASE}/p/neon-nights/nothing"}, "C015"),
        ({"help_text": "Us: help@neon.example"}, "C016"),
        ({"confirmation_text": WELCOME.replace("4 msgs/month", "9 msgs/month")}, "C016"),
        ({"description": "Free texts about club nights"}, "C017"),
        ({"confirmation_text": WELCOME.replace("4 msgs/month. ", "")}, "C025"),
        ({"confirmation_text": WELCOME.replace("Msg & data rates may apply. ", "")}, "C026"),
        ({"confirmation_text": WELCOME.replace("HELP for help, ", "")}, "C027"),
        ({"help_text": "Neon Nights: ask at the door"}, "C027"),
        ({"confirmation_text": WELCOME.replace("Neon Nights", "Us")}, "C028"),
    ],
)
def test_a_broken_record_fails_by_its_own_rule_alone(
    sqlite_world: World, changes: dict[str, Any], code: str
) -> None:
    sqlite_world.change_program(**changes)
    assert failing(sqlite_world) == [code]


def test_what_is_no_address_at_all_is_called_so(sqlite_world: World) -> None:
    sqlite_world.change_program(terms_url="http://[")
    (terms,) = (one for one in audited(sqlite_world) if one.rule.code == "C015")
    assert terms.verdict.why == "The link to the terms is no address of a page."


def test_a_page_of_somebody_elses_is_left_to_the_reader(sqlite_world: World) -> None:
    sqlite_world.change_program(terms_url="https://neon.example/terms")
    (terms,) = (one for one in audited(sqlite_world) if one.rule.code == "C015")
    assert terms.passed
    assert "look yourself" in terms.verdict.why


@pytest.mark.parametrize("replies_by", ["provider", "advanced_opt_out"])
def test_where_the_provider_answers_silence_is_right(sqlite_world: World, replies_by: str) -> None:
    sqlite_world.change_sender(replies_by=replies_by, kind="long_code")
    assert failing(sqlite_world) == []
