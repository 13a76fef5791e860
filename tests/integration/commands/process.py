"""Real processes of the product, for tests: started, listened to, and known by a mark.

Each process that descends from one carries the same variable in its environment, so a test can
say that nothing was left behind.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
MARQUEE = str(BIN / "marquee")
_MARK = "MARQUEE_TEST_RUN"


def eventually(condition: Callable[[], object], seconds: float = 30, what: str = "") -> None:
    """Wait until `condition` holds, at most so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "it did not happen in time"
        time.sleep(0.02)


def clean_environment(**more: str) -> dict[str, str]:
    """What a process needs to be started at all, with no setting but those given."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = f"{BIN}:{os.environ.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "PYTHONPATH": str(ROOT)} | more


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, path: str) -> tuple[int, str]:
    """Status (0: no answer) and body of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def _is_deaf_to_hang_up() -> bool:
    """Whether the tests were started by `nohup`, which all their processes would inherit."""
    return signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def _hear_hang_up() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A command of the product in a session of its own, as a terminal would start it."""

    def __init__(
        self, command: Sequence[str] | str, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._arrived = threading.Condition()
        self._text = ""
        self._process = subprocess.Popen(
            command,
            shell=isinstance(command, str),
            cwd=folder,
            env={**environment, _MARK: self._mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            preexec_fn=_hear_hang_up if _is_deaf_to_hang_up() else None,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(10)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._arrived:
                self._text += line
                self._arrived.notify_all()
        with self._arrived:
            self._arrived.notify_all()

    @property
    def output(self) -> str:
        with self._arrived:
            return self._text

    def says(self, words: str, seconds: float = 60) -> None:
        """Wait until the output holds `words`."""
        with self._arrived:
            self._arrived.wait_for(
                lambda: words in self._text or not self._reader.is_alive(), seconds
            )
            assert words in self._text, self._text

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """To the started process only, or to its group as Ctrl-C does."""
        (os.killpg if group else os.kill)(self._process.pid, number)

    def ends(self, seconds: float = 20) -> int:
        """Wait for the end; the exit code."""
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        return code

    @property
    def pid(self) -> int:
        """Of the started process itself."""
        return self._process.pid

    def processes(self) -> dict[int, str]:
        """Those that are alive and descend from this one: process id to command line."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdecimal():
                continue
            try:
                marked = f"{_MARK}={self._mark}".encode() in (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, UnicodeDecodeError):
                continue  # gone meanwhile, or not ours to read
            if marked and command:
                found[int(folder.name)] = command
        return found

    def leaves_nothing(self) -> None:
        """Wait until no descendant is alive."""
        eventually(lambda: not self.processes(), what=f"left behind: {self.processes()}")
