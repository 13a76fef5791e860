"""The first page: the way to the first blast, key figures, and what needs attention."""

from datetime import UTC, datetime

from flask import Blueprint, render_template

from admin.queries.dashboard import broadcasts_in, figures, first_blast, progress, undecided
from admin.session import db, organization_id
from models import BroadcastStatus

pages = Blueprint("dashboard", __name__)


@pages.get("/")
def show() -> str:
    """The whole page."""
    return render_template("dashboard/show.html", **_live())


@pages.get("/live")
def live() -> str:
    """What changes while one looks: fetched every two seconds."""
    return render_template("dashboard/_live.html", **_live())


def _live() -> dict[str, object]:
    mine, now = organization_id(), datetime.now(UTC)
    running = broadcasts_in(db(), mine, BroadcastStatus.sending)
    recent = broadcasts_in(db(), mine)
    return {
        "figures": figures(db(), mine, now),
        "first": first_blast(db(), mine),
        "running": running,
        "stuck": broadcasts_in(db(), mine, BroadcastStatus.held, BroadcastStatus.paused),
        "undecided": undecided(db(), mine, now),
        "recent": recent,
        "balances": progress(db(), [broadcast for broadcast, _ in running]),
    }
