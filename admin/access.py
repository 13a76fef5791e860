"""Who may do what: denied by default, for every route of the application."""

from datetime import UTC, datetime

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import logout_user

from admin.display import utc
from admin.scope import limit
from admin.session import READS, commit, db, member
from models import Role

# Everything else is for members who are logged in. Webhooks do not come this way (bot.webhooks).
PUBLIC_RULES = frozenset({"/login", "/static/<path:filename>", "/healthz", "/readyz"})
PUBLIC_PREFIXES = ("/p/", "/c/")

# The families of pages on which a role may change something; an owner may everywhere.
_MAY_CHANGE: dict[Role, frozenset[str]] = {
    Role.promoter: frozenset(
        {
            "broadcasts",
            "recurring",
            "stopping",
            "lists",
            "imports",
            "subscribers",
            "suppressions",
            "inbox",
            "account",
        }
    ),
    # To see whole numbers is no change, but it is recorded.
    Role.auditor: frozenset({"unmasking"}),
}


def register(app: Flask) -> None:
    """Check each request before its page, or CSRF, sees it."""
    app.before_request_funcs.setdefault(None, []).insert(0, _guard)
    app.context_processor(lambda: {"may_change": may_change})


def is_public(rule: str) -> bool:
    """Whether a URL rule is open to the world."""
    return rule in PUBLIC_RULES or rule.startswith(PUBLIC_PREFIXES)


def may_change(family: str) -> bool:
    """Whether the logged-in member may change anything on the pages of blueprint `family`."""
    role: Role | None = getattr(current_user, "role", None)
    return role is Role.owner or (role is not None and family in _MAY_CHANGE[role])


def has_ended(now: datetime) -> bool:
    """Whether the time of the logged-in member's access is over at `now`."""
    until = member().access_until
    return until is not None and now >= until


def _guard() -> ResponseReturnValue | None:
    rule = request.url_rule
    if rule is None or is_public(rule.rule):
        return None
    if not current_user.is_authenticated:
        return _to_log_in()
    if has_ended(datetime.now(UTC)):
        return _end()
    if (program_id := member().program_id) is not None:
        limit(db(), program_id)
    family = (request.blueprint or "").split(".")[0]
    if request.method not in READS and rule.rule != "/logout" and not may_change(family):
        abort(403)
    if request.method not in READS:
        commit()  # the body comes as slowly as its sender likes, and must hold nobody up
    return None


def _end() -> ResponseReturnValue:
    """Log out, and say so on a whole page; a partial request makes the browser load one."""
    if "HX-Request" in request.headers:
        return "", 401, {"HX-Redirect": url_for("dashboard.show")}
    until = member().access_until
    assert until is not None
    logout_user()
    text = (
        f"Your access was until {utc(until)}, so you were logged out. "
        "Ask an owner of the organization if you need more time."
    )
    return render_template("error.html", status=403, title="Your access has ended", text=text), 403


def _to_log_in() -> ResponseReturnValue:
    """The log-in page, which leads back here. A partial request makes the whole page go there."""
    if "HX-Request" in request.headers:
        return "", 401, {"HX-Redirect": url_for("security.login")}
    if request.method == "GET" and request.path != "/":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    return redirect(url_for("security.login"))
