"""How `gunicorn wsgi:app` serves; it reads this file from the folder that it is started in.

A bad setting ends the start here, with its one sentence and before any worker exists. The workers
build the application, and with it the database's engine, after the fork (`wsgi.app`).
"""

import time

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

import logs
import settings

_settings = settings.load_or_exit()

bind = f"0.0.0.0:{_settings.port}"


class _Sharing(ThreadWorker):
    """gunicorn's gthread, of which the worker with the fewest connections takes the next one.

    All workers are woken by a new connection. The first to be awake would take it, be it busy, and
    of a load balancer's kept-alive connections nearly all would stay with that one for good: half
    the throughput, as measured with 32 of them and two workers.
    """

    def accept(self, listener: object) -> None:
        """Take a connection, unless somebody who holds fewer was quicker."""
        time.sleep(_HEAD_START * min(self.nr_conns, _MOST_COUNTED))
        super().accept(listener)


_HEAD_START = 50e-6  # seconds for each connection that is held
_MOST_COUNTED = 20  # so that nobody waits for more than a millisecond

worker_class = _Sharing
workers = 2
# A text waits in its thread for the commit that it shares, so more threads make larger groups.
threads = 16
# The provider gives a webhook 15 seconds, and a stop should not take longer than that.
timeout = 30
graceful_timeout = 10
keepalive = 5

logconfig_dict = logs.stdlib_config(_settings.log_level, _settings.log_format)


class _WithoutAccess(Logger):
    """No access log: addresses of subscribers' pages and of receipts say who got what. The load
    balancer's log is the place for that, with whatever the operator allows in it.

    gunicorn's own class puts a line together for each request as soon as anybody configures its
    logging, also where nobody reads it, which took a tenth of a receipt's time.
    """

    def access(self, *_request: object) -> None:
        """Say nothing."""


logger_class = _WithoutAccess

# gunicorn's control socket is a second door that nobody here uses, and two servers of one user
# would fight over it.
control_socket_disable = True


def post_fork(_server: object, _worker: object) -> None:
    """Give the application the same log lines as the server."""
    logs.configure(_settings.log_level, _settings.log_format)
