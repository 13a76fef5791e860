"""What comes on a connection, and how much of a request is there."""

import re
import socket
from contextlib import suppress
from enum import Enum

from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader

_KEPT = 64 * 1024  # bytes of a request for the rest of which no thread waits
_PIECE = 16 * 1024
_BODY = re.compile(rb"\r\n(?:content-length:[ \t]*(\d*)|transfer-encoding:|expect:)", re.IGNORECASE)


class Arrived(Enum):
    """How much of a request is there."""

    PART = "the rest is waited for in the loop"
    ALL = "no thread has to wait for any of it"
    LONG = "a thread must read it as it comes: it is too long to be kept, or does not say how long"


PART, ALL, LONG = Arrived  # names that are looked up quickly


def arrived(data: bytes) -> Arrived:
    """How much of the first request in `data` is there.

    That decides only who waits for the rest. What the request says is for gunicorn's parser to
    find out, and to refuse.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return PART if len(data) < _KEPT else LONG
    lengths = _BODY.findall(data, 0, end)
    if not lengths:
        return ALL
    if len(lengths) > 1 or not 1 <= len(lengths[0]) <= 5:
        return LONG
    whole = end + 4 + int(lengths[0])
    if whole > _KEPT:
        return LONG
    return ALL if len(data) >= whole else PART


class Reader(SocketUnreader):
    """What comes on a connection."""

    def take(self) -> Arrived:
        """Take what is there of the next request, and wait for nothing."""
        data = self.take_buffered()
        try:
            while (so_far := arrived(data)) is PART:
                piece = self.sock.recv(_PIECE, socket.MSG_DONTWAIT)
                if not piece:
                    return ALL  # that will ever be
                data += piece
            return so_far
        except BlockingIOError:
            return PART
        except OSError:
            return ALL  # since it is gone
        finally:
            self.unread(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece of a request that a thread reads as it comes. A client that is silent for
        too long is taken for gone, and what has come of its request for no request."""
        with suppress(BlockingIOError):
            if piece := super().chunk(size_hint):
                return bytes(piece)
        raise NoMoreData
