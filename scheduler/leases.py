"""What each claim took, so that it is found again when its process dies.

A process ends a lease when all of its deliveries are answered for. What is left when their time is
over are those of processes that died or froze: no index has to follow all that is under way.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Delete, Insert, String, bindparam, delete, insert, select
from sqlmodel import Session, col

from models import Delivery, DeliveryStatus, Lease
from models.base import table_of
from models.bulk import Given, Writing, is_postgresql, write_together
from models.shared_clock import SET_BACK
from models.submitting import LEASE


def granted(token: str, keys: Iterable[int], until: datetime) -> Writing:
    """The note of which deliveries a claim takes, by their keys, and until when it has them."""
    return _grant(), {"granted": token, "runs": as_runs(keys), "lapses": until}


@cache
def _grant() -> Insert:
    table = table_of(Lease)
    values = {"token": "granted", "deliveries": "runs", "until": "lapses"}
    return insert(table).values(
        {column: bindparam(name, type_=table.c[column].type) for column, name in values.items()}
    )


def end(session: Session, tokens: Collection[str]) -> None:
    """Forget claims of which nothing is under way any more."""
    write_together(session, *ended(session, tokens))


def ended(session: Session, tokens: Collection[str]) -> list[Writing]:
    """The same, for who writes it together with something else; nothing if there are none."""
    if not tokens:
        return []
    kind = is_postgresql(session)
    return [(_end(kind), _ENDED.values(kind, [(token,) for token in sorted(tokens)]))]


_ENDED = Given(ended_token=String())


@cache
def _end(on_postgresql: bool) -> Delete:
    table, ended = table_of(Lease), _ENDED.table(on_postgresql)
    return delete(table).where(table.c.token.in_(select(ended.c.ended_token)))


def lapsed(session: Session, now: datetime, most: int) -> list[Lease]:
    """Leases whose time is over, the oldest first, locked: of about `most` deliveries.

    One that would run for longer than any can is of before the clock was set back, and over too.
    """
    until = col(Lease.until)
    is_over = (until < now) | (until > now + LEASE + SET_BACK)
    oldest_first = select(Lease).where(is_over).order_by(until)
    found, number = [], 0
    for lease in session.execute(
        oldest_first.limit(most).with_for_update(skip_locked=True, key_share=True)
    ).scalars():
        if number < most:
            found.append(lease)
            number += len(from_runs(lease.deliveries))
    return found


def under_way(leases: Sequence[Lease]) -> ColumnElement[bool]:
    """The deliveries that are `sending` under one of these leases."""
    keys = [key for lease in leases for key in from_runs(lease.deliveries)]
    return (
        col(Delivery.id).in_(keys)
        & (col(Delivery.status) == DeliveryStatus.sending)
        & col(Delivery.lease_token).in_([lease.token for lease in leases])
    )


def as_runs(keys: Iterable[int]) -> str:
    """Keys as the JSON of runs, e.g. "[[7,9],[12,12]]" for 7, 8, 9 and 12: a claim's are neighbours
    as a rule."""
    runs: list[list[int]] = []
    for key in sorted(keys):
        if runs and runs[-1][1] == key - 1:
            runs[-1][1] = key
        else:
            runs.append([key, key])
    return json.dumps(runs, separators=(",", ":"))


def from_runs(runs: str) -> list[int]:
    """The keys that `as_runs` was given, in order."""
    pairs: list[Any] = json.loads(runs)
    return [key for low, high in pairs for key in range(low, high + 1)]
