"""A PostgreSQL whose operator set for everybody what our work does not expect, or put a pooler in
front of it: nothing changes for those who text."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import col, func, select

from models import Delivery, DeliveryStatus, Subscriber
from models.database import Database
from scheduler.drivers import connect
from tests.conftest import make_settings
from tests.fake_provider import FakeProvider
from tests.hosts import Hosts, wait_for
from tests.pooler import pooled
from tests.webhook_client import INBOUND, post, text_form
from tests.world import World
from wsgi import create_app

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@contextmanager
def set_for_all(database: Database, setting: str, value: str) -> Iterator[None]:
    """New connections find the setting so."""
    name = database.engine.url.database
    admin = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET {setting} = '{value}'"))
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {name} RESET {setting}"))
    admin.dispose()


def _address(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_who_waited_for_another_sees_what_that_one_committed(world: World, level: str) -> None:
    with set_for_all(world.database, "default_transaction_isolation", level):
        other = Database(_address(world.database))
        for write in (other.write, other.write_by_key):
            with write() as late:
                before = late.scalar(select(func.count()).select_from(Subscriber)) or 0
                world.text(f"+1202555{before:04d}", "JOIN")
                after = late.scalar(select(func.count()).select_from(Subscriber))
                assert after == before + 1
        other.dispose()


def test_times_are_understood_however_the_server_writes_them(world: World) -> None:
    world.crowd(1)
    with set_for_all(world.database, "DateStyle", "German, DMY"):
        other = Database(_address(world.database))
        for transaction in (other.read, other.write, other.write_by_key):
            with transaction() as session:
                assert session.scalar(select(Subscriber.created_at)) == world.now
        other.dispose()


def test_texts_behind_a_pooler_are_answered_by_every_process(world: World) -> None:
    with pooled(_address(world.database)) as url:
        processes = [Database(url) for _ in range(2)]
        apps = [create_app(make_settings(url), database) for database in processes]
        codes = [
            post(app, INBOUND, text_form(f"+1202555{number:02d}{place:02d}", words)).status_code
            for number in range(7)
            for place, app in enumerate(apps)
            for words in ("JOIN", "STOP" if place else "HELP")
        ]
        assert codes == [200] * 28
        for database in processes:
            database.dispose()


def test_questions_beside_the_engine_are_the_same_behind_a_pooler(world: World) -> None:
    with pooled(_address(world.database)) as url:
        behind = Database(url)
        one, other = connect(behind), connect(behind)
        for number in range(12):
            assert one.execute("SELECT %s + 1", [number]).fetchone() == (number + 1,)
            assert other.execute("SELECT %s + 2", [number]).fetchone() == (number + 2,)
        one.close()
        other.close()
        behind.dispose()


def test_a_broadcast_goes_out_behind_a_pooler(world: World) -> None:
    world.crowd(12)
    with pooled(_address(world.database)) as url:
        direct, world.database = world.database, Database(url)
        hosts = Hosts(world, FakeProvider())
        world.database.dispose()
        world.database = direct
        try:
            world.fire(world.order())
            wait_for(lambda: _accepted(direct) == 12, seconds=60)
        finally:
            hosts.end()


def _accepted(database: Database) -> int | None:
    with database.read() as session:
        accepted = col(Delivery.status) == DeliveryStatus.accepted
        return session.scalar(select(func.count()).select_from(Delivery).where(accepted))
