"""One database session a request, and the one way that pages look something up by its id."""

from typing import TypeVar, cast

from flask import Flask, abort, current_app, g, request
from flask_login import current_user
from sqlmodel import Session, SQLModel, select

from admin.identity import Login
from admin.queries.inbox import count_marked
from models import Organization
from models.base import table_of
from models.database import Database
from models.sizes import Amount
from models.stopping import stopped_by

Row = TypeVar("Row", bound=SQLModel)

# Requests that change nothing.
READS = frozenset({"GET", "HEAD", "OPTIONS"})


def register(app: Flask, database: Database) -> None:
    """Pages on `app` read and write `database`; what a page does not commit is rolled back."""
    app.extensions["marquee.database"] = database
    app.context_processor(
        lambda: {
            "organization": organization,
            "marked_count": marked_count,
            "stopped_by": lambda: stopped_by(db(), organization()),
        }
    )

    @app.teardown_appcontext
    def end_session(_error: BaseException | None) -> None:
        open_session: Session | None = g.pop("marquee_session", None)
        if open_session is not None:
            open_session.close()


def db() -> Session:
    """This request's session: a reading one for GET and HEAD, else a writing one.

    A log-in reads too: it writes its throttle in transactions of its own, which must not wait for
    this one while a password is hashed.
    """
    if "marquee_session" not in g:
        reads_only = request.method in READS or request.blueprint == "security"
        g.marquee_session = database().session(reads_only=reads_only)
    return cast(Session, g.marquee_session)


def database() -> Database:
    """The database itself, for what outlives a request's session or needs several."""
    found: Database = current_app.extensions["marquee.database"]
    return found


def commit() -> None:
    """Keep what the page changed. The door commits: nothing below it does."""
    db().commit()


def commit_erasure() -> None:
    """Keep what the page erased, also in the database's own log."""
    commit()
    database().forget()


def member() -> Login:
    """The member who is logged in. Only for pages behind the log-in."""
    return cast(Login, current_user._get_current_object())


def organization_id() -> int:
    """The tenant of this request."""
    return member().organization_id


def is_limited() -> bool:
    """Whether the member sees one program only (admin.scope), and so many rows are passed by."""
    return member().program_id is not None


def organization() -> Organization:
    """The tenant of this request, for the menu."""
    return db().get_one(Organization, organization_id())


def marked_count() -> Amount:
    """How many inbound messages wait for a member's eyes, for the menu; counted once a request."""
    if "marquee_marked" not in g:
        g.marquee_marked = count_marked(db(), organization_id())
    return cast(Amount, g.marquee_marked)


def mine(model: type[Row], key: int) -> Row:
    """The row of this organization with that id; a page of 404 if there is none.

    Another organization's row is as absent as one that never was.
    """
    columns = table_of(model).c
    row = (
        db()
        .exec(select(model).where(columns.id == key, columns.organization_id == organization_id()))
        .first()
    )
    if row is None:
        abort(404)
    return row
