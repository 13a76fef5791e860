"""The self-audit of a program, as a carrier's auditor would make it."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, render_template

from admin.self_audit import self_audit
from admin.session import mine
from models import Program
from models.database import Database
from settings import Settings

# Of a large program a page looks at so many; `marquee audit check` and the package look at all.
_LOOKED_AT = 2_000

pages = Blueprint("self_audit", __name__, url_prefix="/programs")


@pages.get("/<int:id>/self-audit")
def show(id: int) -> str:
    """Every rule with its verdict and evidence; what fails stands first, the gravest before."""
    program, now = mine(Program, id), datetime.now(UTC)
    settings: Settings = current_app.extensions["marquee.settings"]
    database: Database = current_app.extensions["marquee.database"]
    findings = self_audit(database, program.id, settings.public_base_url, now, _LOOKED_AT)
    return render_template(
        "self_audit/show.html",
        program=program,
        failed=sorted(
            (one for one in findings if not one.passed),
            key=lambda one: (one.rule.severity or 0, one.rule.code),
        ),
        passed=[one for one in findings if one.passed],
        now=now,
    )
