"""A large log: the package needs bounded memory, and is whole while events pour in."""

import gc
import threading
import tracemalloc
from pathlib import Path

from admin.audit_package import export as package
from tests.integration.audit.conftest import SIGNING, make, seal_all, verify
from tests.integration.audit.crowds import join_in_bulk
from tests.world import World

MEGABYTE = 1 << 20


def peak_of_export(world: World, out: Path) -> int:
    """The most memory that Python held at once while exporting, in bytes above the start."""
    gc.collect()
    tracemalloc.start()
    try:
        make(world.database, world, out)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_twenty_thousand_events_need_no_more_memory_than_a_few_thousand(
    sqlite_world: World, tmp_path: Path
) -> None:
    join_in_bulk(sqlite_world, 5_000)
    seal_all(sqlite_world)
    few = peak_of_export(sqlite_world, tmp_path / "few.zip")
    join_in_bulk(sqlite_world, 15_000, first=6_000)
    seal_all(sqlite_world)
    many = peak_of_export(sqlite_world, tmp_path / "many.zip")
    assert many < few + 4 * MEGABYTE, (few, many)
    verdict = verify(tmp_path / "many.zip")
    assert verdict.code == 0, verdict.text
    assert "20,000 rows of events.jsonl" in verdict.text


def test_a_package_is_whole_while_events_pour_in(world: World, tmp_path: Path) -> None:
    join_in_bulk(world, 12_000)
    seal_all(world)
    out = tmp_path / "package.zip"
    poured, go_on = threading.Event(), threading.Event()

    def pour() -> None:
        """Between two batches of the export: people join and leave, and the clock seals."""
        go_on.wait(110)
        for phone in world.crowd(20):
            world.text(phone, "STOP")
        seal_all(world)
        poured.set()

    def advance(_done: int, _all: int) -> None:
        go_on.set()
        assert poured.wait(60)

    writer = threading.Thread(target=pour)
    writer.start()
    with out.open("w+b") as file:
        summary = package.export(world.database, SIGNING, 1, file, world.now, advance=advance)
    writer.join(30)
    assert summary.events == 12_000
    verdict = verify(out)
    assert verdict.code == 0, verdict.text
    later = make(world.database, world, tmp_path / "later.zip")
    assert "12,040 rows of events.jsonl" in verify(later).text
