"""A carrier for gateways that speak SMPP only: takes every message at once, and writes it down.

usage: python -m benchmarks.peers.smpp_carrier PORT JOURNAL

Speaks as much of SMPP 3.4 as a client needs (section 4: bind, enquire_link, submit_sm, unbind).
"""

import asyncio
import struct
import sys
import time
from pathlib import Path
from typing import TextIO

_HEADER = struct.Struct(">IIII")  # length, command, status, sequence
_RESPONSE = 0x80000000
_SUBMIT = 0x04
_BINDS = (0x01, 0x02, 0x09)


class Session(asyncio.Protocol):
    """One bound client."""

    def __init__(self, journal: TextIO) -> None:
        self._journal, self._buffer, self._count = journal, b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = []
        while len(self._buffer) >= _HEADER.size:
            length, command, _, sequence = _HEADER.unpack_from(self._buffer)
            if len(self._buffer) < length:
                break
            body, self._buffer = self._buffer[_HEADER.size : length], self._buffer[length:]
            answers.append(self._answer(command, sequence, body))
        self._transport.write(b"".join(answers))

    def _answer(self, command: int, sequence: int, body: bytes) -> bytes:
        if command & _RESPONSE:
            return b""
        if command == _SUBMIT:
            return _pdu(command | _RESPONSE, sequence, self._accept(body) + b"\0")
        if command in _BINDS:
            return _pdu(command | _RESPONSE, sequence, b"carrier\0")
        return _pdu(command | _RESPONSE, sequence, b"")

    def _accept(self, body: bytes) -> bytes:
        """The id of a message. Its body is: service type, type and plan of the source, source,
        type and plan of the destination, destination, and so on."""
        after_service = body.index(b"\0") + 3
        destination = body.index(b"\0", after_service) + 3
        to = body[destination : body.index(b"\0", destination)].decode("ascii", "replace")
        self._count += 1
        message_id = f"{id(self):x}{self._count:x}"
        number = to if to.startswith("+") else f"+{to}"
        self._journal.write(f"{time.time_ns() // 1000} {number} - {message_id}\n")
        return message_id.encode()


def _pdu(command: int, sequence: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), command, 0, sequence) + body


async def serve(port: int, journal: TextIO) -> None:
    """Serve until cancelled; the journal is written out every 0.1 s."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(journal), "127.0.0.1", port)
    async with server:
        while True:
            await asyncio.sleep(0.1)
            journal.flush()


if __name__ == "__main__":
    with Path(sys.argv[2]).open("w") as file:
        asyncio.run(serve(int(sys.argv[1]), file))
