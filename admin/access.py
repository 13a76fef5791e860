"""Who may do what: denied by default, for every route of the application."""

from flask import Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models import Role

# Everything else is for members who are logged in. The webhooks are signed by the provider.
PUBLIC_RULES = frozenset({"/login", "/static/<path:filename>", "/healthz", "/readyz"})
PUBLIC_PREFIXES = ("/webhooks/",)

# The families of pages on which a role may change something; an owner may everywhere.
_MAY_CHANGE: dict[Role, frozenset[str]] = {
    Role.promoter: frozenset({"broadcasts", "lists", "subscribers", "inbox", "account"}),
    Role.auditor: frozenset(),
}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


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


def _guard() -> ResponseReturnValue | None:
    rule = request.url_rule
    if rule is None or is_public(rule.rule):
        return None
    if not current_user.is_authenticated:
        return _to_log_in()
    family = (request.blueprint or "").split(".")[0]
    if request.method not in _READS and rule.rule != "/logout" and not may_change(family):
        abort(403)
    return None


def _to_log_in() -> ResponseReturnValue:
    """The log-in page, which leads back here. A partial request makes the whole page go there."""
    if "HX-Request" in request.headers:
        return "", 401, {"HX-Redirect": url_for("security.login")}
    if request.method == "GET" and request.path != "/":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    return redirect(url_for("security.login"))
