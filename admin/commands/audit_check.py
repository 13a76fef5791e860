"""`marquee audit check`: the self-audit of a program, on a terminal or as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from sqlmodel import col, select

from admin.commands.members import open_database
from admin.commands.processes import start
from admin.self_audit import as_json, self_audit
from compliance.rules import Finding
from models import Program
from models.database import Database


@click.command()
@click.option("--program", "slug", required=True, metavar="SLUG", help="As in /p/SLUG.")
@click.option("--json", "as_data", is_flag=True, help="Print every rule as JSON.")
def check(slug: str, as_data: bool) -> None:
    """Judge a program as a carrier's auditor would; exit code 1 if a rule fails.

    It texts the program JOIN, HELP, STOP and garbage as a consumer, in a transaction that is rolled
    back: nothing remains.
    """
    database, now = open_database(), datetime.now(UTC)
    found = self_audit(database, _program_id(database, slug), start().public_base_url, now)
    failed = [one for one in found if not one.passed]
    if as_data:
        click.echo(json.dumps({"program": slug, "at": now.isoformat(), "rules": as_json(found)}))
    else:
        _print(found, failed)
    raise SystemExit(1 if failed else 0)


def _program_id(database: Database, slug: str) -> int:
    with database.read() as session:
        rows = session.exec(select(Program.slug, Program.id).order_by(col(Program.slug))).all()
    programs = dict(rows)
    if slug not in programs:
        known = ", ".join(programs) or "none yet"
        raise click.ClickException(f"There is no program {slug!r} ({known}).")
    return programs[slug]


def _print(found: Sequence[Finding], failed: Sequence[Finding]) -> None:
    console = Console(markup=False, highlight=False)
    table = Table("Rule", "Severity", "Verdict", "What was found", box=None)
    for one in found:
        severity = "-" if one.rule.severity is None else str(int(one.rule.severity))
        verdict = "pass" if one.passed else "FAIL"
        table.add_row(one.rule.code, severity, verdict, f"{one.rule.title}. {one.verdict.why}")
    console.print(table)
    for one in failed:
        console.print(f"\n{one.rule.code} {one.rule.title}")
        for quote in one.verdict.evidence:
            console.print(f"  {quote.where}: {quote.text}")
        console.print(f"  → {one.rule.remedy}")
    console.print(f"\n{len(found) - len(failed)} of {len(found)} rules pass.")
