"""Somebody who owns the database, a log to tamper with, and the command that finds it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import col, select

from admin.commands import marquee
from compliance import merkle
from models import AuditKind, Delivery
from models.leaves import note_act, submission_leaf
from models.log import Unsealed
from models.sealing import seal
from tests.conftest import APPEND_ONLY, make_settings, set_environment
from tests.world import World

SECRET = "x" * 32
KEYS = {"log_leaf": "leaf_index"}


class Forger:
    """Owns the database: drops what protects it, and writes what it likes."""

    def __init__(self, world: World) -> None:
        self.world, self.database = world, world.database
        if self.database.is_postgresql:
            with self.database.engine.begin() as connection:
                for table in APPEND_ONLY:
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            return
        triggers = self("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers:
            self(f"DROP TRIGGER {name}")

    def __call__(self, sql: str, *values: Any) -> list[Any]:
        if self.database.is_postgresql:
            with self.database.engine.begin() as connection:
                connection.execute(text("SET session_replication_role = replica"))
                done = connection.exec_driver_sql(sql.replace("?", "%s"), values)
                rows = [tuple(row) for row in done] if done.returns_rows else []
                connection.execute(text("SET session_replication_role = DEFAULT"))
                return rows
        with sqlite3.connect(self.database.engine.url.database or "") as raw:
            return raw.execute(sql, values).fetchall()

    def copy(self, table: str, key: int, **changes: Any) -> None:
        """Insert a row like the one with this key."""
        names = [name for name, *_ in self._columns(table)]
        values = [f"'{changes[n]}'" if n in changes else f'"{n}"' for n in names]
        columns = ", ".join(f'"{name}"' for name in names)
        where = f'"{KEYS.get(table, "id")}" = {key}'
        self(f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {table} "
             f"WHERE {where}")  # fmt: skip

    def _columns(self, table: str) -> list[Any]:
        return self(f"SELECT name FROM pragma_table_info('{table}')")

    def rehash(self, index: int) -> None:
        """Make a leaf's hash fit its content."""
        ((leaf,),) = self("SELECT leaf FROM log_leaf WHERE leaf_index = ?", index)
        self(
            "UPDATE log_leaf SET leaf_hash = ? WHERE leaf_index = ?",
            merkle.leaf_hash(bytes(leaf)),
            index,
        )


def record(world: World) -> World:
    for step in (("JOIN", "JOIN", "JOIN"), ("STOP", "STOP"), ("START",)):
        for number, word in enumerate(step):
            world.text(f"+1202555010{number}", word)
            world.pass_time(seconds=1)
        seal_now(world)
    broadcast = world.order()
    world.fire(broadcast)
    with world.database.write() as session:
        note_act(session, world.organization_id, AuditKind.exported, world.now, rows=3)
        delivery = session.exec(select(Delivery).order_by(col(Delivery.id))).first()
        assert delivery is not None
        delivery.submitted_at, delivery.attempts, delivery.status = world.now, 1, "delivered"
        delivery.consent_event_id = 1
        session.add(delivery)
        leaf = submission_leaf(delivery.id, 1, broadcast.id, delivery.subscriber_id, 1, world.now)
        session.add(Unsealed(organization_id=world.organization_id, leaves=leaf))
    seal_now(world)
    return world


def seal_now(world: World) -> None:
    with world.database.write() as session:
        seal(session, world.organization_id, "marquee.test", SECRET, world.now)


Verify = Callable[..., tuple[int, str]]


def verifier(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verify:
    """Runs `marquee audit verify` on a world; exit code and output."""

    def run(world: World, *options: str) -> tuple[int, str]:
        url = world.database.engine.url.render_as_string(hide_password=False)
        given = make_settings(url, checkpoint_file=str(tmp_path / "checkpoints.json"))
        set_environment(monkeypatch, given)
        result = CliRunner().invoke(marquee, ["audit", "verify", *options])
        return result.exit_code, result.output

    return run
