"""The log of a program's organization, for everybody: its newest checkpoint and its keys."""

from flask import Blueprint, Response, abort
from sqlmodel import select

from admin.session import db
from compliance.notes import VerifierKey
from models import Program
from models.keys import keys_of
from models.leaves import instant
from models.sealing import newest_checkpoint

pages = Blueprint("checkpoint", __name__, url_prefix="/p/<slug>")


@pages.get("/checkpoint")
def checkpoint(slug: str) -> Response:
    """The newest signed checkpoint (https://c2sp.org/tlog-checkpoint)."""
    newest = newest_checkpoint(db(), _organization_of(slug))
    if newest is None:
        return _plain("Nothing has been recorded yet, so that there is no checkpoint.\n", 404)
    return _plain(newest.note)


@pages.get("/keys")
def keys(slug: str) -> Response:
    """The verifier keys (vkeys) of the log, newest first, a retired one after a remark."""
    lines = []
    for key in reversed(keys_of(db(), _organization_of(slug))):
        since = f"# since {instant(key.created_at)}"
        until = f", retired {instant(key.retired_at)}" if key.retired_at else ""
        lines += [since + until, str(VerifierKey(key.name, key.public_key))]
    return _plain("".join(f"{line}\n" for line in lines) or "# no key yet\n")


def _organization_of(slug: str) -> int:
    query = select(Program.organization_id).where(Program.slug == slug)
    found = db().exec(query).first()
    if found is None:
        abort(404)
    return found


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="text/plain")
