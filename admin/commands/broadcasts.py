"""What an operator does with broadcasts: pause, resume, cancel, stop all, look at a balance."""

from collections.abc import Callable
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from admin.commands.members import find_organization, open_database
from admin.words import DELIVERY_WORDS, SKIP_WORDS
from models import Broadcast, DeliveryStatus, IllegalMove, stopping
from models.balance import Balance, scanned
from models.balance import balance as counted
from models.base import LARGEST_KEY
from scheduler import moves

Verb = Callable[[Session, int, int, datetime], None]


@click.command()
@click.argument("broadcast_id", metavar="ID", type=click.IntRange(1, LARGEST_KEY))
def broadcast_pause(broadcast_id: int) -> None:
    """Hand nothing more of a broadcast over, until somebody resumes it."""
    _move(broadcast_id, moves.pause, "is paused")


@click.command()
@click.argument("broadcast_id", metavar="ID", type=click.IntRange(1, LARGEST_KEY))
def broadcast_resume(broadcast_id: int) -> None:
    """Let a paused broadcast go on."""
    _move(broadcast_id, moves.resume, "goes on")


@click.command()
@click.argument("broadcast_id", metavar="ID", type=click.IntRange(1, LARGEST_KEY))
@click.confirmation_option(prompt="Cancel it for good?")
def broadcast_cancel(broadcast_id: int) -> None:
    """End a broadcast: whoever has not been messaged will not be."""
    _move(broadcast_id, moves.cancel, "is canceled")


@click.command()
@click.option("--organization", "organization_name", help="Needed if there is more than one.")
@click.option("--end", is_flag=True, help="Let sending go on again.")
def stop_everything(organization_name: str | None, end: bool) -> None:
    """Stop everything that an organization sends, on all hosts, or end such a stop.

    Answers to STOP, HELP and keywords still go out. It is recorded in the log.
    """
    database, now = open_database(), datetime.now(UTC)
    with database.write() as session:
        organization = find_organization(session, organization_name)
        name = organization.name
        did = (stopping.go_on if end else stopping.stop_everything)(
            session, organization.id, None, now
        )
        database.notify(session)
    if end:
        click.echo(f"{name}: sending goes on." if did else f"{name} was not stopped.")
    else:
        click.echo(f"{name}: everything is stopped." if did else f"{name} was stopped already.")


@click.command()
@click.argument("broadcast_id", metavar="ID", type=click.IntRange(1, LARGEST_KEY))
@click.option("--check", is_flag=True, help="Count the deliveries too, and compare. Takes longer.")
def balance(broadcast_id: int, check: bool) -> None:
    """Say where the audience of a broadcast stands, and whether it adds up.

    The status is 1 when it does not, or when the counters differ from a count of the deliveries.
    """
    # The counters and the count of one moment, also of a broadcast that is going out.
    with open_database().moment() as session:
        if session.get(Broadcast, broadcast_id) is None:
            raise click.ClickException(f"There is no broadcast {broadcast_id}.")
        standing = counted(session, broadcast_id)
        scan = scanned(session, broadcast_id) if check else None
    Console(markup=False).print(_table(standing, scan))
    problems = [] if standing.holds else ["The parts do not add up to the audience."]
    if scan is not None and scan != standing:
        problems.append("The counters differ from the deliveries.")
    if problems:
        raise click.ClickException(" ".join(problems))
    click.echo("It adds up." if scan is None else "It adds up, and the counters are right.")


def _move(broadcast_id: int, verb: Verb, done: str) -> None:
    database = open_database()
    with database.write() as session:
        broadcast = session.get(Broadcast, broadcast_id)
        if broadcast is None:
            raise click.ClickException(f"There is no broadcast {broadcast_id}.")
        try:
            verb(session, broadcast.organization_id, broadcast_id, datetime.now(UTC))
        except IllegalMove:
            raise click.ClickException(
                f"Broadcast {broadcast_id} is {broadcast.status.value}: that cannot be done now."
            ) from None
        database.notify(session)
    click.echo(f"Broadcast {broadcast_id} {done}.")


def _table(standing: Balance, scan: Balance | None) -> Table:
    table = Table("State", "Counter", *(["Counted"] if scan else []), box=None)

    def row(label: str, one: Callable[[Balance], int]) -> None:
        table.add_row(label, f"{one(standing):,}", *([f"{one(scan):,}"] if scan else []))

    row("Audience", lambda of: of.audience)
    for status in DeliveryStatus:
        row(DELIVERY_WORDS[status].label, lambda of, status=status: of.count(status))  # type: ignore[misc]
    for reason, word in SKIP_WORDS.items():
        if reason in standing.skipped or (scan and reason in scan.skipped):
            row(f"  {word.label}", lambda of, reason=reason: of.skipped.get(reason, 0))  # type: ignore[misc]
    return table
