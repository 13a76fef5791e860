"""One broadcast: where it stands, who got it, who did not and why."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, current_app, render_template, request
from sqlmodel import Session

from admin import linting
from admin.access import may_change
from admin.display import iso
from admin.masking import is_masked, number_writer
from admin.queries import broadcasts as queries
from admin.queries.deliveries import Wanted, deliveries, every_delivery
from admin.session import db, mine
from admin.spreadsheet import harmless
from messaging.errors import meaning
from models import Broadcast, BroadcastStatus, Delivery, DeliveryStatus, List, Sender, SkipReason
from models.balance import Balance, balance
from models.broadcast import BROADCAST_MOVES, NOT_STARTED, UNDER_WAY
from models.database import Database
from scheduler import deciding, local_time, outlook, remaining
from scheduler.gate import audience

_SOON = timedelta(minutes=2)
_RECEIPTS = timedelta(minutes=10)
_ANSWERS = 5
_COLUMNS = ("number", "status", "reason", "error_code", "error", "submitted_at", "settled_at")


def show(id: int) -> str:
    """The whole page, with the deliveries that ?status=, ?reason= and ?number= ask for."""
    return page(mine(Broadcast, id))


def page(
    broadcast: Broadcast,
    typed: dict[str, str] | None = None,
    reasons: dict[str, str] | None = None,
    linted: linting.Linted | None = None,
) -> str:
    """The page of a broadcast; `typed`, `reasons` and `linted` are of a refused form to release a
    held one. Before, the rules judge it as if it were sent now."""
    wanted = _wanted()
    if linted is None and broadcast.status is BroadcastStatus.held and may_change("broadcasts"):
        now = datetime.now(UTC)
        linted = linting.judge(linting.judge_again(db(), broadcast, now, broadcast.timezone))
    total, latest = queries.answers(db(), broadcast.id, _ANSWERS)
    return render_template(
        "broadcasts/show.html",
        **_standing(broadcast),
        gathered=db().get_one(List, broadcast.list_id),
        sender=db().get_one(Sender, broadcast.sender_id),
        wanted=wanted,
        deliveries=deliveries(
            db(), broadcast.id, wanted, before=_key("before"), after=_key("after")
        ),
        meaning=meaning,
        statuses=DeliveryStatus,
        skip_reasons=SkipReason,
        answers_total=total,
        answers=latest,
        zones=local_time.zones(),
        linted=linted or linting.Linted(),
        typed=typed or {"timezone": broadcast.timezone},
        reasons=reasons or {},
    )


def progress(id: int) -> Response:
    """The part of the page that moves, which asks for itself again while it does.

    ?seen= is the status that the page shows. When the broadcast has gone on from it, the whole
    page is due: its deliveries, times and buttons are others now.
    """
    broadcast = mine(Broadcast, id)
    part = render_template("broadcasts/_progress.html", **_standing(broadcast))
    has_moved = request.args.get("seen", broadcast.status.value) != broadcast.status.value
    return Response(part, headers={"HX-Refresh": "true"} if has_moved else {})


def export(id: int) -> Response:
    """The same deliveries as a spreadsheet, streamed: any number of them in constant memory."""
    broadcast, wanted = mine(Broadcast, id), _wanted()
    database: Database = current_app.extensions["marquee.database"]
    written = number_writer()

    def lines() -> Iterator[str]:
        # The request's own session ends before the last line leaves.
        with database.read() as session:
            yield from _csv(session, broadcast.id, wanted, written)

    name = f"broadcast-{broadcast.id}-deliveries.csv"
    return Response(
        lines(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _standing(broadcast: Broadcast) -> dict[str, Any]:
    now = datetime.now(UTC)
    standing = balance(db(), broadcast.id)
    scheduled = local_time.Moment(broadcast.scheduled_at, broadcast.timezone)
    has_unknown = standing.count(DeliveryStatus.unknown) > 0
    waits = broadcast.status in NOT_STARTED
    return {
        "broadcast": broadcast,
        "status": DeliveryStatus,
        "balance": standing,
        "expected": audience(db(), broadcast.list_id) if waits else None,
        "poll": _poll(broadcast, standing, now),
        "allowed": BROADCAST_MOVES[broadcast.status],
        "move": BroadcastStatus,
        "scheduled": local_time.written(broadcast.scheduled_at, broadcast.timezone),
        "on_own_clock": broadcast.local_at
        and local_time.worded(datetime.fromisoformat(broadcast.local_at)),
        "latest_start": local_time.written(broadcast.latest_start, broadcast.timezone),
        "useful_until": local_time.written(broadcast.last_use, broadcast.timezone),
        "distance": local_time.distance(scheduled, now),
        "hindrances": outlook.hindrances(db(), broadcast, now),
        "left": remaining.left(db(), broadcast, standing, now),
        "undecided": deciding.undecided(db(), broadcast.id, now) if has_unknown else 0,
    }


def _poll(broadcast: Broadcast, standing: Balance, now: datetime) -> str:
    """How soon the page asks for the numbers again, or "" when they will not move.

    Every second while they may move in the next. Far ahead of its time a broadcast changes only
    when a colleague changes it. When it is over, receipts still come in for a while.
    """
    if broadcast.finished_at is not None:
        expects = standing.still_to_go > 0 and now - broadcast.finished_at < _RECEIPTS
        return "1s" if expects else ""
    if broadcast.status is BroadcastStatus.scheduled:
        return "1s" if broadcast.scheduled_at - now < _SOON else "10s"
    return "1s" if broadcast.status in UNDER_WAY else ""


def _wanted() -> Wanted:
    """The filter in the address; what it does not know it leaves out."""
    status, reason = request.args.get("status", ""), request.args.get("reason", "")
    digits = "".join(one for one in request.args.get("number", "") if one in "0123456789")
    return Wanted(
        status=DeliveryStatus(status) if status in DeliveryStatus.__members__ else None,
        reason=SkipReason(reason) if reason in SkipReason.__members__ else None,
        digits=digits[-4:] if is_masked() else digits[:20],
        only_at_end=is_masked(),
    )


def _key(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _csv(
    session: Session, broadcast_id: int, wanted: Wanted, written: Callable[[str], str]
) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for delivery, number in every_delivery(session, broadcast_id, wanted):
        writer.writerow(map(harmless, _cells(delivery, written(number))))
        if buffer.tell() > 32_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cells(delivery: Delivery, number: str) -> tuple[str, ...]:
    code = delivery.error_code
    return (
        number,
        delivery.status.value,
        delivery.skip_reason.value if delivery.skip_reason else "",
        "" if code is None else str(code),
        "" if code is None else meaning(code),
        iso(delivery.submitted_at) if delivery.submitted_at else "",
        iso(delivery.settled_at) if delivery.settled_at else "",
    )
