"""What a member does with a broadcast that exists: pause, resume, send a held one, cancel."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import compose, linting
from admin.pages import broadcast_detail as detail
from admin.session import commit, db, member, mine, organization_id
from models import Broadcast, BroadcastStatus, IllegalMove
from models.balance import balance
from models.broadcast import BROADCAST_MOVES
from scheduler import broadcasts, local_time, moves
from scheduler.gate import audience

_TOO_LATE = "It was too late for that: the broadcast had moved on. This is where it stands now."


def pause(id: int) -> ResponseReturnValue:
    """Stop handing messages over; what the provider has already taken still goes out."""
    mine(Broadcast, id)
    try:
        moves.pause(db(), organization_id(), id, datetime.now(UTC))
    except IllegalMove:
        return _too_late(id)
    return _done(id, "Paused. Nothing more goes out until somebody resumes it.")


def resume(id: int) -> ResponseReturnValue:
    """Go on where it was paused."""
    mine(Broadcast, id)
    try:
        moves.resume(db(), organization_id(), id, datetime.now(UTC))
    except IllegalMove:
        return _too_late(id)
    return _done(id, "Resumed.")


def release(id: int) -> ResponseReturnValue:
    """Send a held broadcast after all: now, or at the moment that the form gives. The rules judge
    it anew, at its new time."""
    broadcast, moment, now = mine(Broadcast, id), None, datetime.now(UTC)
    typed = {name: request.form.get(name, "") for name in ("date", "time", "timezone")}
    try:
        if request.form.get("when") == compose.LATER:
            moment = local_time.parse(typed["date"], typed["time"], typed["timezone"])
        at, zone = (moment.at, moment.timezone) if moment else (now, broadcast.timezone)
        draft = linting.judge_again(db(), broadcast, at, zone)
        linted = linting.judge(draft, request.form.get("override", ""))
        moves.release(db(), organization_id(), id, at if moment else None, now, zone)
    except local_time.BadMoment as error:
        return detail.page(broadcast, typed, {error.field: error.reason}), 422
    except broadcasts.Refused as refused:
        return detail.page(broadcast, typed, refused.reasons), 422
    except IllegalMove:
        return _too_late(id)
    if linted.objections:
        db().rollback()
        return detail.page(mine(Broadcast, id), typed, linted.objections, linted), 422
    if linted.warnings:
        linting.note_override(db(), broadcast, linted, member().id, now)
    if moment is None:
        return _done(id, "Released. It starts at once.")
    return _done(id, f"Rescheduled for {local_time.written(moment.at, moment.timezone)}.")


def confirm_cancel(id: int) -> ResponseReturnValue:
    """The question before the deed: what cancelling does, in numbers."""
    broadcast = mine(Broadcast, id)
    if BroadcastStatus.canceled not in BROADCAST_MOVES[broadcast.status]:
        return _too_late(id)
    return render_template(
        "broadcasts/cancel.html",
        broadcast=broadcast,
        balance=balance(db(), id),
        expected=audience(db(), broadcast.list_id),
    )


def cancel(id: int) -> ResponseReturnValue:
    """End it for good. What has left before stays sent; the rest is skipped as canceled."""
    mine(Broadcast, id)
    try:
        moves.cancel(db(), organization_id(), id, datetime.now(UTC))
    except IllegalMove:
        return _too_late(id)
    return _done(id, "Canceled.")


def _too_late(id: int) -> ResponseReturnValue:
    db().rollback()
    flash(_TOO_LATE, "warning")
    return redirect(url_for("broadcasts.show", id=id), 303)


def _done(id: int, message: str) -> ResponseReturnValue:
    commit()
    flash(message, "success")
    return redirect(url_for("broadcasts.show", id=id), 303)
