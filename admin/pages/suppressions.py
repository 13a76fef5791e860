"""Suppressions: the numbers that get nothing, adding to them, and files of numbers in and out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from sqlmodel import col, select
from wtforms import SelectField, StringField

from admin.access import may_change
from admin.forms import Form, required
from admin.number_exports import Export, in_pieces, lines_of, note_export
from admin.paging import older_than, paginate
from admin.queries import suppressions as queries
from admin.queries.numbers import digits_of
from admin.queries.searching import SEARCHED
from admin.revocations import NumberForm
from admin.session import commit, database, db, is_limited, member, mine, organization_id
from models import FileKind, NumberFile, RefusedRow, Suppression, SuppressionReason
from models.consenting import locked_subscriber, revoke_everything
from models.number_files import Upload, keep, take_for_a_while
from models.number_reading import LARGEST_BYTES, BrokenFile, NoNumbers
from models.suppressing import REVOKING

pages = Blueprint("suppressions", __name__, url_prefix="/suppressions")

_NOTHING = (
    "No row of this file holds a phone number. Give one in each row, in a column called “phone”."
)
_FILE_NAMES = {
    Export.suppressions: "suppressions.csv",
    Export.consent_dates: "reassigned-numbers-query.csv",
}
_SHOWN_REFUSALS = 50


class FileForm(Form):
    """A file of numbers, what it says about them, and on whose word."""

    kind = SelectField(
        "What are these numbers?",
        choices=[
            (FileKind.suppression.value, "People who must not be messaged"),
            (FileKind.deactivated.value, "Numbers that the carriers deactivated"),
        ],
    )
    file = FileField("File", [FileRequired("Choose a CSV or text file.")])
    declared_source = StringField(
        "Where does it come from?",
        required("Say where this file comes from: it is kept as the proof.", 300),
    )


@pages.url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file of numbers may be larger than other forms. It goes to the disk, not into memory."""
    if endpoint == "suppressions.take":
        request.max_content_length = LARGEST_BYTES + 2**16


@pages.get("")
def index() -> str:
    """The list, filtered by the end of a number (?q=), and the latest files."""
    digits, before = digits_of(request.args.get("q", "")), older_than()
    first = queries.first_searched(db(), organization_id(), before)
    page = paginate(
        queries.suppressions(organization_id()),
        key=col(Suppression.id),
        keys=queries.keys(db(), organization_id(), digits, before),
        searched=first if digits else 0,
        first=first if is_limited() else 0,
    )
    return render_template(
        "suppressions/index.html",
        page=page,
        digits=digits,
        state=None,
        searched=SEARCHED if first or before else None,
        files=queries.latest_files(db(), organization_id()),
        deactivated=queries.last_deactivated(db(), organization_id(), datetime.now(UTC)),
    )


@pages.get("/new")
def new() -> str:
    """The form to add one number by hand."""
    if not may_change("suppressions"):
        abort(403)
    return render_template("suppressions/new.html", form=NumberForm(formdata=None))


@pages.post("/new")
def add() -> ResponseReturnValue:
    """Add one number by hand, also one that never texted: it counts like a STOP.

    The number gets a subscriber's row, so that the event and its proof have a place.
    """
    form, now = NumberForm(), datetime.now(UTC)
    if not form.validate():
        return render_template("suppressions/new.html", form=form), 422
    subscriber = locked_subscriber(db(), organization_id(), form.number.data, now)
    evidence = form.evidence(member().id)
    revoke_everything(db(), subscriber, evidence, now, SuppressionReason.member)
    commit()
    flash("The opt-out is recorded. This number gets nothing more.", "success")
    return redirect(address_of("subscribers.show", id=subscriber.id))


@pages.get("/import")
def choose() -> str:
    """The form to import a file of numbers."""
    if not may_change("suppressions"):
        abort(403)
    form = FileForm(formdata=None)
    asked = request.args.get("kind", "")
    form.kind.data = asked if asked in set(REVOKING) else FileKind.suppression.value
    return render_template("suppressions/import.html", form=form)


@pages.post("/import")
def take() -> ResponseReturnValue:
    """Keep a whole file, or nothing of it, and begin with it; the clock does what is left."""
    form = FileForm()
    if not form.validate():
        return render_template("suppressions/import.html", form=form), 422
    given = form.file.data
    upload = Upload(
        kind=FileKind(form.kind.data),
        name=PurePath(given.filename).name[:200],
        declared_source=form.declared_source.data,
        member_id=member().id,
    )
    owner = organization_id()
    commit()  # a long look at the file follows, without a transaction
    try:
        file = keep(database(), owner, upload, given.stream, datetime.now(UTC))
    except (BrokenFile, NoNumbers) as problem:
        form.file.errors = [str(problem) or _NOTHING]
        return render_template("suppressions/import.html", form=form), 422
    take_for_a_while(database(), file.id)
    return redirect(address_of("suppressions.result", id=file.id))


@pages.get("/files/<int:id>")
def result(id: int) -> str:
    """What came of a file."""
    file = mine(NumberFile, id)
    refused = db().exec(_refused(file).limit(_SHOWN_REFUSALS)).all()
    family = "imports" if file.kind is FileKind.subscribers else "suppressions"
    return render_template(f"{family}/file.html", file=file, refused=refused)


@pages.get("/files/<int:id>/refused.csv")
def refused_rows(id: int) -> Response:
    """Every refused row of a file with its reason."""
    statement = _refused(mine(NumberFile, id)).execution_options(yield_per=1000)
    source = database()

    def lines() -> Iterator[str]:
        with source.read() as session:
            rows = ((str(one.row), one.reason) for one in session.exec(statement))
            yield from in_pieces(rows, header=("row", "reason"))

    return _download(lines(), f"refused-rows-{id}.csv")


@pages.post("/export/<what>.csv")
def export(what: str) -> Response:
    """Hand out the list, or the query for the Reassigned Numbers Database, and record that."""
    if what not in set(Export):
        abort(404)
    wanted, owner = Export(what), organization_id()
    note_export(db(), owner, wanted, member().id)
    commit()
    source = database()

    def lines() -> Iterator[str]:
        # The request's own session ends before the last line leaves.
        with source.read() as session:
            yield from lines_of(wanted)(session, owner)

    return _download(lines(), _FILE_NAMES[wanted])


def _refused(file: NumberFile) -> Any:
    return (
        select(RefusedRow).where(RefusedRow.number_file_id == file.id).order_by(col(RefusedRow.row))
    )


def _download(lines: Iterator[str], name: str) -> Response:
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
