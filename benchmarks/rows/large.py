"""Large audiences: how soon the first message leaves, the sender's memory, and the rate's fall."""

from dataclasses import dataclass

from benchmarks.blast import first_and_then, running
from benchmarks.checker import steady_rate
from benchmarks.place import Place
from benchmarks.processes import peak_memory
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said


@dataclass(frozen=True, slots=True)
class _Large:
    """One blast's beginning: seconds to the first message, messages/s after it, MB at most."""

    first: float
    rate: float
    memory: float
    idle_memory: float


def measure(place: Place) -> list[Row]:
    """First message, memory and growth, from the same blasts."""
    size = place.size
    sizes = (size.few, size.many, size.masses)
    found: dict[int, list[_Large]] = {people: [] for people in sizes}
    for turn in range(size.rounds):
        for people in sizes:
            found[people].append(_once(place, people))
            one = found[people][-1]
            said(
                f"list of {people:,}, round {turn + 1}: first after {one.first:.2f} s, "
                f"then {one.rate:,.0f}/s, {one.memory:.0f} MB"
            )
    return [
        _first(size.many, found[size.many]),
        _memory(size.many, size.masses, found),
        _growth(size.few, size.masses, found),
    ]


def _once(place: Place, people: int) -> _Large:
    with place.sqlite(people) as url, running(place, url) as run:
        first, sent = first_and_then(run, place.size.seconds)
        rate = steady_rate(sent, place.size.seconds)
        return _Large(first, rate, peak_memory(run.scheduler_pid), run.idle_memory)


def _first(people: int, found: list[_Large]) -> Row:
    return Row(
        key="first-message",
        title=f"From due to the first message at the carrier, list of {people:,}, SQLite",
        unit="s",
        better="lower",
        ours=Series("Marquee", [one.first for one in found]),
        floor=Mark(1, "1 s"),
        goal=Mark(0.1, "0.1 s"),
    )


def _memory(many: int, masses: int, found: dict[int, list[_Large]]) -> Row:
    def of(people: int) -> list[float]:
        return [one.memory for one in found[people]]

    idle = [one.idle_memory for one in found[many]]
    return Row(
        key="memory",
        title=f"Memory of the process that sends, list of {masses:,}",
        unit="MB",
        better="lower",
        ours=Series("Marquee", of(masses)),
        beside=[Series(f"list of {many:,}", of(many)), Series("before the blast", idle)],
        floor=Mark(150, "150 MB, flat"),
        goal=Mark(60, "60 MB"),
        notes=["The most that was resident (VmHWM) of the scheduler: clock and sender in one."],
    )


def _growth(few: int, masses: int, found: dict[int, list[_Large]]) -> Row:
    base = Series(f"list of {few:,}", [one.rate for one in found[few]])
    return Row(
        key="growth",
        title=f"Messages a second in a blast to {masses:,}, SQLite",
        unit="messages/s",
        better="higher",
        ours=Series("Marquee", [one.rate for one in found[masses]]),
        beside=[base],
        floor=Mark(0.9 * base.median, f"0.9 × the rate with a list of {few:,}"),
        notes=["Counted at the carrier from the first message on, in equal windows."],
    )
