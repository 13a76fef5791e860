"""The blast beside other gateways, all on this machine and in the same run."""

from benchmarks import contenders
from benchmarks.peers import jasmin, kannel
from benchmarks.place import Place
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said

_TRIAL = 1_000


def measure(place: Place) -> list[Row]:
    """At once, and after 50 ms."""
    return [_at_once(place), _after_50_ms(place)]


def _at_once(place: Place) -> Row:
    size = place.size
    ours, theirs, slow = Series("Marquee"), Series("Kannel 1.4.5"), Series("Jasmin 0.11.1")
    count = size.amount(contenders.product(place, _TRIAL))
    many = size.amount(kannel.measure(place, _TRIAL))
    few = size.amount(jasmin.measure(place, _TRIAL // 2))
    for turn in range(size.rounds):
        ours.values.append(contenders.product(place, count))
        theirs.values.append(kannel.measure(place, many))
        slow.values.append(jasmin.measure(place, few))
        rates = (ours.values[-1], theirs.values[-1], slow.values[-1])
        said(f"peers, round {turn + 1}: {', '.join(f'{rate:,.0f}/s' for rate in rates)}")
    return Row(
        key="peers",
        title="Blast end to end beside other gateways, carrier answers at once",
        unit="messages/s",
        better="higher",
        ours=ours,
        beside=[theirs, slow],
        floor=Mark(1.2 * theirs.median, "1.2 × Kannel"),
        goal=Mark(4 * theirs.median, "4 × Kannel"),
        notes=[
            "Marquee from fired to recorded; the others from the first message that they are given "
            "until the carrier has the last. Kannel keeps messages in memory, as it does by "
            "default, and sends by generic HTTP. Jasmin queues them in RabbitMQ; it speaks SMPP "
            "alone towards carriers, so its carrier does too."
        ],
    )


def _after_50_ms(place: Place) -> Row:
    size, wire, kannels = place.size, (50, 100), (50, 200)
    ours, theirs = Series("Marquee"), Series("Kannel 1.4.5, 200 in flight")
    count = size.amount(contenders.product(place, _TRIAL, *wire))
    many = size.amount(kannel.measure(place, _TRIAL, *kannels))
    for turn in range(size.rounds):
        ours.values.append(contenders.product(place, count, *wire))
        theirs.values.append(kannel.measure(place, many, *kannels))
        said(f"50 ms, round {turn + 1}: {ours.values[-1]:,.0f}/s, {theirs.values[-1]:,.0f}/s")
    return Row(
        key="peers-50ms",
        title="The same, carrier answers after 50 ms, 100 in flight",
        unit="messages/s",
        better="higher",
        ours=ours,
        beside=[theirs, Series("limit: in flight / latency", [2_000])],
        notes=[
            "Kannel may have 200 requests in flight (max-pending-submits): with 100 it is slower."
        ],
    )
