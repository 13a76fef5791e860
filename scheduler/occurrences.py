"""The occurrences of a series: what its clock shows, and the moments which that makes.

A series counts in wall-clock times, one after the other, and each of them comes once. When it comes
is said anew for each: by the clock of the series' zone, or, at everybody's own local time, by the
zones of all places that count for its list by then (scheduler.countries). In a gap or an overlap of
a zone's clock the rules of scheduler.local_time hold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models import Recurrence
from scheduler import broadcasts, local_time
from scheduler.broadcasts import Due, Order

# When a series comes next after a time, both as its clock shows it (scheduler.clock.next_wall).
NextWall = Callable[[Recurrence, datetime], datetime | None]

_BEHIND: Final = timedelta(days=1)  # no clock on Earth is so far behind UTC


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of a series, as an order. `wall` is what the clock shows, e.g. "2026-11-27T20:00"."""

    wall: str
    order: Order
    due: Due


def of(series: Recurrence, countries: str, wall: str) -> Occurrence:
    """The one that comes when the clock shows `wall`; `countries` are those of the list
    (scheduler.countries), e.g. "US CA"."""
    moment = local_time.moment_of(datetime.fromisoformat(wall), series.timezone)
    order = Order(
        list_id=series.list_id,
        body=series.body,
        answers_to=series.answers_to,
        scheduled_at=moment,
        local_at=wall if series.is_local else None,
        timezone=series.timezone,
        latest_start_minutes=series.latest_start_minutes,
        form_token=f"series-{series.id}-{wall}",
        quiet_hours=series.quiet_hours,
        useful_for=timedelta(hours=series.useful_hours),
    )
    return Occurrence(wall, order, broadcasts.due_of(order, countries, moment))


def following(
    series: Recurrence, countries: str, next_wall: NextWall, wall: datetime
) -> Iterator[Occurrence]:
    """Those that come after the clock has shown `wall` (naive)."""
    while (found := next_wall(series, wall)) is not None:
        yield of(series, countries, f"{found:%Y-%m-%dT%H:%M}")
        wall = found


def upcoming(
    series: Recurrence, countries: str, next_wall: NextWall, now: datetime
) -> Iterator[Occurrence]:
    """Those that have not begun anywhere at `now` (UTC)."""
    wall = now.replace(tzinfo=None) - _BEHIND
    return (one for one in following(series, countries, next_wall, wall) if one.due.starts > now)
