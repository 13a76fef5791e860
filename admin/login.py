"""Log-in by Flask-Security-Too, over the members' table, with a throttle that lives in rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, current_app
from flask_security import RoleMixin, Security, UserDatastore
from flask_security import hash_password as spend_time
from flask_security.forms import LoginForm
from flask_wtf import CSRFProtect, FlaskForm
from sqlalchemy import case, func, or_, select, update
from sqlmodel import Session, col
from wtforms import StringField
from wtforms.validators import DataRequired

from admin.forms import clean
from admin.identity import Login
from admin.session import db
from models import Member
from models.database import Database
from settings import Settings

TRIES = 10
REST = timedelta(minutes=15)
# One answer to an unknown address, a wrong password and a resting log-in: it tells a stranger
# neither who is a member nor whether a guess was right.
REFUSAL = (
    "This e-mail address and password do not match. "
    f"After {TRIES} wrong tries in a row a log-in rests for {REST.seconds // 60} minutes."
)


class MemberDatastore(UserDatastore):
    """What Flask-Security asks of a database, answered from the request's own session."""

    def __init__(self) -> None:
        super().__init__(Login, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Login | None:
        ((name, value),) = wanted.items()
        column = getattr(Login, name)
        same = func.lower(column) == value.lower() if case_insensitive else column == value
        return db().scalars(select(Login).where(same)).first()

    def find_role(self, role: str) -> None:
        return None

    def put(self, model: Any) -> Any:
        return model

    def commit(self) -> None:
        """Nothing to do: a log-in changes rows in `LogInForm` only, which commits them itself."""


class LogInForm(LoginForm):
    """E-mail address and password. The throttle is here, around the library's own check."""

    # Not the library's field, which judges addresses by rules that a member's may predate.
    email = StringField(
        "E-mail address", [DataRequired("Give your e-mail address.")], filters=[clean]
    )
    remember = None

    def validate(self, **more: Any) -> bool:
        if not FlaskForm.validate(self, **more):
            return False
        database: Database = current_app.extensions["marquee.database"]
        now = datetime.now(UTC)
        with database.write() as session:
            allowed = count_try(session, str(self.email.data), now)
        if not allowed:
            spend_time(str(self.password.data))  # so that the clock does not tell either
            return self._refuse()
        if not super().validate(**more) or self.user is None:
            return self._refuse()
        with database.write() as session:
            forget_tries(session, self.user.id)
        return True

    def _refuse(self) -> bool:
        self.email.errors = []
        self.password.errors = [REFUSAL]
        return False


def count_try(session: Session, email: str, now: datetime) -> bool:
    """Count a try before its password is looked at, so that guesses in parallel share one count.

    False for an unknown address and for a log-in that rests at `now`. A rest that is over starts
    the count again.
    """
    tries = case((col(Member.locked_until).is_not(None), 1), else_=Member.failed_log_ins + 1)
    counted = session.execute(
        update(Member)
        .where(
            func.lower(Member.email) == email.strip().lower(),
            or_(col(Member.locked_until).is_(None), col(Member.locked_until) <= now),
        )
        .values(failed_log_ins=tries, locked_until=case((tries >= TRIES, now + REST), else_=None))
        .returning(col(Member.id))
    )
    return counted.first() is not None


def forget_tries(session: Session, member_id: int) -> None:
    """The password was right: the count starts again."""
    session.execute(
        update(Member)
        .where(col(Member.id) == member_id)
        .values(failed_log_ins=0, locked_until=None)
    )


def register(app: Flask, settings: Settings) -> None:
    """Log-in at /login, log-out at /logout, and CSRF tokens on every form of `app`."""
    cookie = {"HTTPONLY": True, "SAMESITE": "Lax", "SECURE": settings.is_https}
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        SESSION_COOKIE_NAME="marquee",
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch is no attack
        WTF_CSRF_HEADERS=["X-CSRFToken"],
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106
        SECURITY_PASSWORD_SINGLE_HASH=True,  # the hashes of admin.passwords
        SECURITY_LOGIN_USER_TEMPLATE="login.html",
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_STATIC_FOLDER=None,
        SECURITY_FRESHNESS=timedelta(minutes=-1),  # no second log-in within a session
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        **{f"SESSION_COOKIE_{name}": value for name, value in cookie.items()},
        **{f"REMEMBER_COOKIE_{name}": value for name, value in cookie.items()},
    )
    CSRFProtect(app)
    Security(app, MemberDatastore(), login_form=LogInForm)
