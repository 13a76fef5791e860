"""How long texts are kept: one number of days for the organization."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from admin.forms import Form
from admin.session import commit, db, organization, organization_id
from models import Organization
from models.base import LOCKED
from scheduler.retention import LONGEST_DAYS, SHORTEST_DAYS

pages = Blueprint("retention", __name__, url_prefix="/settings/retention")


class RetentionForm(Form):
    """The days; what is older is erased within the hour."""

    keep_texts_days = IntegerField(
        "Keep texts for how many days?",
        [
            InputRequired("Give a whole number of days."),
            NumberRange(
                SHORTEST_DAYS,
                LONGEST_DAYS,
                f"Keep texts for {SHORTEST_DAYS} to {LONGEST_DAYS:,} days: carriers ask for proof "
                "until six months after somebody left.",
            ),
        ],
    )


@pages.get("")
def show() -> str:
    """The form, and what is kept for how long."""
    return _page(RetentionForm(formdata=None, obj=organization()))


@pages.post("")
def save() -> ResponseReturnValue:
    """Change the number of days."""
    form = RetentionForm()
    if not form.validate():
        return _page(form), 422
    changed = db().get_one(Organization, organization_id(), with_for_update=LOCKED)
    changed.keep_texts_days = form.keep_texts_days.data
    commit()
    flash(f"Texts are kept for {form.keep_texts_days.data:,} days from now on.", "success")
    return redirect(url_for("settings_page.show"))


def _page(form: RetentionForm) -> str:
    return render_template(
        "settings/retention.html", form=form, shortest=SHORTEST_DAYS, longest=LONGEST_DAYS
    )
