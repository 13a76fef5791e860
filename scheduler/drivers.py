"""The two databases' own drivers, for questions that must cost next to nothing.

PostgreSQL's takes 9 MB of memory, and is imported by the first connection to it.
"""

import sqlite3
import sys
from typing import Any

from sqlalchemy.exc import DBAPIError

from models.database import Database
from models.writable import insist_on_writing


def connect(database: Database) -> Any:
    """A connection beside SQLAlchemy's, without transactions, for one thread at a time. Raises one
    of `trouble`."""
    url = database.engine.url
    if database.is_postgresql:
        import psycopg

        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)
    path = url.database or ":memory:"
    insist_on_writing(path)
    return sqlite3.connect(path, check_same_thread=False, timeout=0)


def trouble() -> tuple[type[Exception], ...]:
    """What SQLAlchemy and the drivers raise when the database is away, locked or broken."""
    psycopg = sys.modules.get("psycopg")
    known: tuple[type[Exception], ...] = (DBAPIError, sqlite3.Error)
    return known if psycopg is None else (*known, psycopg.Error)


def name_of(error: Exception) -> str:
    """What the driver calls its trouble, also where SQLAlchemy has wrapped it."""
    return type(getattr(error, "orig", None) or error).__name__
