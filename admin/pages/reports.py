"""Reports for an audit: the STOP report, and the package that proves everything."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlmodel import col, select

from admin.audit_package import contents
from admin.audit_package.export import NothingSealed, export, signing_of
from admin.masking import is_masked, number_writer
from admin.paging import older_than, paginate
from admin.queries.reports import (
    SUMMED,
    first_revocation,
    revocations,
    some_pairings,
    totals,
)
from admin.queries.searching import first_of
from admin.queries.stop_rows import Scope
from admin.session import db, is_limited, member, mine, organization_id
from admin.words import ACT_WORDS
from models import AuditEvent, ConsentEvent, Member, Program, Role
from models.database import Database

pages = Blueprint("reports", __name__, url_prefix="/reports")


@pages.get("")
def index() -> str:
    """What there is."""
    return render_template(
        "reports/index.html",
        programs=_programs(),
        may_export=_may_export(),
        totals=totals(db(), _scope(), SUMMED),
    )


@pages.get("/stops")
def stops() -> str:
    """The STOP report of the organization, or of the program in ?program=."""
    scope = _scope()
    first = first_revocation(db(), scope, older_than())
    page = paginate(revocations(scope), key=col(ConsentEvent.id), first=first)
    return render_template(
        "reports/stops.html",
        page=page,
        pairings=some_pairings(db(), scope, page.items),
        totals=totals(db(), scope, SUMMED),
        programs=_programs(),
        chosen=scope.program_id,
        duration=contents.duration,
    )


@pages.get("/stops.csv")
def stops_csv() -> Response:
    """The same as a spreadsheet, streamed: any number of rows in constant memory."""
    scope, written = _scope(), number_writer()
    database: Database = current_app.extensions["marquee.database"]

    def parts() -> Iterator[bytes]:
        with database.read() as session:
            yield from contents.stop_report(session, scope, written)

    return Response(
        parts(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="stop-report.csv"'},
    )


@pages.get("/acts")
def acts() -> str:
    """What members and Marquee itself did that an auditor must be able to see, latest first."""
    statement = (
        select(AuditEvent, Member.name)
        .outerjoin(Member, col(Member.id) == AuditEvent.member_id)
        .where(AuditEvent.organization_id == organization_id())
        .order_by(col(AuditEvent.id).desc())
    )
    key = col(AuditEvent.id)
    first = first_of(db(), key, organization_id(), older_than()) if is_limited() else 0
    page = paginate(statement, key=key, first=first)
    return render_template("reports/acts.html", page=page, words=ACT_WORDS)


@pages.get("/programs/<int:id>/package.zip")
def package(id: int) -> ResponseReturnValue:
    """The audit package of a program. It holds whole numbers, so that a masked auditor says why
    first. Making it is recorded, though it changes nothing."""
    program = mine(Program, id)
    if not _may_export():
        abort(403)
    if is_masked():
        flash("The package holds whole numbers as proof: say why you need it first.", "info")
        return redirect(url_for("unmasking.ask"))
    database: Database = current_app.extensions["marquee.database"]
    now = datetime.now(UTC)
    signing = signing_of(current_app.extensions["marquee.settings"])
    db().close()  # the export writes; it must not wait for this request's own transaction
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    try:
        export(database, signing, program.id, file, now, member_id=member().id)
    except NothingSealed as reason:
        file.close()
        flash(str(reason), "warning")
        return redirect(url_for("reports.index"))
    file.seek(0)
    name = f"audit-{program.slug}-{now:%Y-%m-%d}.zip"
    return send_file(file, "application/zip", as_attachment=True, download_name=name)


def _may_export() -> bool:
    return member().role in (Role.owner, Role.auditor)


def _programs() -> list[Program]:
    query = select(Program).where(Program.organization_id == organization_id())
    return list(db().exec(query.order_by(col(Program.name))))


def _scope() -> Scope:
    """What the address and the member's limits ask for; another's program is a page of 404."""
    asked = request.args.get("program", "")
    limit = member().program_id
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        return Scope(organization_id(), mine(Program, int(asked)).id)
    return Scope(organization_id(), limit)
