"""The least that a signed webhook can be: check, one small transaction, an answer.

`gunicorn benchmarks.minimal_view:app`, on the same database and configuration as the product.
"""

import base64
import hashlib
import hmac

from flask import Flask, Response, abort, request
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, insert

from models.database import Database
from settings import load_or_exit

PATH = "/text"
notes = Table(
    "benchmark_note",
    MetaData(),
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("phone_number", String(20)),
    Column("body", String(1600)),
)
_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Noted.</Message></Response>'


def create_app() -> Flask:
    """One view on the database that the settings name; `notes` must be there."""
    settings = load_or_exit()
    database = Database(settings.database_url)
    token = settings.twilio_auth_token.get_secret_value().encode()
    app = Flask("minimal")

    @app.post(PATH)
    def text() -> Response:
        form = request.form
        signed = settings.public_base_url + PATH + "".join(n + form[n] for n in sorted(form))
        digest = hmac.new(token, signed.encode(), hashlib.sha1).digest()
        given = request.headers.get("X-Twilio-Signature", "")
        if not hmac.compare_digest(base64.b64encode(digest).decode(), given):
            abort(403)
        row = {"phone_number": form["From"], "body": form["Body"]}
        with database.write() as session:
            session.execute(insert(notes), row)
        return Response(_TWIML, mimetype="text/xml")

    return app


def __getattr__(name: str) -> Flask:
    """`app` is built in the worker, after the fork, as `wsgi.app` is."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = create_app()
    return app
