"""`marquee audit export`: a program's whole proof in one zip."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlmodel import select

from admin.audit_package import export as package
from admin.commands.members import open_database
from admin.commands.processes import start
from models import Program
from models.database import Database
from settings import Settings


@click.command()
@click.option("--program", "slug", required=True, help="The program's slug, e.g. neon-nights.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip to make.",
)
def export(slug: str, out: Path) -> None:
    """Write a program's audit package: its log, evidence, report, and verify.py to check them."""
    settings, database = start(), open_database()
    with database.read() as session:
        slugs = dict(session.exec(select(Program.slug, Program.id)).all())
    if slug not in slugs:
        known = ", ".join(sorted(slugs)) or "none yet"
        raise click.ClickException(f"There is no program {slug!r} ({known}).")
    try:
        summary = _write(settings, database, slugs[slug], out)
    except package.NothingSealed as reason:
        raise click.ClickException(str(reason)) from None
    except OSError as error:
        raise click.ClickException(
            f"{out} cannot be written ({error.strerror}). Check the folder and its free space."
        ) from None
    click.echo(
        f"{out}: {summary.events:,} consent events, {summary.submissions:,} messages, "
        f"{summary.leaves:,} leaves. Check it with: python verify.py {out.name}"
    )


def _write(settings: Settings, database: Database, program_id: int, out: Path) -> package.Summary:
    """Write beside `out` first, so that a package is there whole or not at all."""
    half = out.with_name(f"{out.name}.part")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    try:
        with (
            half.open("w+b") as file,
            Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        ):
            task = progress.add_task("Leaves", total=None)
            signing, now = package.signing_of(settings), datetime.now(UTC)
            summary = package.export(
                database,
                signing,
                program_id,
                file,
                now,
                advance=lambda done, all_: progress.update(task, completed=done, total=all_),
            )
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    return summary
