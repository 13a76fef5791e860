"""`python -m benchmarks`: measure rows, print the table, write docs/PERFORMANCE.md."""

import sys
from datetime import UTC, datetime

import click

from benchmarks import report
from benchmarks.place import Place
from benchmarks.processes import Failed
from benchmarks.row import Row
from benchmarks.rows import ROWS
from benchmarks.said import said
from benchmarks.size import SIZES

_size = click.option("--size", type=click.Choice(list(SIZES)), default="full")
_dry = click.option("--dry", is_flag=True, help="Print the table, and write nothing.")


@click.group()
def benchmarks() -> None:
    """Measure Marquee beside its limits and its peers."""


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
    "blast-50ms-100",
    "blast-50ms-1000",
    "postgresql",
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
    "growth",
)

if __name__ == "__main__":
    benchmarks()
