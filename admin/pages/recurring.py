"""Broadcasts that recur: the list of them, a form, and the button that ends one."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, select
from wtforms.fields.choices import SelectChoice

from admin import compose, linting
from admin.access import may_change
from admin.paging import paginate
from admin.queries import broadcasts as queries
from admin.recurring_form import DAY_WORDS, SeriesForm
from admin.session import commit, db, member, mine, organization_id
from models import Broadcast, List, Pattern, Recurrence
from models.broadcast import UNDER_WAY
from models.leaves import note_act
from models.log import AuditKind
from scheduler import broadcasts, local_time, occurrences, recurring
from scheduler.countries import countries_of

pages = Blueprint("recurring", __name__, url_prefix="/recurring")


@pages.get("")
def index() -> str:
    """Those that go on first, then those that were stopped."""
    page = paginate(
        select(Recurrence)
        .where(Recurrence.organization_id == organization_id())
        .order_by(col(Recurrence.stopped_at).is_not(None), col(Recurrence.id).desc()),
        20,
    )
    names = select(List.id, List.name).where(List.organization_id == organization_id())
    return render_template(
        "recurring/index.html",
        page=page,
        lists=dict(db().exec(names).all()),
        rhythm=rhythm,
        written=local_time.written,
        latest=_latest([series.id for series in page.items]),
    )


@pages.get("/new")
def new() -> ResponseReturnValue:
    """The form of a new series."""
    if not may_change("recurring"):
        abort(403)
    form = _form()
    form.form_token.data = compose.new_token()
    form.answers_to.data = member().email
    form.first_on.data = datetime.now(UTC).date()
    return _page(form, linting.Linted())


@pages.post("/new")
def create() -> ResponseReturnValue:
    """Begin a series, once for each form."""
    form, now = _form(), datetime.now(UTC)
    if not compose.is_token(form.form_token.data or ""):
        form.form_token.data = compose.new_token()
    override = linting.known_codes(request.form.get("override", ""))
    wanted = None
    if form.validate():
        wanted = form.series(queries.sender_addresses(db()), override)
    if wanted is None:
        return _page(form, linting.Linted()), 422
    try:
        series = recurring.order(db(), organization_id(), member().id, wanted, now)
    except broadcasts.Refused as refused:
        form.refuse(refused.reasons)
        return _page(form, linting.Linted()), 422
    linted = _lint(series, override)
    if linted.objections:
        db().rollback()
        form.refuse({name: said for name, said in linted.objections.items() if name == "body"})
        return _page(form, linted, linted.objections), 422
    if linted.warnings and series.created_at == now:
        note_act(
            db(),
            organization_id(),
            AuditKind.overridden,
            now,
            member_id=member().id,
            recurrence=series.id,
            codes=[point.code for point in linted.warnings],
        )
    commit()
    flash(f"It comes {rhythm(series)}. Each one appears under Broadcasts a day before.", "success")
    return redirect(url_for("recurring.index"), 303)


@pages.post("/<int:id>/stop")
def stop(id: int) -> ResponseReturnValue:
    """End a series, and cancel what of it waits."""
    series = mine(Recurrence, id)
    canceled = recurring.stop(db(), organization_id(), series.id, member().id, datetime.now(UTC))
    commit()
    flash(f"Nothing more comes of it.{_waited(canceled)}{_goes_on(series.id)}", "success")
    return redirect(url_for("recurring.index"), 303)


def _waited(canceled: int) -> str:
    if not canceled:
        return ""
    if canceled == 1:
        return " One broadcast that waited was canceled."
    return f" {canceled} broadcasts that waited were canceled."


def _goes_on(series_id: int) -> str:
    begun = select(Broadcast.id).where(
        Broadcast.recurrence_id == series_id,
        col(Broadcast.status).in_(UNDER_WAY),
    )
    if db().exec(begun).first() is None:
        return ""
    return " What has begun goes on; it can be canceled on its own page."


def rhythm(series: Recurrence) -> str:
    """E.g. "every Monday and Thursday at 20:00 Europe/Berlin"."""
    match series.pattern:
        case Pattern.weekly:
            days = [DAY_WORDS[day] for day in series.weekdays.split(",")]
            which = "every " + (
                "day" if len(days) == len(DAY_WORDS) else " and ".join(_joined(days))
            )
        case Pattern.monthly:
            day = series.month_day
            which = f"on {'the last day' if day == 'last' else f'day {day}'} of each month"
        case Pattern.every_days:
            which = "every day" if series.every_days == 1 else f"every {series.every_days} days"
    clock = "on everybody’s own clock" if series.is_local else series.timezone
    return f"{which} at {series.at} {clock}"


def _joined(days: list[str]) -> list[str]:
    return days if len(days) < 2 else [", ".join(days[:-1]), days[-1]]


def _lint(series: Recurrence, override: str) -> linting.Linted:
    """What the rules say of the first broadcast of a series."""
    # Only here: this brings the sending with it, which no other page needs.
    from scheduler.clock import next_wall

    chosen = queries.choice(db(), organization_id(), series.list_id)
    assert chosen is not None
    gathered, program, _sender = chosen
    countries = countries_of(db(), gathered)
    first = next(occurrences.upcoming(series, countries, next_wall, series.created_at))
    draft = linting.read_draft(
        db(),
        gathered,
        program,
        series.body,
        first.due.starts,
        series.timezone,
        local_at=first.order.local_at,
        quiet=series.quiet_hours,
        useful_until=first.due.useful_until,
    )
    return linting.judge(draft, override)


def _latest(ids: list[int]) -> dict[int, Broadcast]:
    """The newest broadcast of each series."""
    rows = db().exec(
        select(Broadcast)
        .where(col(Broadcast.recurrence_id).in_(ids))
        .order_by(col(Broadcast.recurrence_id), col(Broadcast.occurs_at))
    )
    return {broadcast.recurrence_id: broadcast for broadcast in rows if broadcast.recurrence_id}


def _form() -> SeriesForm:
    form = SeriesForm()
    form.list_id.choices = [
        SelectChoice(gathered.id, f"{gathered.name} · {program.name}")
        for gathered, program, _sender in queries.choices(db(), organization_id())
    ]
    return form


def _page(form: SeriesForm, linted: linting.Linted, reasons: dict[str, str] | None = None) -> str:
    return render_template("recurring/new.html", form=form, linted=linted, reasons=reasons or {})
