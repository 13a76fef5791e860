"""A blast to a carrier that takes 50 ms: the limit is requests in flight over latency."""

from benchmarks import contenders
from benchmarks.place import Place
from benchmarks.row import Mark, Row, Series, pick
from benchmarks.rows.blast import AIOHTTP, PYREQWEST, SDK
from benchmarks.said import said

_LATENCY_MS = 50
_TRIAL = 1_000


def measure(place: Place) -> list[Row]:
    """One row for each number of requests in flight."""
    return [_with(place, in_flight) for in_flight in (100, 1_000)]


def _with(place: Place, in_flight: int) -> Row:
    size, beside, ours = place.size, list[Series](), Series("Marquee")
    limit = in_flight / (_LATENCY_MS / 1000)
    wire = (_LATENCY_MS, in_flight)
    count = size.amount(contenders.product(place, _TRIAL, *wire))
    clients = {AIOHTTP: "aiohttp", PYREQWEST: "pyreqwest"}
    amounts = {
        name: size.amount(contenders.client(place, kind, _TRIAL, *wire))
        for name, kind in clients.items()
    }
    for turn in range(size.rounds):
        ours.values.append(contenders.product(place, count, *wire))
        said(f"50 ms, {in_flight} in flight, round {turn + 1}: {ours.values[-1]:,.0f}/s")
        for name, kind in clients.items():
            rate = contenders.client(place, kind, amounts[name], *wire)
            pick(beside, name).values.append(rate)
        if in_flight == 100:
            loop = contenders.client(place, "sdk", int(15 * size.seconds), _LATENCY_MS)
            pick(beside, SDK).values.append(loop)
    beside.append(Series("limit: in flight / latency", [limit]))
    mark = Mark(0.95 * limit, "95 % of in flight / latency")
    is_goal = in_flight > 100
    loop_note = [] if is_goal else ["The loop over the SDK has one in flight."]
    return Row(
        key=f"blast-50ms-{in_flight}",
        title=f"The same, carrier answers after 50 ms, {in_flight:,} in flight",
        unit="messages/s",
        better="higher",
        ours=ours,
        beside=beside,
        floor=None if is_goal else mark,
        goal=mark if is_goal else None,
        notes=[f"{count:,} messages each time.", *loop_note],
    )
