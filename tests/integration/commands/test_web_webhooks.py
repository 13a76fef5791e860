"""Webhooks at the web process, which no thread of it waits for."""

import http.client
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from models import Counter
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.integration.commands.process import (
    ROOT,
    Running,
    clean_environment,
    eventually,
    free_ports,
    get,
)
from tests.webhook_client import INBOUND, PUBLIC, STATUS, signature, text_form
from tests.world import World

_PATIENCE = 20.0  # seconds
_THREADS = 16  # of a worker, as gunicorn.conf.py has them
_IN = {"Neon Nights": "subscribed"}


@contextmanager
def _serving(world: World, *options: str) -> Iterator[tuple[Running, int]]:
    """One worker on the world's database."""
    (port,) = free_ports(1)
    environment = clean_environment(
        SECRET_KEY="x" * 32,
        PUBLIC_BASE_URL=PUBLIC,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        DATABASE_URL=world.database.engine.url.render_as_string(hide_password=False),
        PORT=str(port),
    )
    command = " ".join(("exec gunicorn --workers 1", *options, "wsgi:app"))
    with Running(command, ROOT, environment) as web:
        eventually(lambda: get(port, "/healthz")[0] == 200, what=web.output)
        yield web, port


def _phone(number: int) -> str:
    return f"+1202555{number:04d}"


def _post(form: dict[str, str], *more: str, path: str = INBOUND, signed: str = "") -> bytes:
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1",
        "Host: x",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        f"X-Twilio-Signature: {signed or signature(path, form)}",
        *more,
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _join(number: int) -> bytes:
    return _post(text_form(_phone(number), "JOIN"))


class _Client:
    """A connection of the provider's."""

    def __init__(self, port: int, stack: ExitStack) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        stack.enter_context(self.socket)
        self.file = stack.enter_context(self.socket.makefile("rb"))

    def ask(self, *requests: bytes) -> "_Client":
        self.socket.sendall(b"".join(requests))
        return self

    def answer(self) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Status, body and headers of the next answer; status 0 at the connection's end."""
        line = self.file.readline()
        if not line:
            return 0, b"", http.client.HTTPMessage()
        headers = http.client.parse_headers(self.file)
        return int(line.split()[1]), self.file.read(int(headers["Content-Length"] or 0)), headers


@contextmanager
def _nothing_can_be_written(world: World) -> Iterator[None]:
    with world.database.write() as session:
        session.connection()  # begins, and has SQLite to itself
        if world.database.is_postgresql:
            session.execute(text("LOCK TABLE inbound_message"))
        yield


