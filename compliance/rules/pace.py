"""How full a window of time is."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

DAY = timedelta(days=1)
MONTH = timedelta(days=30)

# When the window of time began that ends at a moment: what lies at it or before is outside.
Since = Callable[[datetime], datetime]


def busiest(moments: Iterable[datetime], since: Since) -> int:
    """The most moments that lie within one window of time."""
    ordered = sorted(moments)
    return max((_between(ordered, since(end), end) for end in ordered), default=0)


def busiest_around(at: datetime, moments: Iterable[datetime], since: Since) -> int:
    """The most moments that lie within one window of time together with `at`, which counts too."""
    ordered = [*moments, at]
    return max(
        _between(ordered, begin, end) for end in ordered if at <= end and (begin := since(end)) < at
    )


def _between(moments: Iterable[datetime], begin: datetime, end: datetime) -> int:
    return sum(1 for moment in moments if begin < moment <= end)
