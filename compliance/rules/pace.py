"""How full a window of time is."""

from collections.abc import Iterable
from datetime import datetime, timedelta

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


def busiest(moments: Iterable[datetime], window: timedelta) -> int:
    """The most moments that lie within one window of time."""
    ordered = sorted(moments)
    return max(
        (sum(1 for at in ordered if start <= at < start + window) for start in ordered), default=0
    )


def busiest_around(at: datetime, moments: Iterable[datetime], window: timedelta) -> int:
    """The most moments that lie within one window of time together with `at`, which counts too."""
    near = [moment for moment in moments if abs(moment - at) < window]
    return max(
        sum(1 for moment in [*near, at] if start <= moment < start + window)
        for start in [*(moment for moment in near if moment <= at), at]
    )
