"""Error pages: what happened and what to do, never a trace."""

import logging

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from models import IllegalMove

_log = logging.getLogger(__name__)

# Status: headline, and what to do about it.
_PAGES = {
    400: ("That did not arrive whole", "Go back, load the page again and retry."),
    403: ("This is not yours to change", "Ask an owner of your organization to do it for you."),
    404: ("There is no such page", "It may have been removed, or the address has a mistake."),
    405: ("This address takes no such request", "Start again from the menu."),
    409: ("Things have moved on", "This is no longer possible. Look at the latest state first."),
    413: ("That is too large", "Send less than 2 megabytes at a time."),
    500: ("Something broke on our side", "Nothing was changed. Try again in a moment."),
}
_EXPIRED = ("This form is no longer valid", "Go back, load the page again and send it once more.")


def register(app: Flask) -> None:
    """Replace the framework's error pages on `app`."""

    @app.errorhandler(CSRFError)
    def expired(_error: CSRFError) -> tuple[str, int]:
        return _page(400, *_EXPIRED)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> tuple[str, int] | HTTPException:
        status = error.code or 500
        if error.response is not None or status < 400:
            return error
        return _page(status, *_PAGES.get(status, _PAGES[400 if status < 500 else 500]))

    @app.errorhandler(IllegalMove)
    def too_late(_error: IllegalMove) -> tuple[str, int]:
        return _page(409, *_PAGES[409])

    @app.errorhandler(Exception)
    def broken(_error: Exception) -> tuple[str, int]:
        # The rule, not the address: a consumer's page is opened by its address alone.
        _log.exception("%s %s failed", request.method, request.url_rule)
        return _page(500, *_PAGES[500])


def _page(status: int, title: str, text: str) -> tuple[str, int]:
    """Rendered without the menu: the database may be what is broken."""
    if request.path.startswith("/webhooks/"):
        return "", status
    # Consumers have no dashboard to be led back to.
    kind = "public/error.html" if request.path.startswith(("/p/", "/c/")) else "error.html"
    return render_template(kind, status=status, title=title, text=text), status
