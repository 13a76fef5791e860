"""PostgreSQL's advisory locks of an organization, which end with the transaction that took them.

For what no row stands for: that nobody is new, or that nothing else is counted. SQLite needs none,
as one transaction writes at a time.
"""

from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy import cast as sql_cast

# The first keys, one for each purpose; the second key is the organization.
FREQUENCY: Final = 0x4D52_4C54
ARRIVALS: Final = 0x4D52_4152


def organization_lock(function: str) -> Select[Any]:
    """A question that takes the lock of its parameters `kind` and `organization` by one of
    PostgreSQL's functions, e.g. pg_advisory_xact_lock_shared."""
    return select(
        getattr(func, function)(
            sql_cast(bindparam("kind"), Integer()),
            sql_cast(func.mod(bindparam("organization"), 2**31 - 1), Integer()),
        )
    )
