"""The report that people read: one HTML page without anything from elsewhere, to be printed."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from admin.audit_package.contents import duration
from admin.audit_package.leaves import Tally
from admin.audit_package.templates import render
from admin.queries.reports import Totals
from models import Checkpoint, Organization, Program

_WIDTH, _HEIGHT = 720, 120
_MOST_BARS = 180
_WIDEST_BAR = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot, in the units of its picture, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of counts by day (or by so many days, where they are many)."""

    title: str
    total: int
    highest: int
    days_each: int
    first: str
    last: str
    bars: tuple[Bar, ...]
    width: int = _WIDTH
    height: int = _HEIGHT


def html_report(
    organization: Organization,
    program: Program,
    checkpoint: Checkpoint,
    tally: Tally,
    stops: Totals,
    checks: list[dict[str, Any]],
    now: datetime,
) -> str:
    """The whole page."""
    counts = {"Joins": tally.joined, "Leaves": tally.left, "Messages": tally.messages}
    days = sorted({day for by_day in counts.values() for day in by_day})
    return render(
        "report.html",
        organization=organization,
        program=program,
        checkpoint=checkpoint,
        rows=tally.rows,
        plots=[plot(title, by_day, days) for title, by_day in counts.items()],
        stops=stops,
        longest=duration(stops.longest),
        checks=checks,
        now=now,
    )


def plot(title: str, by_day: Counter[str], days: list[str]) -> Plot:
    """`by_day` (ISO dates) as bars over the span from the first to the last of `days`."""
    if not days:
        return Plot(title, 0, 0, 1, "", "", ())
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    span = (last - first).days + 1
    each = -(-span // _MOST_BARS)
    sums = Counter[int]()
    for day, count in by_day.items():
        sums[(date.fromisoformat(day) - first).days // each] += count
    highest, width = max(sums.values(), default=0), _WIDTH / -(-span // each)
    bars = []
    for place, count in sorted(sums.items()):
        height = count / highest * _HEIGHT
        begins = first + timedelta(days=place * each)
        bars.append(
            Bar(
                x=round(place * width, 2),
                y=round(_HEIGHT - height, 2),
                width=round(min(max(width - 1, width * 0.6), _WIDEST_BAR), 2),
                height=round(height, 2),
                label=f"{begins}: {count:,}",
            )
        )
    return Plot(title, sum(sums.values()), highest, each, str(first), str(last), tuple(bars))
