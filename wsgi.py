"""Assembles the doors into one Flask application: `gunicorn wsgi:app`."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import admin.door
from bot.webhooks import Door
from models.database import Database
from settings import Settings, load_or_exit


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The web application. Without a `database` it opens the one that the settings name."""
    app = Flask("marquee", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
    # The proxies in front (a load balancer, ngrok) are trusted for the client's address only: the
    # public address comes from PUBLIC_BASE_URL, never from a header that a stranger can write.
    proxies = settings.trusted_proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    database = database or Database(settings.database_url)
    app.extensions["marquee"] = {"settings": settings, "database": database}
    admin.door.register(app, settings, database)
    # Outermost, so that a webhook passes through nothing that only pages need.
    app.wsgi_app = Door(app.wsgi_app, settings, database)  # type: ignore[method-assign]
    return app


def __getattr__(name: str) -> Flask:
    """`app` is built when a gunicorn worker asks for it, after the fork, not at import."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = create_app(load_or_exit())
    return app
