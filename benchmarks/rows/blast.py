"""A blast end to end on SQLite, in one process, beside bare clients that keep no record."""

from benchmarks import contenders
from benchmarks.place import Place, synchronous
from benchmarks.row import Mark, Row, Series, pick
from benchmarks.said import said

AIOHTTP, PYREQWEST = "bare aiohttp client", "bare pyreqwest client"
SDK, CARRIER = "loop over the SDK", "the carrier itself"
# Enough to estimate the rate, which decides how many messages a measurement takes.
_TRIAL = 1_000


def measure(place: Place) -> list[Row]:
    """The blast beside bare clients, the SDK and the carrier itself."""
    size, beside = place.size, list[Series]()
    ours = Series("Marquee")
    count = size.amount(contenders.product(place, _TRIAL))
    clients = {
        name: (kind, size.amount(contenders.client(place, kind, _TRIAL)))
        for name, kind in ((AIOHTTP, "aiohttp"), (PYREQWEST, "pyreqwest"), (SDK, "sdk"))
    }
    for turn in range(size.rounds):
        ours.values.append(contenders.product(place, count))
        said(f"blast, round {turn + 1}: {ours.values[-1]:,.0f}/s")
        for name, (kind, amount) in clients.items():
            pick(beside, name).values.append(contenders.client(place, kind, amount))
        pick(beside, CARRIER).values.append(contenders.carrier(place, min(size.most, 100_000)))
    with place.sqlite(0) as url:
        care = synchronous(url)
    floor = 0.8 * pick(beside, AIOHTTP).median
    goal = 0.6 * pick(beside, PYREQWEST).median
    return [
        Row(
            key="blast",
            title="Blast end to end, carrier answers at once, SQLite, one process",
            unit="messages/s",
            better="higher",
            ours=ours,
            beside=beside,
            floor=Mark(floor, "0.8 × the bare aiohttp client"),
            goal=Mark(goal, "0.6 × the bare pyreqwest client"),
            notes=[
                f"{count:,} messages each time, from fired to the last answer on record: freeze, "
                f"durable intent, send, record, with synchronous={care}. The journal of the "
                "carrier held each exactly once.",
                "The bare clients keep no record of anything. They and Marquee have 100 requests "
                "in flight, the loop over the SDK one.",
            ],
        )
    ]
