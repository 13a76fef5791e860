"""A database that is older than what was published of it sends nothing until an owner confirms."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from compliance import notes
from models import (
    AuditEvent,
    AuditKind,
    BroadcastStatus,
    Checkpoint,
    LogLeaf,
    Organization,
    Program,
    Role,
    Unsealed,
)
from models.database import Database
from scheduler import published
from scheduler.sealing import keep_log
from settings import Settings
from tests.conftest import make_settings
from tests.integration.admin.desk import Desk, words
from tests.world import World


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


@pytest.fixture
def settings(world: World) -> Settings:
    return make_settings(world.database.engine.url.render_as_string(hide_password=False))


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


class Backup:
    """A copy of the database file, which can be put back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._file = Path(database.engine.url.database or "")
        self._checkpoint()
        self._content = self._file.read_bytes()

    def put_back(self) -> None:
        self._checkpoint()
        self._database.dispose()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        self._file.write_bytes(self._content)

    def _checkpoint(self) -> None:
        with self._database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")


def organization(world: World) -> Organization:
    with world.database.read() as session:
        return session.get_one(Organization, world.organization_id)


def lose_a_stop(world: World, settings: Settings) -> Backup:
    """Join, back up, STOP, restore: the database no longer knows the STOP; its file does."""
    world.text("+12025550101", "JOIN")
    keep_log(world.database, settings, world.now)
    backup = Backup(world.database)
    world.text("+12025550101", "STOP")
    keep_log(world.database, settings, world.now)
    backup.put_back()
    return backup


def test_a_restored_database_is_halted_shown_and_confirmed(
    world: World, settings: Settings, desk: Desk
) -> None:
    lose_a_stop(world, settings)
    keep_log(world.database, settings, world.now)
    halted = organization(world)
    assert halted.halted_at == world.now
    assert halted.halted_why is not None
    assert "3 entries of the log were published, and this database has 2" in halted.halted_why
    for page in ("/", "/broadcasts", "/settings"):
        assert "Nothing is sent. 3 entries of the log were published" in words(desk.get(page))
    assert "Go on from this database" in desk.get("/restored").text
    assert desk.post("/restored").status_code == 302
    assert "Confirmed. Sending goes on" in words(desk.get("/restored"))
    assert organization(world).halted_at is None

    keep_log(world.database, settings, world.now)
    assert organization(world).halted_at is None
    with world.database.read() as session:
        act = session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.restored)).one()
        newest = session.exec(select(Checkpoint.note).where(Checkpoint.tree_size == 3)).one()
    assert act.member_id == world.member_id
    assert (act.subject["published_size"], act.subject["size"]) == (3, 2)
    assert published.read(settings.checkpoint_path) == {world.organization_id: newest}


def test_while_it_is_halted_nothing_is_sealed_and_the_file_stays(
    world: World, settings: Settings
) -> None:
    lose_a_stop(world, settings)
    before = settings.checkpoint_path.read_bytes()
    world.text("+12025550102", "JOIN")
    for _ in range(3):
        keep_log(world.database, settings, world.now)
    with world.database.read() as session:
        assert len(session.exec(select(LogLeaf)).all()) == 2
        assert len(session.exec(select(Unsealed)).all()) == 1
    assert settings.checkpoint_path.read_bytes() == before


def test_nothing_is_sent_until_it_is_confirmed(
    world: World, settings: Settings, desk: Desk
) -> None:
    lose_a_stop(world, settings)
    keep_log(world.database, settings, world.now)
    broadcast = world.order()
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.scheduled
    desk.get("/restored")
    desk.post("/restored")
    world.fire(broadcast)
    assert world.broadcast(broadcast.id).status is BroadcastStatus.sending


def test_one_confirmation_is_not_for_another_loss(
    world: World, settings: Settings, desk: Desk
) -> None:
    lose_a_stop(world, settings)
    keep_log(world.database, settings, world.now)
    desk.get("/restored")
    desk.post("/restored")
    keep_log(world.database, settings, world.now)
    confirmed = Backup(world.database)
    world.text("+12025550103", "JOIN")
    keep_log(world.database, settings, world.now)
    confirmed.put_back()
    keep_log(world.database, settings, world.now)
    assert organization(world).halted_at is not None


def test_a_log_that_grew_differently_is_noticed(world: World, settings: Settings) -> None:
    """As large as what was published, but not the same: the back-up was used without the file."""
    world.text("+12025550101", "JOIN")
    keep_log(world.database, settings, world.now)
    backup = Backup(world.database)
    world.text("+12025550102", "JOIN")
    keep_log(world.database, settings, world.now)
    kept = settings.checkpoint_path.read_bytes()
    backup.put_back()
    settings.checkpoint_path.unlink()
    for phone in ("+12025550103", "+12025550104"):
        world.text(phone, "JOIN")
        keep_log(world.database, settings, world.now)
    assert organization(world).halted_at is None
    settings.checkpoint_path.write_bytes(kept)
    keep_log(world.database, settings, world.now)
    why = organization(world).halted_why
    assert why == "The first 3 entries of the log are not those that were published."


