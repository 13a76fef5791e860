"""Lists: named, saved groups of subscriptions."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, select
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from admin.forms import Form, required
from admin.paging import older_than, paginate
from admin.queries.lists import keys_on_list, lists_of, on_list, row_of, why_in_use, why_kept
from admin.queries.numbers import digits_of
from admin.queries.searching import SEARCHED, first_searched_on
from admin.queries.states import state_asked
from admin.session import commit, db, member, mine, organization_id
from models import ConsentSource, List, ListSubscription, Program, Subscription
from models.consenting import Evidence, leave_list

pages = Blueprint("lists", __name__, url_prefix="/lists")


class NameForm(Form):
    """A list's name."""

    name = StringField("Name", required("Give the list a name.", 60))


class ListForm(NameForm):
    """A new list, in one of the organization's programs."""

    program_id = SelectField("Program", coerce=int)


@pages.get("")
def index() -> str:
    """Every list with its size, and the form for a new one."""
    return _index(_new_form())


@pages.post("")
def create() -> ResponseReturnValue:
    """A new, empty list."""
    form = _new_form()
    if not form.validate() or not _is_free(form, form.program_id.data):
        return _index(form), 422
    found = List(
        organization_id=organization_id(),
        program_id=form.program_id.data,
        name=form.name.data,
        created_at=datetime.now(UTC),
    )
    db().add(found)
    commit()
    flash(f"“{found.name}” is there. Point a keyword at it so that people can join.", "success")
    return redirect(url_for("lists.show", id=found.id))


@pages.get("/<int:id>")
def show(id: int) -> str:
    """One list, and who is on it."""
    found = mine(List, id)
    return _show(found, NameForm(formdata=None, name=found.name))


@pages.post("/<int:id>/name")
def rename(id: int) -> ResponseReturnValue:
    """Another name for the list."""
    found, form = mine(List, id), NameForm()
    if not form.validate() or not _is_free(form, found.program_id, found.id):
        return _show(found, form), 422
    found.name = form.name.data
    db().add(found)
    commit()
    flash("The list was renamed.", "success")
    return redirect(url_for("lists.show", id=id))


@pages.post("/<int:id>/delete")
def delete(id: int) -> ResponseReturnValue:
    """Delete a list that nothing uses; else say what does."""
    found = mine(List, id)
    if reason := why_kept(db(), found):
        flash(f"“{found.name}” cannot be deleted. {reason}", "danger")
        return redirect(url_for("lists.show", id=id))
    db().delete(found)
    commit()
    flash(f"“{found.name}” was deleted.", "success")
    return redirect(url_for("lists.index"))


@pages.post("/<int:id>/remove/<int:subscription_id>")
def remove(id: int, subscription_id: int) -> ResponseReturnValue:
    """Take one subscriber off the list, with a consent event that names the member."""
    found, subscription = mine(List, id), mine(Subscription, subscription_id)
    if db().get(ListSubscription, (found.id, subscription.id)) is None:
        abort(404)
    evidence = Evidence(
        source=ConsentSource.member, member_id=member().id, note="Removed from the list by a member"
    )
    leave_list(db(), subscription, found.id, evidence, datetime.now(UTC))
    commit()
    flash("They are off this list. Their other lists stay.", "success")
    return redirect(url_for("lists.show", id=id))


def _new_form() -> ListForm:
    form = ListForm()
    programs = db().exec(
        select(Program)
        .where(Program.organization_id == organization_id())
        .order_by(col(Program.name))
    )
    form.program_id.choices = [SelectChoice(program.id, program.name) for program in programs]
    return form


def _is_free(form: NameForm, program_id: int, but: int | None = None) -> bool:
    """Whether no other list of the program has the name; else the reason goes beside it."""
    taken = db().exec(
        select(List.id).where(
            List.program_id == program_id, List.name == form.name.data, List.id != (but or 0)
        )
    )
    if taken.first() is None:
        return True
    form.name.errors = ["There is a list of this name already. Choose another."]
    return False


def _index(form: ListForm) -> str:
    return render_template("lists/index.html", rows=lists_of(db(), organization_id()), form=form)


def _show(found: List, form: NameForm) -> str:
    digits, state = digits_of(request.args.get("q", "")), state_asked()
    before = older_than()
    first = first_searched_on(db(), found.id, before)
    page = paginate(
        on_list(found),
        key=col(ListSubscription.subscription_id),
        keys=keys_on_list(db(), found, state, digits, before),
        searched=first if digits or state else 0,
    )
    return render_template(
        "lists/show.html",
        row=row_of(db(), found),
        page=page,
        searched=SEARCHED if first or before else None,
        digits=digits,
        state=state,
        form=form,
        why_kept=why_in_use(db(), found),
    )
