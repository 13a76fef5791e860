"""Another file is put in the place of SQLite's under running processes: the old gets nothing."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scheduler.freshness import Freshness, Marker
from tests.conftest import make_settings
from tests.webhook_client import INBOUND, post, text_form
from tests.world import World
from wsgi import create_app

PHONE = "+12125550142"


class Place:
    """The path of a world's database, and a web process on it that has been used."""

    def __init__(self, world: World, folder: Path) -> None:
        self.path, self._backup = Path(str(world.database.engine.url.database)), folder / "backup"
        self.app = create_app(make_settings(f"sqlite:///{self.path}"), world.database)
        assert self.text("JOIN")[0] == 200
        with closing(sqlite3.connect(self.path)) as file:
            file.execute(f"VACUUM INTO '{self._backup}'")

    def text(self, body: str) -> tuple[int, str]:
        """How a text is answered, and its sid."""
        form = text_form(PHONE, body)
        return post(self.app, INBOUND, form).status_code, form["MessageSid"]

    def holds(self, sid: str) -> bool:
        """Whether the text is in the file that is at the path, which is a sound one."""
        with closing(sqlite3.connect(self.path)) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            found = file.execute("SELECT 1 FROM inbound_message WHERE message_sid = ?", (sid,))
            return found.fetchone() is not None

    def put_backup(self) -> None:
        shutil.copy(self._backup, f"{self._backup}-copy")
        Path(f"{self._backup}-copy").replace(self.path)

    def remove_what_is_beside(self) -> None:
        for part in ("-wal", "-shm"):
            self.path.with_name(self.path.name + part).unlink()


@pytest.fixture
def place(sqlite_world: World, tmp_path: Path) -> Place:
    return Place(sqlite_world, tmp_path)


def test_a_stop_goes_into_the_file_that_was_put_there(place: Place) -> None:
    for _ in range(2):
        place.put_backup()
        place.remove_what_is_beside()
        status, sid = place.text("STOP")
        assert status == 200
        assert place.holds(sid)


def test_nothing_is_taken_while_the_changes_of_the_old_file_lie_beside_the_new_one(
    place: Place,
) -> None:
    """SQLite would apply them to the new one, and ruin it."""
    place.put_backup()
    assert [place.text("STOP")[0] for _ in range(2)] == [500, 500]
    place.remove_what_is_beside()
    status, sid = place.text("STOP")
    assert status == 200
    assert place.holds(sid)


def test_a_file_that_is_gone_is_not_made_anew(place: Place) -> None:
    place.path.unlink()
    place.remove_what_is_beside()
    assert [place.text("STOP")[0] for _ in range(2)] == [500, 500]
    assert not place.path.exists()
    place.put_backup()
    status, sid = place.text("STOP")
    assert status == 200
    assert place.holds(sid)


def test_a_sender_hears_of_a_stop_in_the_file_that_was_put_there(
    sqlite_world: World, place: Place
) -> None:
    freshness = Freshness(sqlite_world.database)
    marker = Marker()
    assert freshness.look(marker) is not None
    place.path.unlink()
    place.remove_what_is_beside()
    assert freshness.look(marker) is None
    assert not place.path.exists()
    place.put_backup()
    assert place.text("STOP")[0] == 200
    look = freshness.look(marker)
    assert look is not None
    assert len(look.revoked) == 1
    freshness.close()
