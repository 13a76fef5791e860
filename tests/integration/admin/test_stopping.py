"""The panic button on every page: who may press it, what it says, who may end it."""

import pytest
from sqlmodel import select

from models import AuditEvent, AuditKind, Organization, Role
from tests.integration.admin.desk import Desk, words
from tests.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def organization(desk: Desk) -> Organization:
    with desk.world.database.read() as session:
        return session.get_one(Organization, desk.world.organization_id)


def test_a_promoter_stops_everything_and_every_page_says_so(desk: Desk) -> None:
    promoter = desk.colleague(Role.promoter)
    desk.sit_down(promoter)
    for page in ("/", "/broadcasts", "/inbox"):
        assert 'href="/stop"' in desk.get(page).text
    assert "Yes, stop everything" in desk.get("/stop").text
    assert organization(desk).stopped_at is None, "looking stops nothing"
    assert desk.post("/stop").status_code == 303
    stopped = organization(desk)
    assert stopped.stopped_by_id == promoter
    for page in ("/", "/broadcasts", "/settings"):
        assert "Everything is stopped. promoter did it," in words(desk.get(page))
    assert "Stop everything…" not in words(desk.get("/"))


def test_only_an_owner_lets_it_go_on(desk: Desk) -> None:
    desk.sit_down(desk.colleague(Role.promoter))
    desk.get("/stop")
    desk.post("/stop")
    page = desk.get("/stop")
    assert "An owner of Neon Nights can let it go on here." in words(page)
    assert "/stop/end" not in page.text
    assert desk.post("/stop/end").status_code == 403
    assert organization(desk).stopped_at is not None
    desk.sit_down(desk.world.member_id)
    assert "/stop/end" in desk.get("/stop").text
    assert desk.post("/stop/end").status_code == 303
    assert organization(desk).stopped_at is None
    assert "Everything is stopped" not in words(desk.get("/broadcasts"))
    with desk.world.database.read() as session:
        kinds = [act.kind for act in session.exec(select(AuditEvent))]
    assert kinds == [AuditKind.stopped, AuditKind.resumed]


def test_an_auditor_sees_it_and_has_no_button(desk: Desk) -> None:
    desk.sit_down(desk.colleague(Role.auditor))
    assert 'href="/stop"' not in desk.get("/").text
    assert "Yes, stop everything" not in desk.get("/stop").text
    assert desk.post("/stop").status_code == 403


def test_pressed_twice_it_is_one_stop(desk: Desk) -> None:
    desk.get("/stop")
    desk.post("/stop")
    first = organization(desk).stopped_at
    desk.post("/stop")
    assert organization(desk).stopped_at == first
