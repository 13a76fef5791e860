"""PostgreSQL's advisory locks of an organization, which end with the transaction that took them.

For what no row stands for: that nobody is new, or that nothing else is counted. SQLite needs none,
as one transaction writes at a time.
"""

from typing import Any, Final

from sqlalchemy import Function, Integer, Select, bindparam, func, select
from sqlalchemy import cast as sql_cast

# The first keys, one for each purpose; the second key is the organization.
FREQUENCY: Final = 0x4D52_4C54
ARRIVALS: Final = 0x4D52_4152


def organization_lock(function: str) -> Select[Any]:
    """A question that takes the lock of its parameters `kind` and `organization` by one of
    PostgreSQL's functions, e.g. pg_advisory_xact_lock_shared."""
    return select(taking(function, bindparam("kind"), bindparam("organization")))


def taking(function: str, kind: Any, organization: Any) -> Function[Any]:
    """The same as a part of another question."""
    call: Function[Any] = getattr(func, function)(
        sql_cast(kind, Integer()), sql_cast(func.mod(organization, 2**31 - 1), Integer())
    )
    return call
