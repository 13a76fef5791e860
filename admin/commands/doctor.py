"""`marquee doctor`: what is wrong with this set-up, and what to do about it."""

import json
import sys
from collections.abc import Iterator

import click
from sqlmodel import Session, func, select

from admin.commands import demo_env
from admin.commands.probes import (
    PATIENCE_SECONDS,
    Finding,
    Verdict,
    checkpoints,
    failed,
    mail,
    ok,
    provider,
    webhook,
)
from admin.health import Check, Examiner, examine
from models import Sender
from models.database import Database
from models.shared_clock import SharedClock
from settings import BadSettings, Settings, load

_MARKS = {
    Verdict.ok: ("✓", "green"),
    Verdict.warning: ("!", "yellow"),
    Verdict.failed: ("✗", "red"),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def doctor(as_json: bool) -> None:
    """Check settings, database, migrations, clock, provider, webhook address and mail.

    Each line says what to do about it. The exit code is 0 if nothing failed.
    """
    findings = []
    for finding in _findings():
        findings.append(finding)
        if not as_json:
            _show(finding)
    healthy = all(finding.verdict is not Verdict.failed for finding in findings)
    if as_json:
        checks = [
            {"name": f.name, "verdict": f.verdict.value, "text": f.text, "advice": f.advice}
            for f in findings
        ]
        click.echo(json.dumps({"healthy": healthy, "checks": checks}, indent=2))
    sys.exit(0 if healthy else 1)


def _findings() -> Iterator[Finding]:
    try:
        settings = load()
    except BadSettings as error:
        advice = demo_env.unused() or "set it in the environment, see docs/SETTINGS.md"
        yield failed("settings", str(error), advice)
        return
    yield ok("settings", "complete")
    database = _open(settings)
    if isinstance(database, Finding):
        yield database
    else:
        yield from _database(database)
    yield provider(settings)
    yield webhook(settings)
    yield mail(settings)
    yield checkpoints(settings)


def _open(settings: Settings) -> Database | Finding:
    try:
        return Database(settings.database_url)
    except Exception as error:  # an address may name a missing driver, or a folder of somebody else
        return failed(
            "database", f"cannot be opened ({type(error).__name__})", "check DATABASE_URL"
        )


def _database(database: Database) -> Iterator[Finding]:
    checks = Examiner(lambda: examine(database, SharedClock(database)), PATIENCE_SECONDS).answer()
    good = {"database": "reachable", "migrations": "up to date", "clock": "ticking"}
    for check in checks:
        yield _from_check(check, good[check.name])
    if any(check.problem for check in checks if check.name != "clock"):
        return
    with database.read() as session:
        yield _senders(session)


def _from_check(check: Check, good: str) -> Finding:
    if not check.problem:
        return ok(check.name, good)
    cause = f" ({check.cause})" if check.cause else ""
    return failed(check.name, check.problem + cause, check.advice)


def _senders(session: Session) -> Finding:
    if count := session.scalar(select(func.count()).select_from(Sender)):
        return ok("senders", f"{count:,}")
    return failed("senders", "there is none, so nothing can be sent", "add one in Settings")


def _show(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    click.echo(f"{click.style(mark, fg=colour)} {finding.name}: {finding.text}")
    if finding.advice:
        click.echo(f"  → {finding.advice}")
