"""An auditor asks for whole numbers, with a reason that is kept."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from admin.forms import Form, required
from admin.masking import UNMASKED_FOR, is_masked, unmask
from admin.session import commit, db, member, organization_id
from models import AuditKind
from models.leaves import note_act

pages = Blueprint("unmasking", __name__, url_prefix="/unmask")

MINUTES = UNMASKED_FOR.seconds // 60


class ReasonForm(Form):
    """Why whole numbers are needed."""

    reason = TextAreaField(
        "Why do you need to see whole numbers?",
        required("Give the reason: it is recorded with your name.", 500),
    )


@pages.get("")
def ask() -> str:
    """The form, and what follows from it."""
    return _page(ReasonForm(formdata=None))


@pages.post("")
def show_whole_numbers() -> ResponseReturnValue:
    """Record the reason, then show whole numbers for a while."""
    form = ReasonForm()
    if not form.validate():
        return _page(form), 422
    if is_masked():
        now = datetime.now(UTC)
        note_act(
            db(),
            organization_id(),
            AuditKind.unmasked,
            now,
            member_id=member().id,
            reason=form.reason.data,
            minutes=MINUTES,
        )
        commit()
        unmask(now)
        flash(f"Whole numbers are shown for {MINUTES} minutes. Your reason is recorded.", "warning")
    return redirect(url_for("dashboard.show"))


def _page(form: ReasonForm) -> str:
    return render_template("unmasking/ask.html", form=form, minutes=MINUTES)
