"""Numbers with a consent gathered elsewhere: a file into a list, or one number with a note."""

from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from admin.forms import Form, required
from admin.session import commit, database, db, member, mine
from messaging.line_types import why_not_textable
from messaging.numbers import InvalidNumber
from models import FileKind, List, Program
from models.importing import LEFT_BEFORE, AgeUnknown, Outcome, take_by_hand
from models.number_files import Upload, keep, take_for_a_while
from models.number_reading import LARGEST_BYTES, BrokenFile, NoNumbers, read_number

pages = Blueprint("imports", __name__, url_prefix="/lists/<int:id>/imports")

_NOTHING = (
    "No row of this file holds a phone number that the program can text. Give one in each row, in "
    "a column called “phone”."
)
_NO_AGE = "This program has a minimum age. Import only people whose age was checked, and say so."
_UNDONE = {
    Outcome.known_before: "This number is on the list already.",
    Outcome.waiting: "They asked to join and have not said yes. Only their own yes counts.",
    Outcome.left_before: LEFT_BEFORE,
}


class AgeForm(Form):
    """The declaration that a program with a minimum age asks for."""

    is_age_checked = BooleanField("The age of everybody here was checked")


class FileForm(AgeForm):
    """A file of numbers with the proof of their consent."""

    file = FileField("File", [FileRequired("Choose a CSV or text file.")])
    declared_source = StringField(
        "Where was the consent gathered?",
        required("Say where these people agreed: it is kept as the proof.", 300),
    )
    declared_on = DateField(
        "On which date?", [InputRequired("Give the date on which they agreed, e.g. 2026-03-01.")]
    )
    proof_text = TextAreaField(
        "What were they told, and what did they agree to?",
        required("Give the exact words that they agreed to: they are kept as the proof.", 4000),
    )

    def validate_declared_on(self, field: Any) -> None:
        """Nobody has agreed tomorrow."""
        if field.data is not None and field.data > datetime.now(UTC).date():
            raise ValidationError("This date is in the future. Give the date on which they agreed.")


class NumberForm(AgeForm):
    """One number, with a member's word for its consent."""

    number = StringField("Phone number", required("Give the number.", 60))
    note = TextAreaField(
        "How and when did they agree?",
        required("Say how and when they agreed: it is the proof of this consent.", 1000),
    )


@pages.url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file of numbers may be larger than other forms. It goes to the disk, not into memory."""
    if endpoint == "imports.take":
        request.max_content_length = LARGEST_BYTES + 2**16


@pages.get("")
def choose(id: int) -> str:
    """The two forms: a file, or one number."""
    return _show(mine(List, id), FileForm(formdata=None), NumberForm(formdata=None))


@pages.post("")
def take(id: int) -> ResponseReturnValue:
    """Keep a whole file, or nothing of it, and begin with it; the clock does what is left."""
    found, form = mine(List, id), FileForm()
    if not form.validate():
        return _show(found, form, NumberForm(formdata=None)), 422
    given = form.file.data
    upload = Upload(
        kind=FileKind.subscribers,
        name=PurePath(given.filename).name[:200],
        declared_source=form.declared_source.data,
        member_id=member().id,
        list_id=found.id,
        declared_on=form.declared_on.data,
        proof_text=form.proof_text.data,
        is_age_checked=form.is_age_checked.data,
    )
    commit()  # a long look at the file follows, without a transaction
    try:
        file = keep(database(), found.organization_id, upload, given.stream, datetime.now(UTC))
    except (BrokenFile, NoNumbers) as problem:
        form.file.errors = [str(problem) or _NOTHING]
        return _show(found, form, NumberForm(formdata=None)), 422
    except AgeUnknown:
        form.is_age_checked.errors = [_NO_AGE]
        return _show(found, form, NumberForm(formdata=None)), 422
    take_for_a_while(database(), file.id)
    return redirect(url_for("suppressions.result", id=file.id))


@pages.post("/number")
def take_one(id: int) -> ResponseReturnValue:
    """Put one number on the list, with the member's note as its proof."""
    found, form = mine(List, id), NumberForm()
    if not form.validate():
        return _show(found, FileForm(formdata=None), form), 422
    try:
        regions = _regions(found)
        number = read_number(form.number.data, regions[0])
        if reason := why_not_textable(number, regions):
            raise InvalidNumber(reason)
        note, is_checked = form.note.data, form.is_age_checked.data
        outcome = take_by_hand(
            db(), found, number, member().id, note, is_checked, datetime.now(UTC)
        )
    except InvalidNumber as refusal:
        form.number.errors = [str(refusal)]
        return _show(found, FileForm(formdata=None), form), 422
    except AgeUnknown:
        form.is_age_checked.errors = [_NO_AGE]
        return _show(found, FileForm(formdata=None), form), 422
    if outcome is not Outcome.taken:
        db().rollback()
        form.number.errors = [_UNDONE[outcome]]
        return _show(mine(List, id), FileForm(formdata=None), form), 409
    commit()
    flash("The number is on the list, and your note is kept as its proof.", "success")
    return redirect(url_for("lists.show", id=id))


def _regions(found: List) -> list[str]:
    return db().get_one(Program, found.program_id).regions.split() or ["US"]


def _show(found: List, form: FileForm, by_hand: NumberForm) -> str:
    program = db().get_one(Program, found.program_id)
    by_hand.is_age_checked.id = "age_of_one"  # both forms stand on one page
    return render_template(
        "imports/new.html", list=found, program=program, form=form, by_hand=by_hand
    )
