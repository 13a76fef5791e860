"""The web process under clients that open connections ahead, keep them, stop in the middle of what
they say, or do not end."""

import http.client
import os
import selectors
import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.commands.process import (
    ROOT,
    Running,
    clean_environment,
    eventually,
    free_ports,
    get,
)
from tests.integration.commands.test_migrate import SETTINGS

_PATIENCE = 4.0  # seconds for an answer; a worker that is held up by one client needs more
_POST = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
_TOO_MUCH = _POST.replace(b"/read", b"/")  # its body is not read

# Requests in parts: how they begin, what may come next any number of times, and how they end.
_IN_PARTS = [
    (b"POST /read HTTP/1.1\r\nHost: x\r\n", b"X-More: y\r\n", b"\r\n"),
    (_POST % 1000 + b"a", b"a", b"a" * 1000),
    (_POST % 2**18 + b"a" * 2**17, b"a", b"a" * 2**17),
    (
        b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\na\r\n",
        b"0\r\n\r\n",
    ),
]


@contextmanager
def _serving(folder: Path, workers: int) -> Iterator[tuple[Running, int]]:
    (port,) = free_ports(1)
    database = f"sqlite:///{folder}/marquee.sqlite3"
    environment = clean_environment(**SETTINGS, DATABASE_URL=database, PORT=str(port))
    app = "tests.integration.commands.who_answers:app"
    with Running(f"exec gunicorn --workers {workers} {app}", ROOT, environment) as web:
        eventually(lambda: get(port, "/")[0] == 200, what=web.output)
        eventually(lambda: len(web.processes()) == workers + 1, what=web.output)
        yield web, port


def _connected(port: int, open_ones: ExitStack, first: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), _PATIENCE)
    open_ones.enter_context(client)
    client.sendall(first)
    return client


def _asked(port: int) -> http.client.HTTPConnection:
    """A connection with its first answer read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    _who(connection)
    return connection


def _who(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    return int(connection.getresponse().read())


def test_connections_that_say_nothing_yet_hold_nobody_up(tmp_path: Path) -> None:
    """As a browser and a load balancer open them ahead: more of them than the worker has threads,
    of which each would be waited for by one."""
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        for _ in range(40):
            silent = socket.create_connection(("127.0.0.1", port))
            open_ones.enter_context(silent)
        _asked(port).close()
        silent.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # and are answered when they speak
        silent.settimeout(_PATIENCE)
        assert silent.recv(100).startswith(b"HTTP/1.1 200")


def test_a_connection_that_its_client_does_not_close_holds_nobody_up(tmp_path: Path) -> None:
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        kept = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        for connection in kept:
            open_ones.enter_context(connection)
            connection.settimeout(_PATIENCE)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for connection in kept:
            while connection.recv(4096):
                pass  # up to the end of what the server says; ours is not closed
        _asked(port).close()


def test_who_stops_in_the_middle_of_a_request_holds_nobody_up(tmp_path: Path) -> None:
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        for begin, _more, _end in _IN_PARTS * 30:
            _connected(port, open_ones, begin)
        _asked(port).close()


def test_who_stops_for_long_is_given_up_and_who_is_only_slow_is_not(tmp_path: Path) -> None:
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        slow = [_connected(port, open_ones, begin) for begin, _more, _end in _IN_PARTS]
        silent = {_connected(port, open_ones, begin) for begin, _more, _end in _IN_PARTS}
        waiting = open_ones.enter_context(selectors.DefaultSelector())
        for client in silent:
            waiting.register(client, selectors.EVENT_READ)
        began = time.monotonic()
        while silent:
            ended = [key.fileobj for key, _ in waiting.select(3)]
            assert not any(client.recv(100) for client in ended)
            for client in ended:
                waiting.unregister(client)
            silent.difference_update(ended)
            for client, (_begin, more, _end) in zip(slow, _IN_PARTS, strict=True):
                client.sendall(more)
            assert time.monotonic() - began < 25
        assert time.monotonic() - began > 9
        for client, (_begin, _more, end) in zip(slow, _IN_PARTS, strict=True):
            client.sendall(end)
            assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_who_takes_nothing_of_an_answer_is_given_up(tmp_path: Path) -> None:
    """As many as a worker has threads. The system finds room for some more of the answer twice, and
    each time gives the client ten seconds anew."""
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        for path in (b"/page", b"/file") * 8:
            _connected(port, open_ones, b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        eventually(lambda: get(port, "/")[0] == 200, 60, "all threads wait for these clients")


def test_half_of_the_next_request_waits_for_the_rest(tmp_path: Path) -> None:
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        ask = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        client = _connected(port, open_ones, ask + ask[:9])
        answers = b""
        for count, rest in enumerate((ask[9:], b""), start=1):
            while answers.count(b"HTTP/1.1 200") < count:
                answers += client.recv(1000) or b"ended" * 1000
                assert len(answers) < 1000
            client.sendall(rest)


def test_half_a_body_is_no_request(tmp_path: Path) -> None:
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        client = _connected(port, open_ones, _POST % 1000 + b"a")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""


def test_who_waits_to_be_told_to_go_on_is_told(tmp_path: Path) -> None:
    """As curl does before it sends a file."""
    asks = _POST[:-2] % 1000 + b"Expect: 100-continue\r\n\r\n"
    with _serving(tmp_path, workers=1) as (_, port), ExitStack() as open_ones:
        client = _connected(port, open_ones, asks)
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        client.sendall(b"a" * 1000)
        assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_who_sends_without_end_is_cut_off_and_can_read_why(tmp_path: Path) -> None:
    with (
        _serving(tmp_path, workers=1) as (_, port),
        socket.create_connection(("127.0.0.1", port), _PATIENCE) as client,
    ):
        with pytest.raises(ConnectionError):
            client.sendall(_TOO_MUCH % 2**26 + bytes(2**26))
        assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_who_sends_a_few_megabytes_too_many_is_heard_out(tmp_path: Path) -> None:
    """A browser shows what it was answered only if nothing broke while it was sending."""
    with (
        _serving(tmp_path, workers=1) as (_, port),
        socket.create_connection(("127.0.0.1", port), _PATIENCE) as client,
    ):
        client.sendall(_TOO_MUCH % 2**23 + bytes(2**23))
        assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_workers_come_to_share_the_connections_that_one_of_them_took(tmp_path: Path) -> None:
    with _serving(tmp_path, workers=2) as (web, port), ExitStack() as open_ones:
        one, other = set(web.processes()) - {web.pid}
        os.kill(other, signal.SIGSTOP)
        connections = [_asked(port) for _ in range(8)]
        for connection in connections:
            open_ones.callback(connection.close)
        os.kill(other, signal.SIGCONT)
        latest = deque((_who(connection) for connection in connections), maxlen=200)
        assert Counter(latest) == {one: 8}

        def is_shared() -> bool:
            latest.extend(_who(connection) for connection in connections)
            return min(Counter(latest)[one], Counter(latest)[other]) >= 60

        eventually(is_shared, 60, "one worker keeps the connections")
