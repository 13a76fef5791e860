"""A member at a browser without JavaScript: real forms, real tokens, real cookies."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

from flask import Flask
from sqlmodel import select
from werkzeug.test import TestResponse

from admin.passwords import hash_password
from models import Member, Role
from models.database import Database
from tests.world import World

PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD)
TOKEN = re.compile(r'name="csrf(?:_|-)token" (?:value|content)="([^"]+)"')


class Browser:
    """Keeps cookies and the last form's token, as a browser does."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = ""

    def get(self, address: str, **more: Any) -> TestResponse:
        page = self.client.get(address, **more)
        if found := TOKEN.search(page.text):
            self.token = unescape(found.group(1))
        return page

    def post(self, address: str, fields: dict[str, Any] | None = None) -> TestResponse:
        """Send a form with the token of the page that was looked at last."""
        return self.client.post(address, data={"csrf_token": self.token, **(fields or {})})

    def log_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        self.get("/login")
        answer = self.post("/login", {"email": email, "password": password})
        if answer.status_code == 302:
            self.get("/account")
        return answer


def add_member(
    database: Database, organization_id: int, email: str, role: Role = Role.owner
) -> int:
    """A member who can log in with PASSWORD; the id."""
    with database.write() as session:
        member = Member(
            organization_id=organization_id,
            email=email,
            name=email.split("@")[0],
            role=role,
            password=HASH,
            fs_uniquifier=email,
            created_at=datetime.now(UTC),
        )
        session.add(member)
        session.flush()
        return member.id


def limit(world: World, **values: object) -> None:
    """Limit the one auditor of an organization, e.g. to a program or a time."""
    with world.database.write() as session:
        member = session.exec(select(Member).where(Member.role == Role.auditor)).one()
        for name, value in values.items():
            setattr(member, name, value)
        session.add(member)
