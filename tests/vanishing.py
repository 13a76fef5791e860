"""A host that loses its power: a network namespace of its own, whose loopback goes down.

Nothing that was sent arrives any more then, and nobody is told: no connection is ended or refused.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, make_url, text
from sqlmodel import Session

from models.database import Database
from models.group_commit import GroupCommit

_SET_FLAGS, _IS_UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP, see netdevice(7)


def run(url: str) -> list[dict[str, object]]:
    """What `main` printed, in a namespace with the server of `url` at an address on loopback."""
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    here, there = socket.socketpair()
    command = ["unshare", *as_root, "--net", sys.executable, "-m", __name__, url]
    with (
        here,
        there,
        subprocess.Popen(
            [*command, str(there.fileno())],
            cwd=Path(__file__).parents[1],
            pass_fds=[there.fileno()],
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        there.close()
        try:
            _, fds, _, _ = socket.recv_fds(here, 1, 1)
            assert fds, (
                "A network namespace cannot be had. This test needs root, or a kernel that lets "
                "users make namespaces."
            )
            with _forwarding(socket.socket(fileno=fds[0]), make_url(url)):
                said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    return [json.loads(line) for line in said.splitlines()]


@contextmanager
def _forwarding(listening: socket.socket, server: URL) -> Iterator[None]:
    """Whoever connects to the socket, which is one of the namespace's, reaches the server."""
    folder, port = server.query.get("host"), server.port or 5432
    ends: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.socket(socket.AF_UNIX if folder else socket.AF_INET)
                far.connect(f"{folder}/.s.PGSQL.{port}" if folder else (server.host, port))
                ends.extend((near, far))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=(one, other), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield
    for end in (listening, *ends):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while part := one.recv(65536):
            other.sendall(part)
        other.shutdown(socket.SHUT_WR)


def _loopback(*, up: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, _SET_FLAGS, struct.pack("16sh14x", b"lo", _IS_UP if up else 0))


def main(url: str, parent: socket.socket) -> None:
    """Print what became of three pieces of work, and after how many seconds: one that the host does
    when it vanishes, one that comes then, and one when there is a host again."""
    _loopback(up=True)
    listening = socket.create_server(("127.0.0.1", 0))
    address = make_url(url).difference_update_query(["host"])
    address = address.set(host="127.0.0.1", port=listening.getsockname()[1])
    socket.send_fds(parent, [b"."], [listening.fileno()])
    is_at_work = threading.Event()

    def work(session: Session, items: Sequence[str]) -> Sequence[str]:
        for item in items:
            is_at_work.set()
            session.execute(text("SELECT pg_sleep(3600)" if item == "long" else "SELECT 1"))
        return items

    commit = GroupCommit(Database(address.render_as_string(hide_password=False)), work)

    def submit(item: str) -> None:
        began, answer = time.monotonic(), "done"
        try:
            commit.submit(item)
        except Exception as error:
            answer = type(error).__name__
        seconds = time.monotonic() - began
        print(json.dumps({"item": item, "answer": answer, "seconds": seconds}), flush=True)  # noqa: T201

    long = threading.Thread(target=submit, args=("long",), daemon=True)
    long.start()
    assert is_at_work.wait(30)
    _loopback(up=False)
    long.join()
    submit("meanwhile")
    _loopback(up=True)
    submit("later")


if __name__ == "__main__":
    main(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
    os._exit(0)
