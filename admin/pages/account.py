"""A member's own name and password."""

import secrets

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from admin.forms import Form, required
from admin.passwords import LONGEST, SHORTEST, hash_password, matches
from admin.session import commit, member

pages = Blueprint("account", __name__, url_prefix="/account")


class NameForm(Form):
    """How others see the member."""

    name = StringField("Name", required("Give your name.", 100))


class PasswordForm(FlaskForm):  # type: ignore[misc]  # not Form, which would clean a password
    """A new password, and the old one as proof of who asks."""

    current = PasswordField("Current password", [InputRequired("Give your current password.")])
    new = PasswordField(
        "New password",
        [Length(SHORTEST, LONGEST, f"Use {SHORTEST} to {LONGEST} characters. A sentence is fine.")],
    )
    again = PasswordField("New password again", [EqualTo("new", "The two are not the same.")])

    def validate_current(self, field: PasswordField) -> None:
        if not matches(member().password, field.data):
            raise ValidationError("This is not your current password.")


@pages.get("")
def show() -> str:
    """Both forms."""
    return _page(NameForm(formdata=None, name=member().name), PasswordForm(formdata=None))


@pages.post("/name")
def rename() -> ResponseReturnValue:
    """Change the own name."""
    form = NameForm()
    if not form.validate():
        return _page(form, PasswordForm(formdata=None)), 422
    member().name = form.name.data
    commit()
    flash("Your name was changed.", "success")
    return redirect(url_for("account.show"))


@pages.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the own password; every other session of this member ends."""
    form = PasswordForm()
    if not form.validate():
        return _page(NameForm(formdata=None, name=member().name), form), 422
    login = member()
    login.password = hash_password(form.new.data)
    login.fs_uniquifier = secrets.token_hex(16)
    commit()
    login_user(login, authn_via=["password"])
    flash("Your password was changed. Other devices were logged out.", "success")
    return redirect(url_for("account.show"))


def _page(name_form: NameForm, password_form: PasswordForm) -> str:
    return render_template("account/show.html", name_form=name_form, password_form=password_form)
