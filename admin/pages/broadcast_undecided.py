"""Messages whose fate stayed unknown for a day: a member decides what becomes of them."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.session import commit, db, member, mine
from models import Broadcast, Subscriber
from scheduler import deciding
from scheduler.deciding import Choice

_SHOWN = 50
_NOT_SURE = "Tick this box first: some people may get the message twice."


def show(id: int) -> ResponseReturnValue:
    """The two choices, and whom they are about."""
    return _page(mine(Broadcast, id))


def decide(id: int) -> ResponseReturnValue:
    """Do what the form says; sending again asks a second time."""
    broadcast = mine(Broadcast, id)
    choice = request.form.get("choice", "")
    if choice not in Choice.__members__:
        return _page(broadcast, "Choose one of the two."), 422
    if choice == Choice.again and request.form.get("sure") != "yes":
        return _page(broadcast, _NOT_SURE), 422
    try:
        number = deciding.decide(db(), broadcast, Choice(choice), member().id, datetime.now(UTC))
    except deciding.NotNow as reason:
        db().rollback()
        return _page(mine(Broadcast, id), str(reason)), 422
    commit()
    messages = "1 message" if number == 1 else f"{number:,} messages"
    if number == 0:
        flash("There was nothing left to decide.")
    elif choice == Choice.failed:
        flash(f"{messages} counted as not delivered. Your name is recorded.", "success")
    else:
        flash(f"{messages} will be sent again. Your name is recorded.", "success")
    return redirect(url_for("broadcasts.show", id=id), 303)


def _page(broadcast: Broadcast, reason: str = "") -> str:
    now = datetime.now(UTC)
    shown = deciding.oldest(db(), broadcast.id, now, _SHOWN)
    numbers = {one.id: db().get_one(Subscriber, one.subscriber_id).phone_number for one in shown}
    return render_template(
        "broadcasts/undecided.html",
        broadcast=broadcast,
        number=deciding.undecided(db(), broadcast.id, now),
        deliveries=shown,
        numbers=numbers,
        reason=reason,
    )
