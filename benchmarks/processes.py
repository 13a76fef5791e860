"""Starts processes as a user would, keeps what they print, and ends every one of them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[1]
_GRACE_SECONDS = 20.0


class Failed(Exception):
    """A process or a measurement went wrong; one sentence that says what to look at."""


class Processes:
    """Processes that end with the `with` block, also on an error. Output goes to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
        """Start one; its process id."""
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(env) if env is not None else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append((name, process))
        return process.pid

    def wait_for(
        self, is_ready: Callable[[], bool], what: str, seconds: float = 60, every: float = 0.02
    ) -> None:
        """Wait for a condition, asked for `every` so many seconds; Failed when a process ends
        before it, or time is over."""
        end = time.monotonic() + seconds
        while not is_ready():
            self.check()
            if time.monotonic() > end:
                raise Failed(f"{what} did not come in {seconds:.0f} s; see {self._folder}.")
            time.sleep(every)

    def check(self) -> None:
        """Failed if one has ended by itself."""
        for name, process in self._running:
            if process.poll() is not None:
                words = self._log(name).read_text(errors="replace").strip().splitlines()
                last = words[-1] if words else "it printed nothing"
                raise Failed(f"{name} ended with code {process.returncode}: {last}")

    def stop(self) -> None:
        """Ask all to end, the newest first, and kill what does not."""
        for _, process in reversed(self._running):
            process.terminate()
        end = time.monotonic() + _GRACE_SECONDS
        for _, process in reversed(self._running):
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on this port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def peak_memory(pid: int) -> float:
    """The most memory that a process has had resident, in MB (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise Failed("This system does not say how much memory a process uses.")


def beside_python(name: str) -> str:
    """A command of this virtual environment, e.g. "marquee"."""
    found = Path(sys.executable).parent / name
    if not found.exists():
        raise Failed(f"{name} is not installed here. Run: make bench")
    return str(found)


def inherited() -> dict[str, str]:
    """What a process needs of our environment: no setting of Marquee that happens to be there."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
