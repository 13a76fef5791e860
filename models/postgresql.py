"""How long a connection to PostgreSQL waits for a host that says nothing any more, and its server
for a process that does not go on; what else a connection needs, whatever stands between or the
server has set for others; and which of its errors pass.

A host that loses its power ends no connection, and TCP alone would wait for a reply for hours: a
web worker would answer no webhook meanwhile. A live host answers the probes however long its server
works on a question, so that nothing is cut that is only slow. The other way round a process that
stands still in a transaction, in a machine that is suspended say, would keep what it has locked
from all others for as long.
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
# After so long without a word in a transaction the server takes it back and ends the connection. A
# server, role or address that has a shorter one keeps it (34.1.2 `options`; 19.11.1).
_STANDSTILL: Final = "idle_in_transaction_session_timeout"
_MOST_SECONDS, _MOST_SECONDS_OF_A_CLIENT = 60, 600
_NOT_FOR_EVER: Final = (  # the server counts in milliseconds, and 0 is no limit
    "SELECT set_config(own.name, asked.most::text, false) "
    "FROM (VALUES (%s, %s::int)) AS asked (name, most) JOIN pg_settings AS own USING (name) "
    "WHERE own.setting::int NOT BETWEEN 1 AND asked.most"
)
# What the driver would take from the server, or from PGCLIENTENCODING.
_ALWAYS: Final = {"client_encoding": "utf8"}
# Its ways to read a table, or to join with it, from end to end; and compiling plans, which takes
# longer than any that is left: it would do so for small tables that have no index.
_NOT_BY_KEY: Final = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit")
# deadlock_detected and serialization_failure: of one transaction, not of the server.
_PASSING: Final = frozenset({"40P01", "40001"})


def patient(address: URL) -> URL:
    """The same address with the time-outs that it does not name itself; texts are Unicode."""
    return address.set(query={**_PATIENCE, **address.query, **_ALWAYS})


def settle_in(connection: Any, *, always_by_key: bool = False) -> bool:
    """Make a new connection of the driver's fit for use; whether a pooler stands between. Where
    none does, every row can be `always_by_key`.

    A pooler names no process of the server at the log-in, since it lends another one to each
    transaction. There a statement that was prepared is another client's, or nobody's, in the
    next: so none is.
    """
    was, connection.autocommit = connection.autocommit, True
    # Times are read in ISO's way only.
    asked = "SELECT pg_backend_pid(), set_config('DateStyle', 'ISO', false)"
    (process, _) = connection.execute(asked).fetchone()
    is_pooled = bool(process != connection.info.backend_pid)
    if is_pooled:
        connection.prepare_threshold = None
    else:
        connection.execute(_NOT_FOR_EVER, (_STANDSTILL, _MOST_SECONDS * 1000))
        if always_by_key:
            connection.execute(found_by_key(for_one_transaction=False))
    connection.autocommit = was
    return is_pooled


def found_by_key(*, for_one_transaction: bool) -> str:
    """What makes it find rows by an index only. For the life of a connection only where no pooler
    lends it to others, too."""
    local = str(for_one_transaction).lower()
    return "SELECT " + ", ".join(f"set_config('{way}', 'off', {local})" for way in _NOT_BY_KEY)


def for_a_page() -> str:
    """The same for one transaction of a page, which may wait for a client that sends a file."""
    most = _MOST_SECONDS_OF_A_CLIENT * 1000
    return found_by_key(for_one_transaction=True) + f", set_config('{_STANDSTILL}', '{most}', true)"


def for_a_long_look() -> str:
    """What lets a transaction that only reads stand still for as long as it likes: it locks nothing
    that anybody waits for, and what it has read may take minutes to be packed."""
    return f"SELECT set_config('{_STANDSTILL}', '0', true)"


def is_cut(error: BaseException) -> bool:
    """Whether the server ended this transaction because another was in its way: done again, the
    same work may succeed."""
    cause: Any = error.orig if isinstance(error, OperationalError) else None
    return getattr(cause, "sqlstate", None) in _PASSING
