"""The web process's worker: gunicorn's gthread, whose loop and threads wait for no client, and
which shares the connections of a burst with the other workers.

What a text waits for beside its own transaction is here. Measured with 32 connections and 800
texts a second on PostgreSQL, the slowest in a hundred took 30 ms without and 19 ms with it.
"""

import re
import socket
import struct
import time
from bisect import insort
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from enum import Enum
from functools import partial
from multiprocessing import RawArray
from operator import attrgetter
from selectors import EVENT_READ
from threading import Lock
from typing import Any

from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

_MOST_WORKERS = 64  # of one server that share; those beyond keep what they get
_WINDOW = 20  # requests, after which a worker looks at what the others have answered meanwhile
_TOLERANCE = 1.3  # times the fair share, below which nothing is moved
_OTHERS_FIRST = 0.001  # seconds; a worker that has nothing to do is awake in a tenth of that
# Bytes that a client may send beyond what was wanted of it: one that is reset while it sends may
# never show the answer, which says why it was refused.
_HEARD_OUT = 16 * 1024 * 1024

_PATIENCE = 10  # seconds in which a client must go on with its request, or take some of its answer
_KEPT = 64 * 1024  # bytes of a request for the rest of which no thread waits
_PIECE = 16 * 1024
_BODY = re.compile(rb"\r\n(?:content-length:[ \t]*(\d*)|transfer-encoding:|expect:)", re.IGNORECASE)


class Shares:
    """How many requests each worker of a server has begun and how many connections it has, in
    memory that all of them see."""

    def __init__(self) -> None:
        self._begun, self._open = RawArray("Q", _MOST_WORKERS), RawArray("Q", _MOST_WORKERS)
        self._free = list(reversed(range(_MOST_WORKERS)))

    def take(self, workers: int) -> "Share | None":
        """A place for one of `workers`; asked for by their parent, before it forks."""
        if not self._free:
            return None
        return Share(self._begun, self._open, self._free.pop(), workers)

    def give_back(self, share: "Share | None") -> None:
        """The place of a worker that has ended."""
        if share is not None:
            self._open[share.place] = 0
            self._free.append(share.place)


class Share:
    """One worker's part of the requests, and how many connections it should end to have less."""

    def __init__(self, begun: Any, connections: Any, place: int, workers: int) -> None:
        self.place = place
        self._begun, self._open, self._workers = begun, connections, workers
        self._own, self._all, self._surplus = begun[place], sum(begun), 0
        self._lock = Lock()  # threads of one worker; each worker writes to its own place only

    def has_one_too_many(self) -> bool:
        """Count a request that begins; whether its connection should end with the answer, so that
        another worker may get the next one."""
        with self._lock:
            self._begun[self.place] += 1
            if self._begun[self.place] - self._own >= _WINDOW:
                self._compare()
            if not self._surplus:
                return False
            self._surplus -= 1
            return True

    def has(self, connections: int) -> None:
        """Let the others know how many are open here."""
        self._open[self.place] = connections

    def is_ahead(self) -> bool:
        """Whether another worker should get the next connection: each may have one more than its
        part of all."""
        own, everybody = int(self._open[self.place]), int(sum(self._open))
        return own * self._workers >= everybody + self._workers

    def _compare(self) -> None:
        """A quarter of what is too much: several of these requests may be of one connection."""
        own, everybody = self._begun[self.place], sum(self._begun)
        mine, fair = own - self._own, (everybody - self._all) / self._workers
        self._own, self._all = own, everybody
        self._surplus = round((mine - fair) / 4) if mine > _TOLERANCE * fair else 0


shares = Shares()


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


class WebWorker(ThreadWorker):
    """gunicorn's gthread with four things otherwise.

    A connection waits in the loop, not in a thread, until its request is there. In threads sixteen
    that were opened ahead, as browsers and load balancers do, held a worker up for five seconds,
    and sixteen that stopped in the middle of a request for ever. A request that is too long to be
    kept, as a file of numbers is, has a thread of some that have nothing else to do.

    A client that stops in the middle of its request or of its answer is given up.

    An ended one waits in a thread until the client has closed it too, not in the loop: there each
    held up all other requests of the worker, for two seconds if the client liked.

    And workers share connections and requests. All are woken by a new connection, and the first to
    be awake would take it: of those that a load balancer opens and keeps one of them got nearly
    all. Who has more than the others leaves it to them for a moment, and who gets more requests
    ends some of what it has.
    """

    share: Share | None = None

    def init_process(self) -> None:
        """Begin to work, in the new process."""
        self._long = ThreadPoolExecutor(max(1, self.cfg.threads // 2))
        super().init_process()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One round of the loop."""
        if self.share is not None:
            self.share.has(self.nr_conns)
        super().wait_for_and_dispatch_events(timeout)

    def accept(self, listener: Any) -> None:
        """Take a new connection, unless another worker does."""
        if self.share is not None:
            self.share.has(self.nr_conns)
            if self.share.is_ahead():
                time.sleep(_OTHERS_FIRST)
        super().accept(listener)

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection that can be read to a thread; a new one to the loop until then."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _PATIENCE, 0))
        self._wait(conn, self.cfg.keepalive)

    def _wait(self, conn: Any, seconds: float) -> None:
        """In the loop: for more to come on a connection, which is given up after so long."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        insort(self.pending_conns, conn, key=attrgetter("timeout"))
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def handle(self, conn: Any) -> Any:
        """Answer what a connection asks, in a thread; false if it ends here, or how much of its
        request is there if that does not suffice."""
        if self.cfg.is_ssl:
            return super().handle(conn)
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = Reader(conn.sock)
        so_far = conn.parser.unreader.take()
        return self._answer(conn) if so_far is ALL else so_far

    def _answer(self, conn: Any) -> Any:
        """In a thread: gunicorn's own way with a request, and the wait for the end of a client."""
        goes_on = super().handle(conn)
        if not goes_on:
            with suppress(OSError):  # it is gone already
                close_graceful(conn.sock.dup(), max_drain=_HEARD_OUT)
        return goes_on

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """In the loop, after a thread: keep a connection or end it, or see to the rest of its
        request."""
        try:
            outcome = fs.result()
        except Exception:
            outcome = None
        if outcome is PART and self.alive:
            self._wait(conn, _PATIENCE)
        elif isinstance(outcome, Arrived):  # Nothing waits in the loop of a worker that stops.
            future = self._long.submit(self._answer, conn)
            done = partial(self.method_queue.defer, self.finish_request, conn)
            future.add_done_callback(done)
        elif outcome is False and not self.cfg.is_ssl:
            # Its thread has waited for its client. Whatever that one still sends is answered with
            # a reset, so that it stops; after a shutdown of the reading side it would hear nothing.
            self.nr_conns -= 1
            conn.close()
        else:
            super().finish_request(conn, fs)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer a request; whether the connection is kept."""
        if self.share is not None and self.share.has_one_too_many():
            req.force_close()
        try:
            return bool(super().handle_request(req, conn))
        except BlockingIOError:  # The client takes nothing of its answer.
            return False


def before_fork(_server: Any, worker: WebWorker) -> None:
    """gunicorn's pre_fork."""
    worker.share = shares.take(worker.cfg.workers)


def after_end(_server: Any, worker: WebWorker) -> None:
    """gunicorn's child_exit, in the parent."""
    shares.give_back(worker.share)
