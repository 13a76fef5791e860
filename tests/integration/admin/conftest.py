"""The demo organization behind its real door, and members who log in to it."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlmodel import select

from admin import linting
from admin.pages import reports, self_audit
from admin.queries import dashboard, deliveries, inbox, lists, searching
from models import Member, Organization, Role, sizes
from models.database import Database
from scheduler import counting, gate
from settings import Settings
from tests.integration.admin.browser import HASH, Browser, add_member
from tests.integration.admin.desk import Desk
from tests.integration.audit.conftest import seal_all, send
from tests.world import World
from wsgi import create_app

OWNER = "owner@neon.example"
HEARD_FROM = "+12025550101"


@pytest.fixture
def app(world: World, settings: Settings) -> Flask:
    """The application on the world's database; the owner's password is PASSWORD."""
    with world.database.write() as session:
        owner = session.exec(select(Member)).one()
        owner.password = HASH
        session.add(owner)
    return create_app(settings, world.database)


@pytest.fixture
def owner(app: Flask) -> Browser:
    browser = Browser(app)
    assert browser.log_in(OWNER).status_code == 302
    return browser


@pytest.fixture
def promoter(app: Flask, world: World) -> Browser:
    return _member(app, world, Role.promoter)


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    """The owner's desk at the world's moment. Some files first change the world for theirs."""
    with time_machine.travel(world.now, tick=True):
        yield Desk(world)


@pytest.fixture
def sqlite_desk(sqlite_world: World) -> Iterator[Desk]:
    with time_machine.travel(sqlite_world.now, tick=True):
        yield Desk(sqlite_world)


@pytest.fixture
def auditor(app: Flask, world: World) -> Browser:
    return _member(app, world, Role.auditor)


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Somebody who is not logged in."""
    return Browser(app)


@pytest.fixture
def newcomer(app: Flask, database: Database, world: World) -> Browser:
    """The owner of an organization that has nothing yet."""
    with database.write() as session:
        empty = Organization(name="Empty Org", created_at=world.now)
        session.add(empty)
        session.flush()
        key = empty.id
    add_member(database, key, "new@empty.example")
    browser = Browser(app)
    assert browser.log_in("new@empty.example").status_code == 302
    return browser


@pytest.fixture
def history(world: World) -> World:
    """One who joined, wrote a number in a text, got a broadcast, left."""
    world.text(HEARD_FROM, "JOIN")
    world.text(HEARD_FROM, "call me at (202) 555-0101 or 202.555.0101 please")
    send(world)
    world.text(HEARD_FROM, "STOP")
    seal_all(world)
    return world


def _member(app: Flask, world: World, role: Role) -> Browser:
    email = f"{role.value}@neon.example"
    add_member(world.database, world.organization_id, email, role)
    browser = Browser(app)
    assert browser.log_in(email).status_code == 302
    return browser


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of a page, as much smaller as tables are in a test."""
    for module in (sizes, gate, dashboard):
        monkeypatch.setattr(module, "COUNTED_TO", 100)
    monkeypatch.setattr(searching, "SEARCHED", 60)
    for module in (counting, lists):
        monkeypatch.setattr(module, "SMALL", 40)
    for module, name, bound in (
        (deliveries, "LOOKED_AT", 100),
        (reports, "SUMMED", 20),
        (linting, "SAMPLE", 50),
        (self_audit, "_LOOKED_AT", 40),
        (inbox, "_LATEST_ACTS", 40),
    ):
        monkeypatch.setattr(module, name, bound)


@pytest.fixture(params=["owner", "newcomer", "auditor of a program"])
def reader(request: pytest.FixtureRequest, app: Flask, world: World) -> Browser:
    """Whoever reads: an auditor of one program, and another organization's owner, see less, which
    must not take longer either."""
    if request.param in ("owner", "newcomer"):
        browser: Browser = request.getfixturevalue(request.param)
        return browser
    return auditor_of(app, world, 1)


def auditor_of(app: Flask, world: World, program_id: int) -> Browser:
    """An auditor who sees that program only."""
    email = "auditor@neon.example"
    key = add_member(world.database, world.organization_id, email, Role.auditor)
    with world.database.write() as session:
        member = session.get_one(Member, key)
        member.program_id = program_id
        session.add(member)
    browser = Browser(app)
    assert browser.log_in(email).status_code == 302
    return browser
