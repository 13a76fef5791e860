"""The long-running processes of the Procfile, and the migration that comes before them."""

import logging
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

import logs
import memory
from settings import Settings, load_or_exit

if TYPE_CHECKING:
    from models.database import Database


def start() -> Settings:
    """The settings, with logging set up by them; a bad one ends the process with its sentence.

    Where the settings of a demo lie unused, a second line says how to give them.
    """
    try:
        settings = load_or_exit()
    except SystemExit:
        from admin.commands.demo_env import unused

        if advice := unused():
            click.echo(advice, err=True)
        raise
    logs.configure(settings.log_level, settings.log_format)
    return settings


def _leave() -> NoReturn:
    """End a process that sent, whose work is all on record.

    At once: a thread of the HTTP client that still lives while the interpreter takes itself apart
    can abort it (seen with pyreqwest 0.15.1), and an orderly stop would look like a crash.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@click.command()
def scheduler() -> None:
    """Run the clock that fires broadcasts, and a sender, until SIGTERM or Ctrl-C.

    One of these is needed; a second is harmless, since each broadcast is claimed in its row.
    """
    memory.keep_together()
    memory.collect_rarely()
    settings = start()
    from admin.linting import objection
    from bot.keywords import reads_as_stop
    from scheduler.process import run

    memory.leave_imports_alone()
    run(settings, reads_as_stop, objection)
    _leave()


@click.command()
def sender() -> None:
    """Run one more sender, on any machine that reaches the database, until SIGTERM or Ctrl-C."""
    memory.keep_together()
    memory.collect_rarely()
    settings = start()
    from scheduler.sender import run

    memory.leave_imports_alone()
    run(settings)
    _leave()


@click.command()
def migrate() -> None:
    """Bring the database's tables up to this version, all steps in one transaction."""
    settings = start()
    from sqlalchemy.exc import SQLAlchemyError

    from models.database import Database
    from models.migrate import DatabaseIsNotUnicode

    try:
        before, after = bring_up(Database(settings.database_url))
    except DatabaseIsNotUnicode as error:
        raise click.ClickException(str(error)) from None
    except (SQLAlchemyError, OSError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise click.ClickException(
            f"The database cannot be migrated ({cause}). "
            "Check DATABASE_URL, and that the database server runs."
        ) from None
    if before == after:
        click.echo(f"The database is up to date, at {after}.")
    else:
        click.echo(f"The database went from {before or 'empty'} to {after}.")


def bring_up(database: "Database") -> tuple[str | None, str | None]:
    """Migrate to the newest revision; the revisions before and after (None: no tables yet)."""
    from models.migrate import upgrade

    before = _revision(database)
    upgrade(database)
    return before, _revision(database)


def _revision(database: "Database") -> str | None:
    from models.migrate import current

    with database.read() as session:
        return current(session.connection())
