"""`marquee audit verify`: everything that is proof, recomputed from the rows."""

from collections.abc import Iterator

import click
from rich.console import Console
from sqlmodel import Session, col, select

from admin.commands.members import open_database
from admin.commands.processes import start
from compliance.verifying import Finding, Tally, Tampering
from models import Organization
from models.verifying import LogVerification
from scheduler import published
from scheduler.comparing import mismatch


@click.command()
@click.option("--organization", "name", help="Only this organization; all of them if not given.")
def verify(name: str | None) -> None:
    """Recompute the log from the database: events, evidence, leaves, roots and signatures.

    Exit code 0 and a line for each organization when nothing is wrong, else 1 and a line for each
    finding.
    """
    settings = start()
    database = open_database()
    out = Console(markup=False, highlight=False, soft_wrap=True)
    wrong = 0
    try:
        notes = published.read(settings.checkpoint_path)
    except published.BadFile as error:
        out.print(f"Published checkpoints: {error}")
        notes, wrong = {}, 1
    with database.moment() as session:
        for organization in _organizations(session, name):
            verification = LogVerification(session, organization.id)
            for finding in _all(session, verification, organization.id, notes):
                out.print(f"{organization.name}: {finding}")
                wrong += 1
            out.print(f"{organization.name}: {_sum(verification.tally)}")
        if name is None:
            known = set(session.exec(select(Organization.id)).all())
            for key in notes.keys() - known:
                out.print(f"Organization {key} was published and is not in this database.")
                wrong += 1
    if wrong:
        out.print(f"NOT VERIFIED: {wrong:,} finding{'s' * (wrong != 1)}.")
        raise SystemExit(1)
    out.print("VERIFIED: every event is as it was recorded.")


def _organizations(session: Session, name: str | None) -> list[Organization]:
    found = session.exec(select(Organization).order_by(col(Organization.id))).all()
    wanted = [one for one in found if name in (None, one.name)]
    if not wanted and name is not None:
        names = ", ".join(one.name for one in found) or "none yet"
        raise click.ClickException(f"There is no organization {name!r} (there are: {names}).")
    return wanted


def _all(
    session: Session, verification: LogVerification, key: int, notes: dict[int, str]
) -> Iterator[Finding]:
    yield from verification.findings()
    if key in notes and (different := mismatch(session, key, notes[key])):
        yield Finding(Tampering.truncated, "published checkpoint", different.why)


def _sum(tally: Tally) -> str:
    erased = f" ({tally.erased:,} of them erased)" if tally.erased else ""
    return (
        f"looked at {tally.consent_events:,} consent events{erased}, {tally.acts:,} acts, "
        f"{tally.disclosures:,} disclosures and {tally.submissions:,} submitted messages; "
        f"{tally.leaves:,} leaves under {tally.checkpoints:,} checkpoints, "
        f"{tally.waiting:,} waiting to be sealed."
    )
