"""The promoters' pages on a database with millions of subscribers and deliveries."""

import statistics

from benchmarks.large_database import Large, large_database, large_postgresql
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
    "inbox, answers": "/inbox?folder=answers",
    "inbox, for review": "/inbox?folder=review",
    "suppressions": "/suppressions",
    "reports": "/reports",
    "STOP report": "/reports/stops",
    "settings": "/settings",
}
# A page that takes longer than this is asked for fewer times, so that a run ends.
_PATIENCE_MS = 3_000
_FEWER = 10  # times, on PostgreSQL, whose database is made anew for every run


def measure(place: Place) -> list[Row]:
    """The slowest page of all, on both databases."""
    size = place.size
    people, deliveries = size.subscribers // _FEWER, size.deliveries // _FEWER
    on_sqlite = large_database(place)
    rows = [_row(place, on_sqlite, "pages", "SQLite", size.subscribers, size.deliveries)]
    with large_postgresql(place, people, deliveries) as known:
        rows.append(_row(place, known, "pages-postgresql", "PostgreSQL", people, deliveries))
    return rows


def _row(place: Place, known: Large, key: str, database: str, people: int, deliveries: int) -> Row:
    size = place.size
    taken: dict[str, list[list[float]]] = {name: [] for name in _PAGES}
    with serving(place, known.url) as port:
        member = Visitor(port)
        for turn in range(size.rounds):
            for name, path in _PAGES.items():
                taken[name].append(_ask(member, path.format(**known.examples), size.page_requests))
            slowest = max(_PAGES, key=lambda name: _p95(taken[name][-1]))
            took = f"slowest {slowest}, {_p95(taken[slowest][-1]):,.0f} ms"
            said(f"pages on {database}, round {turn + 1}: {took}")
    worst = [max(_p95(rounds[turn]) for rounds in taken.values()) for turn in range(size.rounds)]
    of_page = {name: statistics.median(map(_p95, rounds)) for name, rounds in taken.items()}
    listed = sorted(of_page.items(), key=lambda item: -item[1])
    return Row(
        key=key,
        title=f"Pages with {people:,} subscribers and {deliveries:,} deliveries, {database}: "
        "p95 of the slowest page",
        unit="ms",
        better="lower",
        ours=Series("Marquee", worst),
        beside=[Series("median of the pages' p95", [statistics.median(of_page.values())])],
        floor=Mark(200, "200 ms"),
        notes=[
            "p95 of each page: "
            + ", ".join(f"{name} {took:,.0f} ms" for name, took in listed)
            + ". Of the people 2 % have opted out, and 1 % have written something else."
        ],
    )


def _ask(member: Visitor, path: str, times: int) -> list[float]:
    taken: list[float] = []
    while len(taken) < times and sum(taken) < _PATIENCE_MS:
        taken.append(member.get(path)[1])
    return taken


def _p95(taken: list[float]) -> float:
    """The 95th percentile; of few values the largest."""
    return sorted(taken)[min(len(taken) - 1, int(0.95 * len(taken)))]