def _takes_nobody_in(port: int) -> bool:
    """Whether a new connection is not answered, which a worker that is to stop leaves alone."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return not client.recv(100)
    return True


def test_texts_on_one_connection_are_answered_in_turn(world: World) -> None:
    """Also those that are sent before the one before them is answered."""
    with _serving(world) as (_, port), ExitStack() as stack:
        client = _Client(port, stack)
        for number in range(2):
            status, body, headers = client.ask(_join(number)).answer()
            assert (status, headers["Connection"]) == (200, "keep-alive")
            assert b"<Message>" in body
        client.ask(*map(_join, range(2, 5)), b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert [client.answer()[0] for _ in range(4)] == [200] * 4
        half = _join(5)
        client.ask(half[:-9]).ask(half[-9:], b"GET /webhooks/twilio/status HTTP/1.1\r\n")
        assert client.answer()[0] == 200
        assert client.ask(b"Host: x\r\n\r\n").answer()[0] == 405
    assert [world.states(_phone(number)) for number in range(6)] == [_IN] * 6


def test_what_the_provider_did_not_send_is_refused_and_counted(world: World) -> None:
    form = text_form(_phone(0), "JOIN")
    with _serving(world) as (_, port), ExitStack() as stack:
        client = _Client(port, stack)
        assert client.ask(_post(form, signed="nonsense")).answer()[0] == 403
        assert (
            client.ask(_post({"Body": "JOIN"})).answer()[1] == b"MessageSid is missing "
            b"or too long.\n"
        )
        assert client.ask(_post({"MessageSid": "SM1"}, path=STATUS)).answer()[0] == 400
        receipt = {"MessageSid": "SM1", "MessageStatus": "delivered"}
        status, body, headers = client.ask(_post(receipt, path=STATUS)).answer()
        assert (status, body, headers["Content-Length"]) == (204, b"", None)
    with world.database.read() as session:
        query = select(Counter.value).where(col(Counter.name) == "forged_webhook")
        assert session.exec(query).all() == [1]
    assert world.states(_phone(0)) == {}


@pytest.mark.parametrize("how", ["long", "in pieces", "asks first"])
def test_a_text_that_a_thread_must_read_is_answered_like_any(world: World, how: str) -> None:
    much = {"MediaUrl0": "https://media.example/" + "a" * 2**17} if how == "long" else {}
    request = _post(text_form(_phone(0), "JOIN", **much))
    head, _, body = request.partition(b"\r\n\r\n")
    if how == "in pieces":
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        head = b"\r\n".join((*lines, b"Transfer-Encoding: chunked"))
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    if how == "asks first":
        head += b"\r\nExpect: 100-continue"
    with _serving(world) as (_, port), ExitStack() as stack:
        client = _Client(port, stack)
        client.ask(head, b"\r\n\r\n")
        if how == "asks first":
            assert client.answer()[0] == 100
        assert client.ask(body).answer()[0] == 200
        assert client.ask(_join(1)).answer()[0] == 200
    assert [world.states(_phone(number)) for number in range(2)] == [_IN] * 2


def test_texts_that_wait_for_the_database_hold_no_page_up(world: World) -> None:
    """More of them than the worker has threads."""
    with _serving(world) as (_, port), ExitStack() as stack:
        clients = [_Client(port, stack) for _ in range(3 * _THREADS)]
        with _nothing_can_be_written(world):
            for number, client in enumerate(clients):
                client.ask(_join(number))
            for _ in range(3):
                assert get(port, "/healthz")[0] == 200
        assert [client.answer()[0] for client in clients] == [200] * len(clients)
    assert all(world.states(_phone(number)) == _IN for number in range(len(clients)))


def test_a_text_that_waits_is_answered_by_a_worker_that_stops(world: World) -> None:
    with _serving(world) as (web, port), ExitStack() as stack:
        client = _Client(port, stack)
        with _nothing_can_be_written(world):
            client.ask(_join(0))
            eventually(lambda: get(port, "/healthz")[0] == 200)
            web.signal(signal.SIGTERM)
            eventually(lambda: _takes_nobody_in(port))
        status, _, headers = client.answer()
        assert (status, headers["Connection"]) == (200, "close")
        assert client.answer()[0] == 0
        client.socket.close()
        assert web.ends() == 0
    assert world.states(_phone(0)) == _IN


def test_a_worker_that_is_to_be_replaced_after_some_requests_is(sqlite_world: World) -> None:
    with _serving(sqlite_world, "--max-requests 20") as (web, port), ExitStack() as stack:
        eventually(lambda: len(web.processes()) == 2)
        before = set(web.processes())
        for number in range(40):
            client = _Client(port, stack)
            assert client.ask(_join(number)).answer()[0] == 200
            client.socket.close()
        eventually(lambda: len(set(web.processes()) - before) == 1, what=web.output)
    assert all(sqlite_world.states(_phone(number)) == _IN for number in range(40))


def test_who_is_gone_before_the_answer_harms_nobody(world: World) -> None:
    with _serving(world) as (_, port), ExitStack() as stack:
        with _nothing_can_be_written(world):
            for number in range(5):
                gone = _Client(port, stack).ask(_join(number))
                gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                gone.file.close()
                gone.socket.close()  # with a reset
            client = _Client(port, stack).ask(_join(5))
        assert client.answer()[0] == 200
        eventually(lambda: all(world.states(_phone(number)) == _IN for number in range(6)))
