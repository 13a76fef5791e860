"""The two programs in C, built from benchmarks/native/: the carrier and the load."""

import json
import os
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checker import Sent, read_journal
from benchmarks.processes import Failed, Processes, answers, free_port

_SOURCES = Path(__file__).parent / "native"
_PROGRAMS = {"carrier": ("carrier.c", "answers.c"), "load": ("load.c",)}


@dataclass(frozen=True, slots=True)
class Load:
    """What the load measured: answers, seconds, answers a second, latencies in ms."""

    sent: int
    seconds: float
    rate: float
    errors: int
    p50: float
    p95: float
    p99: float
    max: float
    statuses: dict[str, int]


def build(folder: Path) -> None:
    """Compile what is older than its source; Failed if the compiler refuses."""
    for name, sources in _PROGRAMS.items():
        files = [str(_SOURCES / source) for source in sources]
        program = folder / name
        newest = max(Path(file).stat().st_mtime for file in files)
        if program.exists() and program.stat().st_mtime > newest:
            continue
        command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), *files]
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Failed("The carrier cannot be built: a C compiler is needed.") from error


class Carrier:
    """The carrier on a port of its own, as one of `processes`; answers after `latency_ms`."""

    def __init__(self, processes: Processes, folder: Path, latency_ms: int = 0) -> None:
        self.port, self._journal = free_port(), folder / "carrier.journal"
        command = [str(folder / "carrier"), str(self.port), str(latency_ms), str(self._journal)]
        self.pid = processes.start("carrier", command)
        processes.wait_for(lambda: answers(self.port), "the carrier")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sent(self) -> list[Sent]:
        """What was accepted up to 0.1 s ago, oldest first; all of it once it was stopped."""
        return read_journal(self._journal.read_text())

    def count(self) -> int:
        """How many were accepted up to 0.1 s ago."""
        return self._journal.read_bytes().count(b"\n") if self._journal.exists() else 0


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """The file of requests that `run_load` sends."""
    with path.open("wb") as file:
        for request in requests:
            file.write(struct.pack("<I", len(request)) + request)


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A POST of a form, as bytes on the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(path: str) -> bytes:
    """A GET, as bytes on the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def run_load(
    folder: Path,
    port: int,
    requests: Path,
    *,
    connections: int,
    rate: float = 0,
    seconds: float = 120,
) -> Load:
    """Send the requests to a port of loopback: as fast as answers come, or at `rate` a second."""
    # What was written or taken away before, these files first of all, is on the disk by then: else
    # its flush, seconds later, would hold a commit up for 40 to 80 ms.
    os.sync()
    numbers = [str(number) for number in (port, connections, rate, seconds)]
    command = [str(folder / "load"), *numbers, str(requests)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"The load ended with code {done.returncode}: {done.stderr.strip()}")
    return Load(**json.loads(done.stdout))
