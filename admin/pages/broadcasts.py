"""Broadcasts: the list of them, and the addresses of all their pages."""

from datetime import UTC, datetime

from flask import Blueprint, render_template, request
from sqlalchemy import func
from sqlmodel import col, select

from admin.pages import broadcast_compose as compose
from admin.pages import broadcast_detail as detail
from admin.pages import broadcast_moves as moves
from admin.pages import broadcast_undecided as undecided
from admin.paging import paginate
from admin.session import db, organization_id
from admin.words import BROADCAST_WORDS
from models import Broadcast, BroadcastStatus, DeliveryStatus, List
from models.balance import balances
from scheduler import local_time
from scheduler.deciding import awaits_decision

pages = Blueprint("broadcasts", __name__, url_prefix="/broadcasts")

_PER_PAGE = 20


def index() -> str:
    """Newest first, filtered by ?status=."""
    status = request.args.get("status", "")
    chosen = BroadcastStatus(status) if status in BroadcastStatus.__members__ else None
    statement = (
        select(Broadcast)
        .where(Broadcast.organization_id == organization_id())
        .order_by(col(Broadcast.id).desc())
    )
    if chosen:
        statement = statement.where(Broadcast.status == chosen)
    page = paginate(statement, _PER_PAGE, key=col(Broadcast.id))
    return render_template(
        "broadcasts/index.html",
        page=page,
        chosen=chosen,
        words=BROADCAST_WORDS,
        status=DeliveryStatus,
        by_status=_by_status(),
        lists=_list_names(page.items),
        written=local_time.written,
        balances=balances(db(), [broadcast.id for broadcast in page.items]),
        undecided=_undecided(page.items),
    )


def _list_names(shown: list[Broadcast]) -> dict[int, str]:
    ids = {broadcast.list_id for broadcast in shown}
    return dict(db().exec(select(col(List.id), col(List.name)).where(col(List.id).in_(ids))).all())


def _undecided(shown: list[Broadcast]) -> set[int]:
    ids = [broadcast.id for broadcast in shown]
    query = select(Broadcast.id).where(
        col(Broadcast.id).in_(ids), awaits_decision(datetime.now(UTC))
    )
    return set(db().exec(query))


def _by_status() -> dict[BroadcastStatus, int]:
    rows = db().exec(
        select(col(Broadcast.status), func.count())
        .where(col(Broadcast.organization_id) == organization_id())
        .group_by(col(Broadcast.status))
    )
    return dict(rows.all())


pages.add_url_rule("", view_func=index)
pages.add_url_rule("/new", view_func=compose.new)
pages.add_url_rule("/new", view_func=compose.create, methods=["POST"])
pages.add_url_rule("/count", view_func=compose.count, methods=["POST"])
pages.add_url_rule("/audience", view_func=compose.audience)
pages.add_url_rule("/moment", view_func=compose.moment)
pages.add_url_rule("/<int:id>", view_func=detail.show)
pages.add_url_rule("/<int:id>/progress", view_func=detail.progress)
pages.add_url_rule("/<int:id>/deliveries.csv", view_func=detail.export)
pages.add_url_rule("/<int:id>/pause", view_func=moves.pause, methods=["POST"])
pages.add_url_rule("/<int:id>/resume", view_func=moves.resume, methods=["POST"])
pages.add_url_rule("/<int:id>/release", view_func=moves.release, methods=["POST"])
pages.add_url_rule("/<int:id>/cancel", view_func=moves.confirm_cancel)
pages.add_url_rule("/<int:id>/cancel", view_func=moves.cancel, methods=["POST"])
pages.add_url_rule("/<int:id>/undecided", view_func=undecided.show, endpoint="undecided")
pages.add_url_rule(
    "/<int:id>/undecided", view_func=undecided.decide, endpoint="decide", methods=["POST"]
)
