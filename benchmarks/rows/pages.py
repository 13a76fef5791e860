"""The promoters' pages on a database with millions of subscribers and deliveries."""

import statistics

from benchmarks.large_database import large_database
from benchmarks.place import Place
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said
from benchmarks.visitor import Visitor
from benchmarks.web import serving

_PAGES = {
    "dashboard": "/",
    "dashboard, live part": "/live",
    "broadcasts": "/broadcasts",
    "a broadcast": "/broadcasts/{broadcast}",
    "a broadcast, page 2": "/broadcasts/{broadcast}?page=2",
    "new broadcast": "/broadcasts/new",
    "subscribers": "/subscribers",
    "subscribers, page 2": "/subscribers?page=2",
    "a subscriber": "/subscribers/{subscriber}",
    "search of a number": "/subscribers?q={number}",
    "lists": "/lists",
    "a list": "/lists/1",
    "programs": "/programs",
    "a program": "/programs/1",
    "inbox": "/inbox",
    "suppressions": "/suppressions",
    "reports": "/reports",
    "settings": "/settings",
}
# A page that takes longer than this is asked for fewer times, so that a run ends.
_PATIENCE_MS = 3_000


def measure(place: Place) -> list[Row]:
    """The slowest page of all."""
    size = place.size
    known = large_database(place)
    taken: dict[str, list[list[float]]] = {name: [] for name in _PAGES}
    with serving(place, known.url) as port:
        member = Visitor(port)
        for turn in range(size.rounds):
            for name, path in _PAGES.items():
                taken[name].append(_ask(member, path.format(**known.examples), size.page_requests))
            slowest = max(_PAGES, key=lambda name: _p95(taken[name][-1]))
            said(f"pages, round {turn + 1}: slowest {slowest}, {_p95(taken[slowest][-1]):,.0f} ms")
    worst = [max(_p95(rounds[turn]) for rounds in taken.values()) for turn in range(size.rounds)]
    of_page = {name: statistics.median(map(_p95, rounds)) for name, rounds in taken.items()}
    listed = sorted(of_page.items(), key=lambda item: -item[1])
    return [
        Row(
            key="pages",
            title=f"Pages with {size.subscribers:,} subscribers and {size.deliveries:,} deliveries,"
            " SQLite: p95 of the slowest page",
            unit="ms",
            better="lower",
            ours=Series("Marquee", worst),
            beside=[Series("median of the pages' p95", [statistics.median(of_page.values())])],
            floor=Mark(200, "200 ms"),
            notes=[
                "p95 of each page: "
                + ", ".join(f"{name} {took:,.0f} ms" for name, took in listed)
                + ". There is no API yet."
            ],
        )
    ]


def _ask(member: Visitor, path: str, times: int) -> list[float]:
    taken: list[float] = []
    while len(taken) < times and sum(taken) < _PATIENCE_MS:
        taken.append(member.get(path)[1])
    return taken


def _p95(taken: list[float]) -> float:
    """The 95th percentile; of few values the largest."""
    return sorted(taken)[min(len(taken) - 1, int(0.95 * len(taken)))]
