"""The countries by which a file's numbers are read are those of when it was given, to its end: they
decide which rows are refused, and so in which order the rows are taken."""

import pytest
from sqlmodel import col, select

from models import RefusedRow, migrate, number_files
from models.number_files import take
from tests.integration.test_number_parts import PHONES, kept, parts
from tests.world import World


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_files, "PART", 7)
    monkeypatch.setattr(number_files, "RUN", 16)


def test_a_file_is_read_to_the_end_by_the_countries_of_when_it_was_given(world: World) -> None:
    """What is refused stands first in a run: with more countries those rows would change places."""
    file_id = abroad(world)
    world.change_program(regions="US CA")
    taken_as_given(world, file_id)


def test_a_file_that_is_under_way_during_an_upgrade_goes_on_with_what_the_program_serves(
    world: World,
) -> None:
    file_id = abroad(world)
    migrate.downgrade(world.database, "0022")
    migrate.upgrade(world.database)
    world.change_program(regions="US CA")
    taken_as_given(world, file_id)


def abroad(world: World) -> int:
    """A file of a program for the United States, whose first part is taken: Canadian numbers."""
    world.change_program(regions="US")
    canadian = [f"+1416555{number:04d}" for number in range(7)]
    file_id = kept(world, "\n".join([*PHONES[:7], *canadian]))
    assert parts(world, file_id, 1).refused == 7
    return file_id


def taken_as_given(world: World, file_id: int) -> None:
    done = take(world.database, file_id, lambda: world.now)
    assert (done.rows, done.taken, done.refused) == (14, 7, 7)
    assert all(world.states(phone) for phone in PHONES[:7])
    with world.database.read() as session:
        rows = session.exec(select(RefusedRow.row).order_by(col(RefusedRow.row))).all()
    assert rows == list(range(8, 15))
