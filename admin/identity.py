"""Who is logged in: a member, as Flask-Security sees one."""

from datetime import datetime

from flask_security import UserMixin
from sqlmodel import SQLModel

from models import Member, Role
from models.base import table_of


class Login(UserMixin):
    """A member as Flask-Security sees one. A second class on the members' table (`_map`), so that
    the tables stay free of Flask; its attributes are models.Member's.
    """

    id: int
    organization_id: int
    email: str
    name: str
    role: Role
    password: str
    active: bool
    fs_uniquifier: str
    access_until: datetime | None
    program_id: int | None
    failed_log_ins: int
    locked_until: datetime | None

    roles = ()  # type: ignore[assignment]  # the library's; `role` alone decides, in admin.access


def _map() -> None:
    table = table_of(Member)
    SQLModel._sa_registry.map_imperatively(Login, table)


_map()
