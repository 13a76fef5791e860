"""The compose form: its page, its submission, and the three parts that move while one types."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from admin import compose, linting
from admin.access import may_change
from admin.pages import compose_when as when
from admin.queries import broadcasts as queries
from admin.session import commit, db, member, organization_id
from compliance.rules import Draft as Text
from compliance.rules import Record
from messaging.segments import measure
from models import Broadcast
from scheduler import broadcasts, gate, local_time
from settings import Settings


def new() -> ResponseReturnValue:
    """The empty form; ?list_id= chooses a list.

    compose.js puts the form's token into the page's address (?form=), so that Back and Reload ask
    for the same form again: once it has been sent, they lead to the broadcast that it made.
    """
    if not may_change("broadcasts"):
        abort(403)
    list_id, token = request.args.get("list_id", ""), request.args.get("form", "")
    if known := queries.by_form_token(db(), organization_id(), token):
        return _already(known)
    draft = compose.Draft(list_id=list_id, answers_to=member().email)
    return _form(replace(draft, form_token=token) if compose.is_token(token) else draft, {})


def create() -> ResponseReturnValue:
    """Order the broadcast, once for each form: a second submission leads to the first's page."""
    draft = compose.read(request.form)
    if known := queries.by_form_token(db(), organization_id(), draft.form_token):
        return _already(known)
    order, reasons = compose.to_order(draft, queries.sender_addresses(db()))
    now = datetime.now(UTC)
    linted = linting.judge(_text(draft, request.form.get("program_name", ""), now), draft.override)
    try:
        broadcast = broadcasts.order(db(), organization_id(), member().id, order, now)
    except broadcasts.Refused as refused:
        reasons = refused.reasons | reasons
    reasons = _objections(linted, reasons)
    if reasons:
        # What could not be understood was stood in for, to learn all reasons at once; the order
        # made with it must not stay.
        db().rollback()
        return _form(draft, reasons), 422
    if linted.warnings and broadcast.created_at == now:
        # A copy of the form that arrived at the same instant has recorded its own.
        linting.note_override(db(), broadcast, linted, member().id, now)
    commit()
    return _to(broadcast)


def count() -> ResponseReturnValue:
    """The cost of the message as it is typed, and what the rules say of it.

    The size of the audience comes back from the form, which got it from `audience`: what it shows
    here binds nobody.
    """
    recipients = request.form.get("recipients", "")
    draft = compose.read(request.form)
    people = int(recipients) if recipients.isascii() and recipients.isdigit() else 0
    shown = _cost(draft, people, request.form.get("program_name", ""))
    return render_template("broadcasts/_count.html", **shown, reasons={})


def audience() -> ResponseReturnValue:
    """Who would get it, for ?list_id=."""
    draft = compose.Draft(list_id=request.args.get("list_id", ""))
    shown = _audience(draft.list_key)
    response = make_response(render_template("broadcasts/_audience.html", **shown))
    response.headers["HX-Trigger"] = "audience-changed"
    return response


def moment() -> ResponseReturnValue:
    """The chosen time in words, and until when anything goes out; or why there is no such time.

    Asked with ?date=, ?time=, ?timezone=, and on the compose form also ?when=, ?useful_hours= and
    ?list_id=.
    """
    draft = compose.read({"when": compose.LATER} | request.args.to_dict())
    return render_template("broadcasts/_moment.html", **when.shown(db(), draft, organization_id()))


def _form(draft: compose.Draft, reasons: dict[str, str]) -> str:
    settings: Settings = current_app.extensions["marquee"]["settings"]
    choices = queries.choices(db(), organization_id())
    if not draft.list_id and len(choices) == 1:
        draft = replace(draft, list_id=str(choices[0][0].id))
    shown = _audience(draft.list_key)
    return render_template(
        "broadcasts/new.html",
        draft=draft,
        reasons=reasons,
        choices=choices,
        zones=local_time.zones(),
        mail_waits=settings.smtp_url is None,
        **(shown | _cost(draft, shown["recipients"], shown["program_name"])),
        **when.shown(db(), draft, organization_id()),
    )


def _audience(list_key: int) -> dict[str, Any]:
    chosen = queries.choice(db(), organization_id(), list_key)
    if chosen is None:
        return {"audience": None, "recipients": 0, "program_name": "", "sender_address": ""}
    gathered, program, sender = chosen
    counted = gate.audience(db(), gathered.id)
    return {
        "audience": counted,
        "recipients": counted.will_get,
        "program_name": program.name,
        "sender_address": sender.address,
    }


def _text(draft: compose.Draft, program_name: str, now: datetime, recipients: int = 0) -> Text:
    """What the rules judge of a draft. Without a list only its text is judged, as from the program
    that the form names."""
    chosen = queries.choice(db(), organization_id(), draft.list_key)
    body = draft.body[: broadcasts.MAX_BODY]  # more is refused, and would cost time to judge
    if chosen is None:
        return Text(body=body, record=Record(program_name))
    gathered, program, _sender = chosen
    order = compose.timing(draft)
    due = broadcasts.due_on_list(db(), order, gathered, now)
    return linting.read_draft(
        db(),
        gathered,
        program,
        body,
        max(now, due.starts),
        order.timezone,
        local_at=order.local_at,
        quiet=order.quiet_hours,
        useful_until=due.useful_until,
        counted=recipients,
    )


def _objections(linted: linting.Linted, reasons: dict[str, str]) -> dict[str, str]:
    """The reasons with what the rules object to. A text that cannot be sent at all has to be
    changed first: about its warnings nobody needs to decide yet."""
    if "body" in reasons:
        return reasons
    return reasons | linted.objections


def _cost(draft: compose.Draft, recipients: int, program_name: str) -> dict[str, Any]:
    """What it costs and how long it takes, what the rules say, and who would be in quiet hours."""
    measured, now = measure(draft.body), datetime.now(UTC)
    text = _text(draft, program_name, now, recipients)
    return {
        "characters": len(draft.body),
        "most": broadcasts.MAX_BODY,
        "measured": measured,
        "recipients": recipients,
        "total_segments": measured.segments * recipients,
        "duration": when.duration(db(), draft, recipients, organization_id()),
        "quiet": when.quiet(db(), draft, text, now, organization_id()),
        "linted": linting.judge(text, draft.override),
    }


def _already(broadcast: Broadcast) -> ResponseReturnValue:
    flash("This form was sent before. Here is the broadcast that it made; it was not sent twice.")
    return _to(broadcast)


def _to(broadcast: Broadcast) -> ResponseReturnValue:
    return redirect(url_for("broadcasts.show", id=broadcast.id), 303)
