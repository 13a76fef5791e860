"""A blast on PostgreSQL with one and with two sender processes."""

from benchmarks.blast import running, whole_blast
from benchmarks.place import Place
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said

_TRIAL = 1_000


def measure(place: Place) -> list[Row]:
    """Two sender processes beside one."""
    size = place.size
    one, two = Series("Marquee, one sender process"), Series("Marquee, two sender processes")
    counts = {
        series.name: size.amount(_once(place, _TRIAL, n)) for n, series in ((1, one), (2, two))
    }
    for turn in range(size.rounds):
        for senders, series in ((1, one), (2, two)):
            series.values.append(_once(place, counts[series.name], senders))
            said(f"PostgreSQL, {senders} senders, round {turn + 1}: {series.values[-1]:,.0f}/s")
    return [
        Row(
            key="postgresql",
            title="Blast on PostgreSQL, carrier answers at once, two sender processes",
            unit="messages/s",
            better="higher",
            ours=two,
            beside=[one],
            floor=Mark(1.7 * one.median, "1.7 × one sender process"),
            notes=[
                "Server, carrier and senders share the machine's cores. The first sender is the "
                "scheduler's, the second a process of its own.",
            ],
        )
    ]


def _once(place: Place, count: int, senders: int) -> float:
    with place.postgresql(count) as url, running(place, url, senders=senders) as run:
        return whole_blast(place, run, count).rate
