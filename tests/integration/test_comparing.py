"""A restored back-up is noticed by whatever process begins first, on both databases."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel
from sqlmodel import select as pick

from models import Heartbeat, Organization, Unsealed
from models.database import Database
from models.operations import beat
from scheduler import answers, comparing, notices, published
from scheduler.clock import Clock
from scheduler.comparing import wait_until_compared
from scheduler.sealing import keep_log
from scheduler.sender import work_in_loop
from settings import Settings
from tests.conftest import APPEND_ONLY
from tests.fake_provider import FakeProvider
from tests.integration.test_notices import sign_up
from tests.sending import send_all
from tests.world import World

PHONE = "+12025550101"


class Backup:
    """Every row of a database, which can be put back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.read() as session:
            self._rows = {
                table: [dict(row) for row in session.execute(select(table)).mappings()]
                for table in SQLModel.metadata.sorted_tables
            }

    def put_back(self) -> None:
        with self._database.engine.begin() as connection, unprotected(connection):
            for table in reversed(self._rows):
                connection.execute(table.delete())
            for table, rows in self._rows.items():
                if rows:
                    connection.execute(insert(table), rows)


@contextmanager
def unprotected(connection: Any) -> Iterator[None]:
    """Without the triggers that keep what is proof, as a restored file never met them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        for table in APPEND_ONLY:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        for table in APPEND_ONLY:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    made = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    ).all()
    for name, _ in made:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, sql in made:
        connection.exec_driver_sql(sql)


def lose(world: World, settings: Settings, *words: str) -> None:
    """Join, back up, live on, restore: the database no longer knows what came after it."""
    world.text(PHONE, "JOIN")
    keep_log(world.database, settings, world.now)
    backup = Backup(world.database)
    for number, word in enumerate(words):
        world.text(f"+1202555010{number + 1}", word)
    keep_log(world.database, settings, world.now)
    backup.put_back()


def halted(world: World) -> dict[int, bool]:
    with world.database.read() as session:
        rows = session.exec(pick(Organization.id, Organization.halted_at))
        return {key: at is not None for key, at in rows}


def wait(world: World, settings: Settings, stop: threading.Event | None = None) -> bool:
    return wait_until_compared(world.database, settings, stop or threading.Event())


@pytest.mark.parametrize("words", [("STOP",), ("STOP", "JOIN", "JOIN")])
def test_a_process_that_only_sends_notices_it_before_it_begins(
    world: World, settings: Settings, words: tuple[str, ...]
) -> None:
    """Also when the file is newer by one leaf only. It refuses until somebody confirms."""
    lose(world, settings, *words)
    world.fire(world.order())
    assert wait(world, settings)
    assert halted(world) == {world.organization_id: True}
    provider = FakeProvider()
    send_all(world, provider, 3)
    assert provider.asked == []
    with world.database.write() as session:
        session.get_one(Organization, world.organization_id).halted_at = None
    send_all(world, provider, 3)
    assert [message.to for message in provider.taken] == [PHONE]


def test_each_organization_is_compared_by_itself(world: World, settings: Settings) -> None:
    other = world.another_organization()
    with world.database.write() as session:
        session.add(Unsealed(organization_id=other, leaves=b"theirs"))
    lose(world, settings, "STOP")
    assert wait(world, settings)
    assert halted(world) == {world.organization_id: True, other: False}


def test_both_are_halted_when_both_have_lost_something(world: World, settings: Settings) -> None:
    other = world.another_organization()
    keep_log(world.database, settings, world.now)
    backup = Backup(world.database)
    with world.database.write() as session:
        session.add(Unsealed(organization_id=other, leaves=b"theirs"))
    world.text(PHONE, "JOIN")
    keep_log(world.database, settings, world.now)
    backup.put_back()
    assert wait(world, settings)
    assert halted(world) == {world.organization_id: True, other: True}


def test_the_first_start_of_all_needs_no_file(world: World, settings: Settings) -> None:
    assert wait(world, settings)


def test_without_the_file_a_sender_waits_for_a_scheduler_that_has_it(
    world: World, settings: Settings
) -> None:
    """A sign of life from before the sender began may come out of the back-up."""
    world.text(PHONE, "JOIN")
    keep_log(world.database, settings, world.now)
    settings.checkpoint_path.unlink()
    with world.database.write() as session:
        beat(session, comparing.HEARTBEAT, datetime.now(UTC) - timedelta(seconds=1))
    done, stop = threading.Event(), threading.Event()

    def begin() -> None:
        if wait(world, settings, stop):
            done.set()

    sender = threading.Thread(target=begin)
    sender.start()
    try:
        assert not done.wait(1.5)
        clock = Clock(world.database, settings)
        clock.seal()
        assert done.wait(10)
    finally:
        stop.set()
        sender.join(10)


def test_a_file_that_cannot_be_read_keeps_a_sender_waiting_until_it_is_told_to_stop(
    world: World, settings: Settings
) -> None:
    settings.checkpoint_path.write_text("{}")
    stop = threading.Event()
    sender = threading.Thread(target=work_in_loop, args=(settings, world.database, stop))
    sender.start()
    stop.set()
    sender.join(10)
    assert not sender.is_alive()
    assert not wait(world, settings, stop)


def test_a_clock_that_could_not_compare_sends_no_notices(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = FakeProvider()
    clock = Clock(world.database, settings)
    monkeypatch.setattr(
        clock.errands, "_with_provider", lambda work: asyncio.run(work(provider)), raising=True
    )
    world.now = datetime.now(UTC)
    sign_up(world, PHONE)
    settings.checkpoint_path.write_text("{}")
    clock.seal()
    clock.errands.send_notices()
    assert provider.asked == []
    settings.checkpoint_path.unlink()
    clock.seal()
    clock.errands.send_notices()
    assert len(provider.taken) == 1
    with world.database.read() as session:
        assert session.get(Heartbeat, comparing.HEARTBEAT) is not None


def test_a_halted_organization_forwards_no_answers(world: World, settings: Settings) -> None:
    """The back-up does not know that they went out already."""
    world.text(PHONE, "JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    with world.database.write() as session:
        session.execute(
            text("UPDATE delivery SET status = 'delivered', submitted_at = :now"),
            {"now": world.now if world.database.is_postgresql else f"{world.now:%F %T.%f}"},
        )
    world.text(PHONE, "What time do the doors open?")
    with world.database.write() as session:
        assert answers.are_due(session, world.now)
        session.get_one(Organization, world.organization_id).halted_at = world.now
    with world.database.write() as session:
        assert not answers.are_due(session, world.now)
        assert answers.claim_letters(session, world.now) == []
        assert not notices.are_due(session, world.now)
    assert published.read(settings.checkpoint_path) == {}
