"""Large audiences: how soon the first message leaves, the sender's memory, and the rate's fall."""

from dataclasses import dataclass, field

from benchmarks.blast import beginning, ending, running
from benchmarks.checker import steady_rate
from benchmarks.place import Place
from benchmarks.processes import peak_memory
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said


@dataclass(slots=True)
class _Found:
    """Of lists of one length: seconds to the first message, messages a second while the audience is
    being frozen and at the end of a frozen one, and MB before and at most."""

    first: list[float] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def measure(place: Place) -> list[Row]:
    """First message, memory and growth."""
    size = place.size
    # As many messages of each list. One of the shortest has left when its rate is set free.
    count = size.few * 9 // 10
    found = {people: _Found() for people in (size.few, size.many, size.masses)}
    for turn in range(size.rounds):
        for people, one in found.items():
            if people > size.few:
                _begin(place, people, count, one)
            _end(place, people, count, one)
            rates = f"{one.ended[-1]:,.0f}/s at the end, {one.memory[-1]:.0f} MB"
            said(f"list of {people:,}, round {turn + 1}: {rates}")
    return [
        _first(size.many, found[size.many]),
        _memory(size.many, size.masses, found),
        _growth(size.few, size.masses, count, found),
    ]


def _begin(place: Place, people: int, count: int, found: _Found) -> None:
    with place.sqlite(people) as url, running(place, url) as run:
        first, sent = beginning(run, count)
    found.first.append(first)
    found.begun.append(steady_rate(sent))


def _end(place: Place, people: int, count: int, found: _Found) -> None:
    with place.sqlite(people) as url, running(place, url) as run:
        found.ended.append(steady_rate(ending(run, people, count)))
        found.memory.append(peak_memory(run.scheduler_pid))
        found.idle.append(run.idle_memory)


def _first(people: int, found: _Found) -> Row:
    return Row(
        key="first-message",
        title=f"From due to the first message at the carrier, list of {people:,}, SQLite",
        unit="s",
        better="lower",
        ours=Series("Marquee", found.first),
        floor=Mark(1, "1 s"),
        goal=Mark(0.1, "0.1 s"),
    )


def _memory(many: int, masses: int, found: dict[int, _Found]) -> Row:
    return Row(
        key="memory",
        title=f"Memory of the process that sends, list of {masses:,}",
        unit="MB",
        better="lower",
        ours=Series("Marquee", found[masses].memory),
        beside=[
            Series(f"list of {many:,}", found[many].memory),
            Series("before the blast", found[many].idle),
        ],
        floor=Mark(150, "150 MB, flat"),
        goal=Mark(60, "60 MB"),
        notes=[
            "The most that was resident (VmHWM) of the scheduler, clock and sender in one, from "
            "its start until the whole audience was frozen and the end of it sent."
        ],
    )


def _growth(few: int, masses: int, count: int, found: dict[int, _Found]) -> Row:
    base = Series(f"list of {few:,}", found[few].ended)
    return Row(
        key="growth",
        title=f"Messages a second at the end of an audience of {masses:,}, SQLite",
        unit="messages/s",
        better="higher",
        ours=Series("Marquee", found[masses].ended),
        beside=[base, Series("while it is being frozen", found[masses].begun)],
        floor=Mark(0.9 * base.median, f"0.9 × the rate with a list of {few:,}"),
        notes=[
            f"Of both lists all deliveries are frozen first, while hardly anything may be sent. "
            f"Then the last {count:,} are sent; those before them are passed over. Counted at the "
            "carrier, without the first fifth and the last tenth of the messages. While the "
            f"audience is being frozen: the first {count:,} messages, counted in the same way."
        ],
    )
