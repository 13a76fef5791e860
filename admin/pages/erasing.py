"""A person asked in another way than by their own page to be erased: an owner does it for them."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from admin.access import may_change
from admin.forms import Form
from admin.session import commit_erasure, db, member, mine
from models import Subscriber
from models.erasing import erase

# A family of its own, so that a promoter, who may change subscribers, cannot erase them.
pages = Blueprint("erasing", __name__, url_prefix="/subscribers")

# Our own words, not the member's: the act is kept for ever, and must hold nothing personal.
REQUESTS = {
    "e-mail": "By e-mail",
    "letter": "By letter",
    "telephone": "By telephone",
    "in person": "In person",
    "authority": "Through an authority or a lawyer",
}


class EraseForm(Form):
    """How the person asked, and that it was the person."""

    request = RadioField(
        "How did they ask?",
        [InputRequired("Say how they asked: it is recorded with your name.")],
        choices=list(REQUESTS.items()),
    )
    is_sure = BooleanField(
        "I have made sure that the request comes from this person",
        [InputRequired("Make sure first: an erased person cannot be brought back.")],
    )


@pages.get("/<int:id>/erase")
def ask(id: int) -> ResponseReturnValue:
    """What erasing does, and the form for it."""
    if not may_change("erasing"):
        abort(403)
    found = mine(Subscriber, id)
    if found.erased_at is not None:
        return redirect(url_for("subscribers.show", id=id))
    return _page(found, EraseForm(formdata=None))


@pages.post("/<int:id>/erase")
def erase_one(id: int) -> ResponseReturnValue:
    """Erase the person on their request."""
    found, form = mine(Subscriber, id), EraseForm()
    if not form.validate():
        return _page(found, form), 422
    erase(db(), found, datetime.now(UTC), member_id=member().id, request=form.request.data)
    commit_erasure()
    flash("Erased. That it was done, when and by whom stays on record.", "success")
    return redirect(url_for("subscribers.show", id=id))


def _page(found: Subscriber, form: EraseForm) -> str:
    return render_template("subscribers/erase.html", subscriber=found, form=form)
