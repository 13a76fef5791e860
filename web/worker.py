"""The web process's worker: gunicorn's gthread, whose loop and threads wait for no client, which
answers webhooks without a thread for each, and shares connections with the other workers.

What a text waits for beside its own transaction is here. Measured with 32 connections and 800
texts a second on PostgreSQL, the slowest in a hundred took 30 ms without the sharing and 19 ms
with it.
"""

import socket
import struct
import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from operator import attrgetter
from selectors import EVENT_READ
from typing import Any

from gunicorn.http.wsgi import Response
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

from web.arriving import ALL, PART, Reader
from web.prompt import Answer, Beginner, prompt_of, say
from web.shares import Share, shares

_OTHERS_FIRST = 0.001  # seconds; a worker that has nothing to do is awake in a tenth of that
# Bytes that a client may send beyond what was wanted of it: one that is reset while it sends may
# never show the answer, which says why it was refused.
_HEARD_OUT = 16 * 1024 * 1024
_PATIENCE = 10  # seconds in which a client must go on with its request, or take some of its answer
_KEPT: Future[bool] = Future()  # in place of a thread's: the connection is kept
_KEPT.set_result(True)


class WebWorker(ThreadWorker):
    """gunicorn's gthread with five things otherwise.

    A connection waits in the loop, not in a thread, until its request is there. In threads sixteen
    that were opened ahead, as browsers and load balancers do, held a worker up for five seconds,
    and sixteen that stopped in the middle of a request for ever. A request that is too long to be
    kept, as a file of numbers is, has a thread of some that have nothing else to do.

    A client that stops in the middle of its request or of its answer is given up.

    An ended one waits in a thread until the client has closed it too, not in the loop: there each
    held up all other requests of the worker, for two seconds if the client liked.

    A request that the application can begin and wait for nothing (web.prompt), as a webhook is, has
    no thread at all: to hand it from thread to thread took more of the processor than to answer it.

    And workers share connections and requests. All are woken by a new connection, and the first to
    be awake would take it: of those that a load balancer opens and keeps one of them got nearly
    all. Who has more than the others leaves it to them for a moment, and who gets more requests
    ends some of what it has.
    """

    alive: bool  # false from when it is to stop on
    share: Share | None = None
    _beginner: Beginner | None = None

    def init_process(self) -> None:
        """Begin to work, in the new process."""
        self._long = ThreadPoolExecutor(max(1, self.cfg.threads // 2))
        self._answered: deque[tuple[Any, Response, Answer]] = deque()
        self._is_woken = False
        super().init_process()

    def load_wsgi(self) -> None:
        """Build the application."""
        super().load_wsgi()
        app = prompt_of(self.wsgi)
        self._beginner = Beginner(app, self.cfg) if app else None

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
        """In the loop: see what there is of a request, and who has to do with it."""
        if not (conn.initialized or conn.data_ready):
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _PATIENCE, 0))
            self._wait(conn, self.cfg.keepalive)
        elif self.cfg.is_ssl:
            super().enqueue_req(conn)
        else:
            self._give(conn)

    def _wait(self, conn: Any, seconds: float) -> None:
        """For more to come on a connection, which is given up after so long."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        insort(self.pending_conns, conn, key=attrgetter("timeout"))
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def _give(self, conn: Any) -> None:
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = Reader(conn.sock)
        so_far = conn.parser.unreader.take()
        if so_far is PART and self.alive:
            self._wait(conn, _PATIENCE)
        elif so_far is not ALL:  # Nothing waits in the loop of a worker that stops.
            self._in_thread(self._long, conn, self.handle)
        elif not self._begin(conn):
            self._in_thread(self.tpool, conn, self.handle)

    def _in_thread(
        self, threads: ThreadPoolExecutor, conn: Any, work: Callable[[Any], Any]
    ) -> None:
        done = partial(self.method_queue.defer, self.finish_request, conn)
        threads.submit(work, conn).add_done_callback(done)

    def _begin(self, conn: Any) -> bool:
        """Begin a request that no thread need wait for; false if it is not one of those."""
        if self._beginner is None:
            return False
        response = self._beginner.begin(conn, partial(self._hear, conn))
        if response is None:
            return False
        if self.share is not None and self.share.has_one_too_many():
            response.force_close()
        return True

    def _hear(self, conn: Any, response: Response, answer: Answer) -> None:
        """In any thread: a request that was begun is answered. The loop is woken once for all that
        it has not seen yet."""
        self._answered.append((conn, response, answer))
        if not self._is_woken:
            self._is_woken = True
            self.method_queue.defer(self._say_all)

    def _say_all(self) -> None:
        self._is_woken = False  # first: who is heard from now on wakes the loop again
        while self._answered:
            conn, response, answer = self._answered.popleft()
            self._count_one(response)
            try:
                say(conn, response, answer)
                goes_on = not response.should_close()
            except Exception as error:
                if not isinstance(error, OSError):
                    self.log.exception("A webhook's answer could not be sent.")
                self.nr_conns -= 1
                conn.close()
                continue
            if goes_on:
                super().finish_request(conn, _KEPT)
            else:
                self._in_thread(self.tpool, conn, self._end)

    def _count_one(self, response: Response) -> None:
        """End the connection for the reasons that gunicorn's own way with a request has."""
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        has_room = len(self.keepalived_conns) < self.max_keepalived
        if not (self.alive and self.cfg.keepalive and has_room):
            response.force_close()

    def handle(self, conn: Any) -> Any:
        """Answer what a connection asks, in a thread; false if it ends here."""
        goes_on = super().handle(conn)
        return goes_on if goes_on or self.cfg.is_ssl else self._end(conn)

    def _end(self, conn: Any) -> bool:
        """In a thread: wait for the end of a client whose connection ends."""
        with suppress(OSError):  # it is gone already
            close_graceful(conn.sock.dup(), max_drain=_HEARD_OUT)
        return False

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """In the loop, after a thread: keep a connection, or end it."""
        if self.cfg.is_ssl or fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            # Its thread has waited for its client. Whatever that one still sends is answered with
            # a reset, so that it stops; after a shutdown of the reading side it would hear nothing.
            self.nr_conns -= 1
            conn.close()

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
