"""`python -m benchmarks`: measure rows, print the table, write docs/PERFORMANCE.md."""

import signal
import sys
from datetime import UTC, datetime

import click

from benchmarks import report
from benchmarks.peers import rows as peer_rows
from benchmarks.place import Place
from benchmarks.processes import Failed
from benchmarks.profile import profile as take_profile
from benchmarks.row import Row
from benchmarks.rows import ROWS
from benchmarks.said import said
from benchmarks.size import SIZES

_size = click.option("--size", type=click.Choice(list(SIZES)), default="full")
_dry = click.option("--dry", is_flag=True, help="Print the table, and write nothing.")


@click.group()
def benchmarks() -> None:
    """Measure Marquee beside its limits and its peers."""
    # As an exception a SIGTERM lets everything that was started be stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@benchmarks.command()
@_size
@_dry
@click.option("--only", default="", help=f"Some of: {' '.join(ROWS)}")
def rows(size: str, dry: bool, only: str) -> None:
    """The rows that need nothing but this repository."""
    wanted = only.split() or list(ROWS)
    if unknown := set(wanted) - ROWS.keys():
        raise click.ClickException(
            f"There is no row {' '.join(unknown)}; there are: {' '.join(ROWS)}."
        )
    measured, problems = list[Row](), list[str]()
    with Place(SIZES[size]) as place:
        for name in wanted:
            said(f"{name} …")
            try:
                measured += ROWS[name](place)
            except Failed as problem:
                problems.append(f"{name}: {problem}")
                said(problems[-1])
    finish(measured, size, problems, dry)


@benchmarks.command()
@_size
@_dry
def peers(size: str, dry: bool) -> None:
    """The blast beside Kannel and Jasmin; run it where only loopback is up."""
    with Place(SIZES[size]) as place:
        try:
            measured = peer_rows.measure(place)
        except Failed as problem:
            raise click.ClickException(str(problem)) from None
    finish(measured, size, [], dry)


@benchmarks.command()
@_size
@_dry
def profile(size: str, dry: bool) -> None:
    """Where one message's microseconds go."""
    with Place(SIZES[size]) as place:
        try:
            text = take_profile(place)
        except Failed as problem:
            raise click.ClickException(str(problem)) from None
    print(text)
    if not dry:
        report.fill(report.PAGE, text, "<!-- profile: begin -->", "<!-- profile: end -->")


def finish(measured: list[Row], size: str, problems: list[str], dry: bool) -> None:
    """Print the rows, write them down, and end with code 1 if there were problems."""
    for row in measured:
        row.size, row.measured_on = size, datetime.now(UTC).date().isoformat()
    print(report.table(measured).replace("<br>", "; "))
    if not dry and measured:
        report.write(report.keep(measured, ORDER))
        print(f"Written: {report.PAGE.name}, {report.FOLDER.name}/")
    for problem in problems:
        print(f"Not measured. {problem}", file=sys.stderr)
    if problems:
        raise SystemExit(1)


ORDER = (
    "blast",
    "peers",
    "peers-50ms",
    "blast-50ms-100",
    "blast-50ms-1000",
    "postgresql",
    "postgresql-50ms",
    "join-sqlite",
    "join-sqlite-p99",
    "join-postgresql",
    "join-postgresql-p99",
    "receipts",
    "receipts-lag",
    "first-message",
    "freeze",
    "import",
    "memory",
    "pages",
    "pages-postgresql",
    "growth",
)

if __name__ == "__main__":
    benchmarks()
