"""Every route, generated from the application itself: who may see it, and who may change what."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Table, select
from sqlmodel import SQLModel
from werkzeug.routing import Rule

from admin.access import PUBLIC_PREFIXES, PUBLIC_RULES
from models.database import Database
from tests.integration.admin.browser import Browser, add_member
from tests.world import World

OTHER_OWNER = "owner@other.example"
# What a route without an id may be asked for without a form's fields.
_READING = {"GET", "HEAD", "OPTIONS"}


def rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.rule not in PUBLIC_RULES and not rule.rule.startswith(PUBLIC_PREFIXES):
            yield rule


def address(rule: Rule, key: int = 1) -> str:
    return re.sub(r"<[^>]+>", str(key), rule.rule)


def content(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table: what must not have changed."""
    with database.read() as session:
        tables: list[Table] = list(SQLModel.metadata.sorted_tables)
        return {
            table.name: [tuple(row) for row in session.connection().execute(select(table))]
            for table in tables
        }


def test_the_public_list_is_what_it_is() -> None:
    assert {"/login", "/static/<path:filename>", "/healthz", "/readyz"} == PUBLIC_RULES
    assert {"/p/", "/c/"} == set(PUBLIC_PREFIXES)


def test_every_route_is_for_members_or_on_the_public_list(app: Flask, stranger: Browser) -> None:
    stranger.get("/login")
    for rule in rules(app):
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = stranger.client.open(
                address(rule), method=method, data={"csrf_token": stranger.token}
            )
            assert answer.status_code == 302, rule
            assert answer.location.startswith("/login"), rule


def test_an_auditor_reads_everything_and_changes_nothing(
    app: Flask, world: World, auditor: Browser
) -> None:
    world.text("+12025550101", "JOIN")
    world.order()
    before = content(world.database)
    for rule in rules(app):
        for method in (rule.methods or set()) - _READING:
            # /unmask changes nothing but what is shown, see test_auditor.
            if rule.rule not in ("/logout", "/unmask"):
                answer = auditor.client.open(
                    address(rule), method=method, data={"csrf_token": auditor.token}
                )
                assert answer.status_code == 403, (method, rule)
    assert content(world.database) == before
    walked = 0
    for rule in rules(app):  # nor does anything change by being looked at
        if "GET" in (rule.methods or set()):
            assert auditor.get(address(rule)).status_code in (200, 302, 403, 404), rule
            walked += 1
    assert walked > 30
    assert content(world.database) == before
    for page in ("/", "/lists/1", "/subscribers/1", "/programs/1", "/inbox", "/settings"):
        text = auditor.get(page).text
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', text)
        assert set(forms) <= {"/logout"}, page


@pytest.mark.parametrize(
    "page", ["/programs/new", "/programs/1/edit", "/programs/1/keywords", "/settings/senders/new"]
)
def test_a_promoter_sets_nothing_up(promoter: Browser, page: str) -> None:
    assert promoter.post(page).status_code == 403


@pytest.mark.parametrize("form", ["/suppressions/new", "/suppressions/import"])
def test_a_form_that_an_auditor_may_not_send_is_not_shown(auditor: Browser, form: str) -> None:
    assert auditor.get(form).status_code == 403


def test_every_change_needs_a_token(app: Flask, owner: Browser, world: World) -> None:
    world.text("+12025550101", "JOIN")
    before = content(world.database)
    for rule in rules(app):
        for method in (rule.methods or set()) - _READING:
            answer = owner.client.open(address(rule), method=method)
            assert answer.status_code == 400, rule
            assert "no longer valid" in answer.text
    assert content(world.database) == before


def test_nothing_of_another_organization_can_be_seen_or_touched(
    app: Flask, world: World, owner: Browser
) -> None:
    """The owner of one organization walks all ids of another's; each is as absent as none."""
    world.text("+12025550101", "JOIN")
    world.text("+12025550101", "cancel friday?")
    world.order()
    other = world.another_organization()
    add_member(world.database, other, OTHER_OWNER)
    intruder = Browser(app)
    assert intruder.log_in(OTHER_OWNER).status_code == 302
    before = content(world.database)
    walked = 0
    for rule in rules(app):
        if "<" not in rule.rule:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            for key in (1, 2**63 - 1, 2**70):
                answer = intruder.client.open(
                    address(rule, key), method=method, data={"csrf_token": intruder.token}
                )
                # No rule takes a key that no database has; a 405 then comes before the 404.
                absent = {404} if key < 2**63 else {404, 405}
                assert answer.status_code in absent, (method, rule)
                walked += 1
    assert walked > 40
    assert content(world.database) == before
    for page in ("/", "/broadcasts", "/lists", "/subscribers", "/programs", "/inbox", "/settings"):
        text = intruder.get(page).text
        assert "Neon Nights" not in text, page
        assert "555-0101" not in text, page
