"""A pooler in front of PostgreSQL that lends its connections for a transaction at a time, as
PgBouncer does, the one that was used last first: clients share the sessions that their statements
are prepared in."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import LifoQueue

import psycopg
from sqlalchemy import make_url

_SSL, _GSS = 80877103, 80877104  # requests for encryption, see "Message Formats" of the protocol
_TOLD = ("server_version", "server_encoding", "client_encoding", "DateStyle", "TimeZone")
_MORE = ("integer_datetimes", "standard_conforming_strings")
_LOGGED_IN = struct.pack("!cii", b"R", 8, 0)
_NOBODY = struct.pack("!ciii", b"K", 12, 0, 0)  # no process of the server's
_READY = b"Z\x00\x00\x00\x05I"
_CONNECTIONS = 6  # with one, who needs a second within a transaction would wait for ever

Servers = LifoQueue[socket.socket]


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The address of the same database behind a pooler, which is there for the block."""
    address = make_url(url)
    direct = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        servers = Servers()
        for _ in range(_CONNECTIONS):
            login = stack.enter_context(psycopg.connect(direct, autocommit=True))
            server = stack.enter_context(socket.socket(fileno=os.dup(login.pgconn.socket)))
            server.setblocking(True)
            servers.put(server)
        greeting = _LOGGED_IN + _told(login) + _NOBODY + _READY
        clients: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    clients.append(client)
                    work = (client, servers, greeting)
                    threading.Thread(target=_serve, args=work, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        near = address.difference_update_query(["host"])
        near = near.set(host="127.0.0.1", port=listening.getsockname()[1])
        yield near.render_as_string(hide_password=False)
        for end in (listening, *clients):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _told(login: psycopg.Connection[tuple[object, ...]]) -> bytes:
    """What a server says of itself after the log-in."""
    said = b""
    for name in (*_TOLD, *_MORE):
        pair = f"{name}\0{login.info.parameter_status(name)}\0".encode()
        said += struct.pack("!ci", b"S", len(pair) + 4) + pair
    return said


def _serve(client: socket.socket, servers: Servers, greeting: bytes) -> None:
    """One client, until it ends."""
    server: socket.socket | None = None
    with suppress(OSError, EOFError):
        if not _is_welcome(client):
            return
        client.sendall(greeting)
        while True:
            kind, whole = _message(client)
            if kind == b"X":
                return
            server = server or servers.get()
            server.sendall(whole)
            if kind in (b"Q", b"S") and _answer(server, client):
                servers.put(server)
                server = None


def _is_welcome(client: socket.socket) -> bool:
    """Whether the log-in asks for nothing that a shared connection cannot give."""
    while True:
        (length,) = struct.unpack("!i", _exactly(client, 4))
        wanted = _exactly(client, length - 4)
        if struct.unpack("!i", wanted[:4])[0] not in (_SSL, _GSS):
            break
        client.sendall(b"N")
    if b"\0options\0" not in wanted:
        return True
    said = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
    client.sendall(struct.pack("!ci", b"E", len(said) + 4) + said)
    client.close()
    return False


def _answer(server: socket.socket, client: socket.socket) -> bool:
    """Pass on what the server says, until it is ready; whether the transaction is over."""
    while True:
        kind, whole = _message(server)
        client.sendall(whole)
        if kind == b"Z":
            return whole.endswith(b"I")


def _message(end: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(end, 5)
    (length,) = struct.unpack("!i", head[1:])
    return head[:1], head + _exactly(end, length - 4)


def _exactly(end: socket.socket, length: int) -> bytes:
    whole = b""
    while len(whole) < length:
        part = end.recv(length - len(whole))
        if not part:
            raise EOFError
        whole += part
    return whole
