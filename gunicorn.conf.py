"""How `gunicorn wsgi:app` serves; it reads this file from the folder that it is started in.

A bad setting ends the start here, with its one sentence and before any worker exists. The workers
build the application, and with it the database's engine, after the fork (`wsgi.app`).
"""

from gunicorn.glogging import Logger

import logs
import memory
import settings
from web import worker as web_worker

_settings = settings.load_or_exit()

bind = f"0.0.0.0:{_settings.port}"

worker_class = web_worker.WebWorker
pre_fork, child_exit = web_worker.before_fork, web_worker.after_end
workers = 2
threads = 16  # for pages; no thread waits for a webhook
# The provider gives a webhook 15 seconds, and a stop should not take longer than that.
timeout = 30
graceful_timeout = 10
keepalive = 5
# A file goes out piece by piece as pages do. The system's own call would wait without an end for a
# client that takes nothing of it.
sendfile = False

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


def post_worker_init(_worker: object) -> None:
    """Once the application is there."""
    memory.leave_imports_alone()
