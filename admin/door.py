"""Opens the door: every page of the room on one Flask application."""

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, url_for
from werkzeug.routing import IntegerConverter, Map

from admin import access, display, errors, headers, health, login, masking, session
from admin.pages import (
    account,
    broadcasts,
    checkpoint,
    consumer,
    dashboard,
    erasing,
    imports,
    inbox,
    limits,
    lists,
    pools,
    programs,
    recurring,
    reports,
    restored,
    retention,
    self_audit,
    settings_page,
    stopping,
    subscribers,
    suppressions,
    unmasking,
)
from admin.public import pages as public
from models.base import LARGEST_KEY
from models.database import Database
from settings import Settings

_PAGES = (
    dashboard.pages,
    broadcasts.pages,
    recurring.pages,
    lists.pages,
    imports.pages,
    subscribers.pages,
    erasing.pages,
    suppressions.pages,
    programs.pages,
    pools.pages,
    self_audit.pages,
    inbox.pages,
    settings_page.pages,
    restored.pages,
    stopping.pages,
    stopping.ending,
    checkpoint.pages,
    retention.pages,
    limits.pages,
    account.pages,
    reports.pages,
    unmasking.pages,
    health.pages,
    public.pages,
    consumer.pages,
)
_A_YEAR = 365 * 24 * 3600


class RowKey(IntegerConverter):
    """`<int:id>` of an address: what no database key can be is no page (404), never an error."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_KEY)


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Add every page of the room to `app`, with log-in, headers, error pages and templates."""
    app.url_map.converters["int"] = RowKey
    app.extensions["marquee.settings"] = settings
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _A_YEAR  # addresses carry a hash, see `asset`
    app.register_blueprint(
        Blueprint("admin", __name__, static_folder="static", template_folder="templates")
    )
    session.register(app, database)
    login.register(app, settings)
    access.register(app)
    headers.register(app, settings)
    errors.register(app)
    masking.register(app)
    display.register(app)
    app.jinja_env.globals["asset"] = _asset
    app.context_processor(lambda: {"simulator_url": settings.simulator_url})
    for pages in _PAGES:
        app.register_blueprint(pages)


_static = Path(__file__).parent / "static"
_hashes = {
    file.relative_to(_static).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    for file in _static.rglob("*")
    if file.is_file()
}


def _asset(name: str) -> str:
    """The address of a static file, which changes with its content so that caches never lie."""
    return url_for("admin.static", filename=name, v=_hashes[name])
