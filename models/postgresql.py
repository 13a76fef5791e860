"""How long a connection to PostgreSQL waits for a host that says nothing any more; and which of its
errors pass.

A host that loses its power ends no connection, and TCP alone would wait for a reply for hours: a
web worker would answer no webhook meanwhile. A live host answers the probes however long its server
works on a question, so that nothing is cut that is only slow.
"""

from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

# libpq's parameters (PostgreSQL's documentation, 34.1.2), which it ignores on Unix sockets. A host
# that is gone is found out after 11 s, and a second try at it after 3 more: the provider waits 15 s
# for a webhook's answer.
_PATIENCE: Final = {
    "connect_timeout": "3",  # seconds, for each of the server's addresses
    "keepalives": "1",
    "keepalives_idle": "5",  # seconds without a word, before the first probe
    "keepalives_interval": "2",  # seconds
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",  # milliseconds until what was sent is acknowledged
}
# deadlock_detected and serialization_failure: of one transaction, not of the server.
_PASSING: Final = frozenset({"40P01", "40001"})


def patient(address: URL) -> URL:
    """The same address with the time-outs that it does not name itself."""
    return address.set(query={**_PATIENCE, **address.query})


def is_cut(error: BaseException) -> bool:
    """Whether the server ended this transaction because another was in its way: done again, the
    same work may succeed."""
    cause: Any = error.orig if isinstance(error, OperationalError) else None
    return getattr(cause, "sqlstate", None) in _PASSING
