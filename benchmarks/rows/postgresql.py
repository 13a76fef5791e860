"""A blast on PostgreSQL with one and with two sender processes."""

from benchmarks.blast import running, whole_blast
from benchmarks.place import Place
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said

_TRIAL = 1_000
_LATENCY_MS = 50
_ONE, _TWO = "Marquee, one sender process", "Marquee, two sender processes"
_SHARED = (
    "Server, carrier and senders share the machine's cores. The first sender is the scheduler's, "
    "the second a process of its own."
)


def measure(place: Place) -> list[Row]:
    """Two sender processes beside one: where the machine is the limit, and where a sender's
    requests in flight are."""
    return [
        _row(
            place,
            key="postgresql",
            title="Blast on PostgreSQL, carrier answers at once, two sender processes",
            latency_ms=0,
            note=_SHARED,
        ),
        _row(
            place,
            key="postgresql-50ms",
            title=f"The same, carrier answers after {_LATENCY_MS} ms, 100 in flight for each",
            latency_ms=_LATENCY_MS,
            note=f"{_SHARED} A sender waits for its requests in flight, as with a real provider.",
        ),
    ]


def _row(place: Place, *, key: str, title: str, latency_ms: int, note: str) -> Row:
    size = place.size
    both = {1: Series(_ONE), 2: Series(_TWO)}
    counts = {n: size.amount(_once(place, _TRIAL, n, latency_ms)) for n in both}
    for turn in range(size.rounds):
        for senders, series in both.items():
            series.values.append(_once(place, counts[senders], senders, latency_ms))
            rate = f"{series.values[-1]:,.0f}/s"
            said(f"PostgreSQL, {latency_ms} ms, {senders} senders, round {turn + 1}: {rate}")
    return Row(
        key=key,
        title=title,
        unit="messages/s",
        better="higher",
        ours=both[2],
        beside=[both[1]],
        floor=Mark(1.7 * both[1].median, "1.7 × one sender process"),
        notes=[note],
    )


def _once(place: Place, count: int, senders: int, latency_ms: int) -> float:
    with (
        place.postgresql(count) as url,
        running(place, url, latency_ms=latency_ms, senders=senders) as run,
    ):
        return whole_blast(run, count).rate
