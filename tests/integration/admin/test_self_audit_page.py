"""The self-audit of a program as a page: what fails first, with evidence and what to change."""

from sqlalchemy import Table, select
from sqlmodel import SQLModel

from compliance.rules import RULES
from models import Role
from models.database import Database
from tests.integration.admin.desk import Desk, words
from tests.world import World


def rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        tables: list[Table] = list(SQLModel.metadata.sorted_tables)
        return {
            table.name: len(session.connection().execute(select(table)).all()) for table in tables
        }


def test_the_demo_passes_and_shows_what_a_consumer_gets(sqlite_world: World) -> None:
    desk = Desk(sqlite_world)
    before = rows(sqlite_world.database)
    page = desk.get("/programs/1/self-audit")
    assert page.status_code == 200
    told = words(page)
    assert "rules pass." in told
    assert "What to change" not in told
    assert "A subscriber texts STOP Neon Nights: you are unsubscribed" in told
    assert rows(sqlite_world.database) == before
    assert "/programs/1/self-audit" in desk.get("/programs/1").text


def test_what_fails_stands_first_the_gravest_before(sqlite_world: World) -> None:
    sqlite_world.change_program(
        description="Club nights with <b>beer</b>", help_text="Neon Nights: ask at the door"
    )
    desk = Desk(sqlite_world)
    page = desk.get("/programs/1/self-audit")
    told = words(page)
    audited = sum(1 for rule in RULES if rule.audit)
    assert f"2 of {audited} rules fail." in told
    assert told.index("C002") < told.index("C027") < told.index("What passes")
    assert "says “beer” (alcohol), and the program asks nobody's age" in told
    assert "What to change: Take it out, or give the program a minimum age" in told
    assert "<b>beer</b>" not in page.text


def test_an_auditor_reads_it_and_nobody_of_another_organization_does(
    sqlite_world: World,
) -> None:
    desk = Desk(sqlite_world)
    desk.sit_down(desk.colleague(Role.auditor))
    assert desk.get("/programs/1/self-audit").status_code == 200
    other = sqlite_world.another_organization()
    desk.sit_down(desk.colleague(Role.owner, other))
    assert desk.get("/programs/1/self-audit").status_code == 404
