"""Webhooks that arrive together: one that fails fails alone, and nobody hears of what was lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot import inbound
from bot.keywords import Classification
from models.lines import Line
from settings import Settings
from tests.webhook_client import INBOUND, post, text_form
from tests.world import World
from wsgi import create_app


@pytest.fixture
def app(world: World, settings: Settings) -> Flask:
    return create_app(settings, world.database)


def test_no_text_is_answered_200_when_its_commit_fails(app: Flask, world: World) -> None:
    forms = [text_form(f"+1202555{number:04d}", "JOIN") for number in range(6)]

    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("no space left on device"))

    event.listen(world.database.engine_by_key, "commit", refuse)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda form: post(app, INBOUND, form), forms))
    event.remove(world.database.engine_by_key, "commit", refuse)
    assert [answer.status_code for answer in answers] == [500] * 6
    assert {answer.text for answer in answers} == {""}
    assert all(world.inbound(form["From"]) == [] for form in forms)
    assert all(post(app, INBOUND, form).status_code == 200 for form in forms)
    assert all(world.states(form["From"]) == {"Neon Nights": "subscribed"} for form in forms)


def test_one_text_that_breaks_something_breaks_no_other(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = inbound._understand

    def break_on_one(line: Line, text: inbound.Text, now: datetime) -> Classification:
        if text.body == "BOOM":
            raise ZeroDivisionError
        return read(line, text, now)

    monkeypatch.setattr(inbound, "_understand", break_on_one)
    bodies = ["JOIN", "TECHNO", "BOOM", "JAZZ", "STOP", "JOIN"]
    forms = [text_form(f"+1202555{n:04d}", body) for n, body in enumerate(bodies)]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda form: post(app, INBOUND, form), forms))
    assert [answer.status_code for answer in answers] == [200, 200, 500, 200, 200, 200]
    assert [len(world.inbound(form["From"])) for form in forms] == [1, 1, 0, 1, 1, 1]
