"""Installations on both databases, and the seed of each test, which a failure prints."""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults import checker
from tests.faults.processes import Installation
from tests.faults.rows import Watch
from tests.faults.seeds import FULL, Chance, new_seed

Install = Callable[[int], Installation]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests measure time and load the machine: one after the other, in one process."""
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("faults"))
            item.add_marker(pytest.mark.timeout(3 * 3600 if FULL else 300))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, object, None]:
    """Print the seed of a failure, and how to run it again."""
    outcome = yield
    chance = getattr(item, "funcargs", {}).get("chance")
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and isinstance(chance, Chance):
        words = f"seed {chance.seed_number}; again: {chance.how_to_repeat(item.nodeid)}"
        report.sections.append(("Seed", words))


@pytest.fixture
def chance() -> Chance:
    """Where a test's accidents come from."""
    return Chance(new_seed())


class Databases:
    """Databases with a demo organization and so many subscribers: made once, then copied."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server = folder, server
        self._templates: dict[tuple[str, int], str] = {}
        self._made: list[str] = []

    def fresh(self, kind: str, people: int, folder: Path) -> str:
        """The address of a database of the test's own."""
        template = self._templates.get((kind, people))
        if template is None:
            template = self._templates[kind, people] = self._found(kind, people)
        if kind == "sqlite":
            copy = folder / "marquee.sqlite3"
            shutil.copy(template, copy)
            return f"sqlite:///{copy}"
        return self._create(template)

    def _found(self, kind: str, people: int) -> str:
        home = self._folder / f"{kind}-{people}"
        home.mkdir()
        name = f"sqlite:///{home}/marquee.sqlite3" if kind == "sqlite" else self._create(None)
        with Installation(home, name) as installation:
            installation.found(people)
        if kind != "sqlite":
            return name
        path = name.removeprefix("sqlite:///")
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return path

    def _create(self, template: str | None) -> str:
        name = f"marquee_faults_{uuid.uuid4().hex[:12]}"
        like = f"TEMPLATE {urlsplit(template).path[1:]}" if template else ""
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} {like}")  # type: ignore[arg-type]
        self._made.append(name)
        return database_url(self._server, name)

    def drop(self) -> None:
        if self._made:
            with psycopg.connect(self._server, autocommit=True) as server:
                for name in self._made:
                    server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def database_url(server: str, name: str) -> str:
    """The address of a database on the server that `server` names with another one."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def databases(
    postgresql_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    server = postgresql_server.replace("postgresql+psycopg:", "postgresql:")
    made = Databases(tmp_path_factory.mktemp("faults"), server)
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database; every test that takes it runs on both."""
    return str(request.param)


@pytest.fixture
def install(kind: str, databases: Databases, tmp_path: Path, chance: Chance) -> Iterator[Install]:
    """Makes an installation with so many subscribers; the balance is watched all the while."""
    with ExitStack() as stack:

        def make(people: int) -> Installation:
            url = databases.fresh(kind, people, tmp_path)
            made = stack.enter_context(Installation(tmp_path, url, seed=chance.seed_number))
            stack.enter_context(Watch(lambda: checker.check_balance(made.rows)))
            return made

        yield make
