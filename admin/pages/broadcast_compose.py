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

from admin import compose, costly, linting
from admin.access import may_change
from admin.queries import broadcasts as queries
from admin.session import commit, db, member, organization_id
from compliance.rules import Draft as Text
from compliance.rules import Record
from messaging.segments import measure
from models import Broadcast
from scheduler import broadcasts, local_time
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
    linted = _lint(draft, request.form.get("program_name", ""), now)
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
    return render_template(
        "broadcasts/_count.html",
        **_cost(
            draft.body,
            int(recipients) if recipients.isascii() and recipients.isdigit() else 0,
            _lint(draft, request.form.get("program_name", ""), datetime.now(UTC)),
        ),
        reasons={},
    )


def audience() -> ResponseReturnValue:
    """Who would get it, for ?list_id=."""
    draft = compose.Draft(list_id=request.args.get("list_id", ""))
    shown = _audience(draft.list_key)
    response = make_response(render_template("broadcasts/_audience.html", **shown))
    response.headers["HX-Trigger"] = "audience-changed"
    return response


def moment() -> ResponseReturnValue:
    """The chosen ?date=, ?time= and ?timezone= in words, or why there is no such moment."""
    asked = (request.args.get(name, "") for name in ("date", "time", "timezone"))
    return render_template("broadcasts/_moment.html", **_moment(*asked))


def _form(draft: compose.Draft, reasons: dict[str, str]) -> str:
    settings: Settings = current_app.extensions["marquee"]["settings"]
    choices = queries.choices(db(), organization_id())
    if not draft.list_id and len(choices) == 1:
        draft = replace(draft, list_id=str(choices[0][0].id))
    shown = _audience(draft.list_key)
    linted = _lint(draft, shown["program_name"], datetime.now(UTC))
    return render_template(
        "broadcasts/new.html",
        draft=draft,
        reasons=reasons,
        choices=choices,
        zones=local_time.zones(),
        mail_waits=settings.smtp_url is None,
        **(shown | _cost(draft.body, shown["recipients"], linted)),
        **_moment(draft.date, draft.time, draft.timezone),
    )


def _audience(list_key: int) -> dict[str, Any]:
    chosen = queries.choice(db(), organization_id(), list_key)
    if chosen is None:
        return {"audience": None, "recipients": 0, "program_name": "", "sender_address": ""}
    gathered, program, sender = chosen
    counted = broadcasts.audience(db(), gathered.id)
    return {
        "audience": counted,
        "recipients": counted.will_get,
        "program_name": program.name,
        "sender_address": sender.address,
    }


def _lint(draft: compose.Draft, program_name: str, now: datetime) -> linting.Linted:
    """What the rules say of a draft. Without a list only its text is judged, as from the program
    that the form names."""
    chosen = queries.choice(db(), organization_id(), draft.list_key)
    body = draft.body[: broadcasts.MAX_BODY]  # more is refused, and would cost time to judge
    if chosen is None:
        text = Text(body=body, record=Record(program_name))
    else:
        gathered, program, _sender = chosen
        timezone = draft.timezone if draft.timezone in local_time.zones() else "UTC"
        at = compose.due(draft) or now
        text = linting.read_draft(db(), gathered, program, body, at, timezone)
    return linting.judge(text, draft.override)


def _objections(linted: linting.Linted, reasons: dict[str, str]) -> dict[str, str]:
    """The reasons with what the rules object to. A text that cannot be sent at all has to be
    changed first: about its warnings nobody needs to decide yet."""
    if "body" in reasons:
        return reasons
    return reasons | linted.objections


def _cost(body: str, recipients: int, linted: linting.Linted) -> dict[str, Any]:
    measured = measure(body)
    return {
        "characters": len(body),
        "most": broadcasts.MAX_BODY,
        "measured": measured,
        "recipients": recipients,
        "total_segments": measured.segments * recipients,
        "linted": linted,
        "costly_groups": costly.groups,
    }


def _moment(day: str, clock: str, timezone: str) -> dict[str, Any]:
    """Nothing until both date and time are there: half a moment is no mistake yet."""
    if not (day and clock):
        return {"moment": None, "moment_problem": ""}
    now = datetime.now(UTC)
    try:
        chosen = local_time.parse(day, clock, timezone)
    except local_time.BadMoment as error:
        return {"moment": None, "moment_problem": error.reason}
    return {
        "moment": chosen,
        "moment_words": local_time.in_words(chosen, now),
        "moment_passed": chosen.at <= now,
        "moment_problem": "",
    }


def _already(broadcast: Broadcast) -> ResponseReturnValue:
    flash("This form was sent before. Here is the broadcast that it made; it was not sent twice.")
    return _to(broadcast)


def _to(broadcast: Broadcast) -> ResponseReturnValue:
    return redirect(url_for("broadcasts.show", id=broadcast.id), 303)
