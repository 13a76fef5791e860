"""Stop everything: asked once more, done at once, ended by an owner.

The second blueprint is a family of its own, because only an owner may let sending go on.
"""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, func, select

from admin.session import commit, db, member, organization, organization_id
from models import Broadcast, BroadcastStatus
from models.stopping import go_on, stop_everything, stopped_by

pages = Blueprint("stopping", __name__, url_prefix="/stop")
ending = Blueprint("ending_stop", __name__, url_prefix="/stop")


@pages.get("")
def ask() -> str:
    """What would be stopped, with the button; or who stopped it and when."""
    return render_template(
        "stopping/show.html",
        stopped=organization(),
        by=stopped_by(db(), organization()),
        sending=_count(BroadcastStatus.sending),
        scheduled=_count(BroadcastStatus.scheduled),
    )


@pages.post("")
def stop() -> ResponseReturnValue:
    """Stop everything that this organization sends, on all hosts, from now on."""
    if stop_everything(db(), organization_id(), member().id, datetime.now(UTC)):
        commit()
        flash("Everything is stopped. Nothing goes out until an owner ends it.", "success")
    else:
        flash("Everything was stopped already.")
    return redirect(url_for("stopping.ask"), 303)


@ending.post("/end")
def end() -> ResponseReturnValue:
    """Let sending go on."""
    if go_on(db(), organization_id(), member().id, datetime.now(UTC)):
        commit()
        flash("Sending goes on.", "success")
    else:
        flash("Nothing is stopped.")
    return redirect(url_for("dashboard.show"), 303)


def _count(status: BroadcastStatus) -> int:
    query = select(func.count()).where(
        Broadcast.organization_id == organization_id(), col(Broadcast.status) == status
    )
    return db().exec(query).one()
