"""Who would be in quiet hours when a broadcast comes, and what then becomes of their message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.quiet_hours import arrival
from compliance.rules import Recipients
from models import QuietHours
from scheduler.local_time import own_moment


@dataclass(frozen=True, slots=True)
class Quiet:
    """`wait` people get it later, between `first` and `last` (UTC); `left_out` do not get it."""

    wait: int = 0
    first: datetime | None = None
    last: datetime | None = None
    left_out: int = 0


def quiet(
    groups: Iterable[Recipients],
    starts: datetime,
    useful_until: datetime,
    policy: QuietHours,
    local_at: str | None = None,
) -> Quiet:
    """What quiet hours do to people of these areas. The same rule as the claim's
    (scheduler.verdicts)."""
    waits: list[tuple[datetime, int]] = []
    left_out = 0
    for group in groups:
        own = own_moment(group.area, starts, local_at)
        comes = arrival(group.area, own, policy is QuietHours.defer, useful_until)
        if comes is None:
            left_out += group.count
        elif comes > own:
            waits.append((comes, group.count))
    moments = [opens for opens, _ in waits]
    return Quiet(
        wait=sum(count for _, count in waits),
        first=min(moments, default=None),
        last=max(moments, default=None),
        left_out=left_out,
    )
