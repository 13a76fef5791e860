"""`numbers`: suppression lists and deactivated numbers in, files of numbers out, the inbox scan."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlmodel import Session, col, select

from admin.commands.members import find_organization, open_database
from admin.number_exports import Export, lines_of, note_export
from bot.keywords import reads_as_stop
from models import FileKind, NumberFile, Organization, RefusedRow
from models.number_files import Upload, keep, take
from models.number_reading import BrokenFile, NoNumbers
from models.suppressing import REVOKING
from scheduler import inbox_scan

_MOST_SHOWN = 20

_organization = click.option(
    "--organization", "name", metavar="NAME", help="Needed if there is more than one."
)
_out = click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the file.",
)


@click.group()
def numbers() -> None:
    """Import and export lists of numbers; scan the inbox for missed opt-outs."""


@numbers.command("import")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in REVOKING]),
    required=True,
    help="People who must not be messaged, or numbers that the carriers deactivated.",
)
@click.option("--source", required=True, metavar="TEXT", help="Where the file comes from.")
@_organization
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(kind: str, source: str, name: str | None, file: Path) -> None:
    """Take the numbers of FILE (CSV or text) out of all sending.

    A file that cannot be read as a whole changes nothing. If this is interrupted later on, the
    scheduler does what is left.
    """
    if not 1 <= len(source.strip()) <= 300:
        raise click.ClickException("Say where the file comes from, in at most 300 characters.")
    database = open_database()
    with database.read() as session:
        owner = find_organization(session, name).id
    upload = Upload(FileKind(kind), file.name[:200], source.strip(), None)
    try:
        with file.open("rb") as content:
            kept = keep(database, owner, upload, content, datetime.now(UTC))
    except BrokenFile as problem:
        raise click.ClickException(str(problem)) from None
    except NoNumbers:
        raise click.ClickException("No row of this file holds a phone number.") from None
    with click.progressbar(length=kept.total, label=f"{kept.total:,} rows") as bar:

        def show(done: NumberFile) -> bool:
            bar.update(done.rows - bar.pos)
            return True

        done = take(database, kept.id, lambda: datetime.now(UTC), show)
        show(done)
    with database.read() as session:
        _say(session, done)


@numbers.command()
@_organization
@_out
def export_suppressions(name: str | None, out: Path) -> None:
    """Write the suppression list as CSV, with reason and date."""
    _export(Export.suppressions, name, out)


@numbers.command()
@_organization
@_out
def export_consent_dates(name: str | None, out: Path) -> None:
    """Write a query for the FCC's Reassigned Numbers Database: numbers and consent dates."""
    _export(Export.consent_dates, name, out)


@numbers.command()
def scan_inbox() -> None:
    """Treat texts that nobody judged in three business days as STOP; read older ones again."""
    database = open_database()
    found = inbox_scan.scan(database, datetime.now(UTC), reads_as_stop)
    with database.read() as session:
        for one in found:
            owner = session.get_one(Organization, one.organization_id).name
            click.echo(
                f"{owner}: {len(one.treated_as_stop)} treated as STOP, {len(one.rejoined)} from "
                f"people who joined again since, {len(one.marked)} older ones marked for review."
            )
    if not found:
        click.echo("The scan found nothing.")


def _export(what: Export, name: str | None, out: Path) -> None:
    """Recorded first, and written at the side first: a reader never sees half a file."""
    database = open_database()
    with database.write() as session:
        owner = find_organization(session, name).id
        note_export(session, owner, what, None)
    beside = out.with_name(f"{out.name}.part")
    try:
        with database.read() as session, beside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines_of(what)(session, owner))
        beside.replace(out)
    except OSError as problem:
        raise click.ClickException(f"{out} cannot be written: {problem.strerror}.") from None
    click.echo(f"Written: {out}")


def _say(session: Session, done: NumberFile) -> None:
    click.echo(f"{done.name}, SHA-256 {done.sha256}")
    click.echo(f"{done.taken:,} taken, {done.known_before:,} known before or twice in the file.")
    if done.kind is FileKind.deactivated:
        click.echo(f"{done.unknown:,} are nobody's here, and were not kept.")
    click.echo(f"{done.refused:,} rows refused.")
    refused = (
        select(RefusedRow)
        .where(RefusedRow.number_file_id == done.id)
        .order_by(col(RefusedRow.row))
        .limit(_MOST_SHOWN)
    )
    for one in session.exec(refused):
        click.echo(f"  row {one.row:,}: {one.reason}")
    if done.refused > _MOST_SHOWN:
        click.echo(f"  … and {done.refused - _MOST_SHOWN:,} more, listed on the page of the file.")
