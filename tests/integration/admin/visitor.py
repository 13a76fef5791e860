"""Somebody on a program's public page, without log-in and without scripts; and what came of it."""

import html
import re

from sqlmodel import select
from werkzeug.test import TestResponse

from models import Counter, Notice, Subscriber
from tests.integration.admin.browser import Browser
from tests.world import World

PHONE = "+12025550101"
NEUTRAL = "If this number can receive our texts, it now gets one with a question."


def sign_up(visitor: Browser, phone: str = "(202) 555-0101", **more: str) -> TestResponse:
    page = visitor.get("/p/neon-nights")
    shown = re.search(r'name="shown" value="(\d+)"', page.text)
    assert shown is not None
    filled = {"phone": phone, "consent": "y", "shown": shown[1], "trap": ""} | more
    return visitor.post("/p/neon-nights", {name: value for name, value in filled.items() if value})


def errors(page: TestResponse) -> dict[str, str]:
    """The reasons on a page, by the field that each stands beside and that points to it."""
    found = re.findall(r'<div class="invalid-feedback" id="(\w+)-error">(.*?)</div>', page.text)
    assert all(f'aria-describedby="{name}-error"' in page.text for name, _ in found)
    return {name: html.unescape(reason) for name, reason in found}


def numbers(world: World) -> set[str]:
    with world.database.read() as session:
        return set(session.exec(select(Subscriber.phone_number)))


def counter(world: World, name: str) -> int:
    with world.database.read() as session:
        return session.exec(select(Counter.value).where(Counter.name == name)).first() or 0


def notices(world: World) -> list[Notice]:
    with world.database.read() as session:
        return list(session.exec(select(Notice)))
