"""The web process's worker: gunicorn's gthread, whose loop and threads wait for no client, and
which shares the connections of a burst with the other workers.

What a text waits for beside its own transaction is here. Measured with 32 connections and 800
texts a second on PostgreSQL, the slowest in a hundred took 30 ms without and 19 ms with it.
"""

import time
from contextlib import suppress
from functools import partial
from multiprocessing import RawArray
from selectors import EVENT_READ
from threading import Lock
from typing import Any

from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

_MOST_WORKERS = 64  # of one server that share; those beyond keep what they get
_WINDOW = 20  # requests, after which a worker looks at what the others have answered meanwhile
_TOLERANCE = 1.3  # times the fair share, below which nothing is moved
# Bytes that a client may send beyond what was wanted of it: one that is reset while it sends may
# never show the answer, which says why it was refused.
_HEARD_OUT = 16 * 1024 * 1024


class Shares:
    """How many requests each worker of a server has begun, in memory that all of them see."""

    def __init__(self) -> None:
        self._begun = RawArray("Q", _MOST_WORKERS)
        self._free = list(reversed(range(_MOST_WORKERS)))

    def take(self, workers: int) -> "Share | None":
        """A place for one of `workers`; asked for by their parent, before it forks."""
        return Share(self._begun, self._free.pop(), workers) if self._free else None

    def give_back(self, share: "Share | None") -> None:
        """The place of a worker that has ended."""
        if share is not None:
            self._free.append(share.place)


class Share:
    """One worker's part of the requests, and how many connections it should end to have less."""

    def __init__(self, begun: Any, place: int, workers: int) -> None:
        self.place = place
        self._begun, self._workers = begun, workers
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

    def _compare(self) -> None:
        """A quarter of what is too much: several of these requests may be of one connection."""
        own, everybody = self._begun[self.place], sum(self._begun)
        mine, fair = own - self._own, (everybody - self._all) / self._workers
        self._own, self._all = own, everybody
        self._surplus = round((mine - fair) / 4) if mine > _TOLERANCE * fair else 0


shares = Shares()


class WebWorker(ThreadWorker):
    """gunicorn's gthread with three things otherwise.

    A new connection waits for its first request in the loop, not in a thread: there sixteen that
    were opened ahead, as browsers and load balancers do, held a worker up for five seconds.

    An ended one waits in a thread until the client has closed it too, not in the loop: there each
    held up all other requests of the worker, for two seconds if the client liked.

    And a worker that gets more than its share of the requests ends some connections. All workers
    are woken by a new one, and the first to be awake takes it: on an idle server one of them gets
    nearly all that a load balancer opens and keeps.
    """

    share: Share | None = None

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection that can be read to a thread; a new one to the loop until then."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def handle(self, conn: Any) -> Any:
        """Answer what a connection asks, in a thread; false if it ends here."""
        goes_on = super().handle(conn)
        if not goes_on and not self.cfg.is_ssl:
            with suppress(OSError):  # it is gone already
                close_graceful(conn.sock.dup(), max_drain=_HEARD_OUT)
        return goes_on

    def finish_request(self, conn: Any, fs: Any) -> None:
        """In the loop, after a thread: keep a connection or end it."""
        outcome = None if fs.cancelled() or fs.exception() else fs.result()
        if outcome is False and not self.cfg.is_ssl:
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
        return bool(super().handle_request(req, conn))


def before_fork(_server: Any, worker: WebWorker) -> None:
    """gunicorn's pre_fork."""
    worker.share = shares.take(worker.cfg.workers)


def after_end(_server: Any, worker: WebWorker) -> None:
    """gunicorn's child_exit, in the parent."""
    shares.give_back(worker.share)