def test_a_file_that_lags_behind_is_no_reason_to_halt(world: World, settings: Settings) -> None:
    world.text("+12025550101", "JOIN")
    keep_log(world.database, settings, world.now)
    lagging = settings.checkpoint_path.read_bytes()
    world.text("+12025550101", "STOP")
    keep_log(world.database, settings, world.now)
    newest = settings.checkpoint_path.read_bytes()
    assert newest != lagging
    settings.checkpoint_path.write_bytes(lagging)
    keep_log(world.database, settings, world.now)
    assert organization(world).halted_at is None
    assert settings.checkpoint_path.read_bytes() == newest


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"checkpoints": {"1": "no note"}}', "\xff"])
def test_a_file_that_cannot_be_read_is_not_written_over(
    world: World, settings: Settings, content: str
) -> None:
    settings.checkpoint_path.write_text(content, encoding="latin-1")
    world.text("+12025550101", "JOIN")
    keep_log(world.database, settings, world.now)
    assert settings.checkpoint_path.read_text(encoding="latin-1") == content
    with world.database.read() as session:
        assert session.exec(select(Checkpoint)).all() == []
    with pytest.raises(published.BadFile, match=r"checkpoints\.json does not hold"):
        published.read(settings.checkpoint_path)


def test_the_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "new" / "checkpoints.json"
    note = notes.checkpoint_text("a", 1, bytes(32)) + "\n— a AAAA\n"
    published.write(path, {2: note, 1: note})
    assert published.read(path) == {1: note, 2: note}
    with pytest.raises(TypeError):
        published.write(path, {1: object()})  # type: ignore[dict-item]
    assert list(path.parent.iterdir()) == [path]
    assert json.loads(path.read_text())["checkpoints"]["1"] == note


def test_a_promoter_sees_it_and_cannot_confirm(
    world: World, settings: Settings, desk: Desk
) -> None:
    lose_a_stop(world, settings)
    keep_log(world.database, settings, world.now)
    desk.sit_down(desk.colleague(Role.promoter))
    page = desk.get("/restored")
    assert "An owner of Neon Nights can confirm here." in words(page)
    assert "Go on from this database" not in page.text
    assert desk.post("/restored").status_code == 403
    assert organization(world).halted_at is not None


def test_confirming_when_nothing_is_halted_records_nothing(world: World, desk: Desk) -> None:
    assert "Nothing is halted" in words(desk.get("/restored"))
    desk.get("/account")
    assert desk.post("/restored").status_code == 302
    with world.database.read() as session:
        assert session.exec(select(AuditEvent)).all() == []


def test_another_organization_is_not_halted(world: World, settings: Settings) -> None:
    other = world.another_organization()
    with world.database.write() as session:
        session.add(Unsealed(organization_id=other, leaves=b"theirs"))
    lose_a_stop(world, settings)
    keep_log(world.database, settings, world.now)
    with world.database.read() as session:
        assert session.get_one(Organization, other).halted_at is None


# -- the public addresses -------------------------------------------------------------------------


def test_the_checkpoint_and_its_keys_are_public(
    world: World, settings: Settings, desk: Desk
) -> None:
    slug = slug_of(world)
    anybody = desk.app.test_client()
    assert anybody.get(f"/p/{slug}/checkpoint").status_code == 404
    assert anybody.get("/p/nothing/checkpoint").status_code == 404
    assert anybody.get("/p/nothing/keys").status_code == 404
    world.text("+12025550101", "JOIN")
    keep_log(world.database, settings, world.now)
    lose_the_secret = make_settings(settings.database_url, secret_key="y" * 32)
    world.text("+12025550101", "STOP")
    keep_log(world.database, lose_the_secret, world.now)
    answer = anybody.get(f"/p/{slug}/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    page = anybody.get(f"/p/{slug}/keys").text
    keys = [notes.parse_vkey(line) for line in page.splitlines() if not line.startswith("#")]
    assert len(keys) == 2
    assert page.count("retired") == 1
    stated = notes.parse_checkpoint(notes.verify(answer.text, keys))
    assert (stated.origin, stated.size) == (f"marquee.test/{world.organization_id}", 3)


def slug_of(world: World) -> str:
    with world.database.read() as session:
        return session.exec(select(Program.slug)).one()


def test_an_organization_that_is_gone_is_left_in_the_file(world: World, settings: Settings) -> None:
    note = notes.checkpoint_text("elsewhere/99", 5, bytes(32)) + "\n— a AAAA\n"
    published.write(settings.checkpoint_path, {99: note})
    world.text("+12025550101", "JOIN")
    keep_log(world.database, settings, world.now)
    assert published.read(settings.checkpoint_path).keys() == {99, world.organization_id}
