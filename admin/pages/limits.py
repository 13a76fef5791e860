"""How many broadcasts one person may get in 24 hours, over all programs of the organization."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from admin.forms import Form
from admin.session import commit, db, organization, organization_id
from models import Organization
from models.base import LOCKED

pages = Blueprint("limits", __name__, url_prefix="/settings/limits")

_MOST = 100


class LimitForm(Form):
    """The number; empty is only what the law says."""

    most_in_24_hours = IntegerField(
        "How many broadcasts may one person get in 24 hours?",
        [Optional(), NumberRange(1, _MOST, f"Give a number from 1 to {_MOST}, or leave it empty.")],
    )


@pages.get("")
def show() -> str:
    """The form, and what counts."""
    return _page(LimitForm(formdata=None, obj=organization()))


@pages.post("")
def save() -> ResponseReturnValue:
    """Change the number; the next message is judged by it."""
    form = LimitForm()
    if not form.validate():
        return _page(form), 422
    changed = db().get_one(Organization, organization_id(), with_for_update=LOCKED)
    changed.most_in_24_hours = number = form.most_in_24_hours.data
    commit()
    if number is None:
        flash("No limit of your own any more: only what the law of a region says.", "success")
    else:
        flash(f"Nobody gets more than {number} in 24 hours from now on.", "success")
    return redirect(url_for("settings_page.show"))


def _page(form: LimitForm) -> str:
    return render_template("settings/limits.html", form=form)
