"""Subscribers: search, and one subscriber's whole history."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col

from admin.pages.why_card import why_card
from admin.paging import older_than, paginate
from admin.queries.numbers import digits_of
from admin.queries.searching import SEARCHED, first_searched
from admin.queries.states import state_asked
from admin.queries.subscribers import history, moments, standings, subscribers, suppression_of
from admin.revocations import OptOutForm
from admin.session import commit, db, member, mine, organization_id
from models import Subscriber, SuppressionReason
from models.consenting import revoke_everything
from models.known_people import lock_people

pages = Blueprint("subscribers", __name__, url_prefix="/subscribers")


@pages.get("")
def index() -> str:
    """Everybody, or those whose number and state match."""
    digits, state = digits_of(request.args.get("q", "")), state_asked()
    before = older_than()
    first = first_searched(db(), organization_id(), before)
    page = paginate(
        subscribers(db(), organization_id(), state, digits, before),
        key=col(Subscriber.id),
        searched=first if digits or state else 0,
    )
    return render_template(
        "subscribers/index.html",
        page=page,
        standings=standings(db(), [found.id for found in page.items]),
        digits=digits,
        state=state,
        searched=SEARCHED if first or before else None,
    )


@pages.get("/<int:id>")
def show(id: int) -> str:
    """One subscriber: where they stand, and all that happened."""
    return _show(mine(Subscriber, id), OptOutForm(formdata=None))


@pages.post("/<int:id>/opt-out")
def opt_out(id: int) -> ResponseReturnValue:
    """Record an opt-out by hand.

    47 CFR 64.1200(a)(10): a revocation by e-mail, telephone or in person counts like a STOP.
    """
    found, form, now = mine(Subscriber, id), OptOutForm(), datetime.now(UTC)
    lock_people(db(), [found.id])  # and read again: who was erased meanwhile keeps no number
    if found.erased_at is not None:
        flash("This person was erased and gets nothing any more: there is nothing to end.", "info")
        return redirect(url_for("subscribers.show", id=id))
    if not form.validate():
        return _show(found, form), 422
    evidence = form.evidence(member().id)
    revoke_everything(db(), found, evidence, now, SuppressionReason.member)
    commit()
    flash("The opt-out is recorded. This number gets nothing more.", "success")
    return redirect(url_for("subscribers.show", id=id))


def _show(found: Subscriber, form: OptOutForm) -> str:
    page = paginate(history(found))
    return render_template(
        "subscribers/show.html",
        subscriber=found,
        standings=standings(db(), [found.id]).get(found.id, []),
        suppression=suppression_of(db(), found),
        page=page,
        moments=moments(db(), page.items),
        form=form,
        **why_card(found),
    )
