"""Writes what was measured: the table on the terminal, docs/PERFORMANCE.md and its plots.

The figures themselves are kept in docs/performance/figures.json, so that a run of some rows leaves
the others as they are. Text around the generated part of the page stays.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from benchmarks.processes import ROOT, Failed
from benchmarks.row import Mark, Row, Series, from_json, to_json
from benchmarks.svg import bars

PAGE = ROOT / "docs" / "PERFORMANCE.md"
FOLDER = ROOT / "docs" / "performance"
_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


def keep(rows: Iterable[Row], order: Iterable[str], folder: Path = FOLDER) -> list[Row]:
    """Put new rows in place of older ones of the same key; all rows, in the table's order."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "figures.json"
    known = [from_json(one) for one in json.loads(file.read_text())] if file.exists() else []
    merged = {row.key: row for row in known} | {row.key: row for row in rows}
    places = {key: place for place, key in enumerate(order)}
    ordered = sorted(merged.values(), key=lambda row: places.get(row.key, len(places)))
    file.write_text(json.dumps([to_json(row) for row in ordered], indent=1) + "\n")
    return ordered


def write(rows: list[Row], page: Path = PAGE, folder: Path = FOLDER) -> None:
    """The plots, and the generated part of the page."""
    for row in rows:
        (folder / f"{row.key}.svg").write_text(bars(row))
    fill(page, generated(rows, folder.name))


def fill(page: Path, text: str, begin: str = _BEGIN, end: str = _END) -> None:
    """Replace what stands between two marks of a page; Failed if it has none."""
    before, found, rest = page.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise Failed(f"{page.name} lacks the marks {begin} and {end} around its generated part.")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def generated(rows: list[Row], folder: str) -> str:
    """Machine, table, and for each row its plot and notes, as Markdown."""
    parts = [f"Machine: {machine()}, for everything that takes part.", table(rows)]
    for row in rows:
        parts.append(f"### {row.title}\n\n![{row.title}]({folder}/{row.key}.svg)\n\n{_notes(row)}")
    return "\n\n".join(parts)


def _notes(row: Row) -> str:
    """How it was measured, as one paragraph."""
    times = len(row.ours.values)
    how_often = "once" if times == 1 else f"{times} times"
    words = [*row.notes, f"Measured {how_often}, on {row.measured_on}."]
    if row.size != "full":
        words.append(f"A run of size “{row.size}” is not a figure to quote.")
    return " ".join(words)


def table(rows: list[Row]) -> str:
    """The Markdown table: median and spread, ratios, and whether floor and goal are reached."""
    lines = [
        "| Row | Marquee | Beside it (Marquee ÷ it) | Floor | Goal |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        beside = "<br>".join(
            f"{one.name}: {figure(one, row.unit)} ({row.ratio(one):.2f} ×)" for one in row.beside
        )
        cells = [
            row.title,
            f"**{figure(row.ours, row.unit)}**{_spread(row.ours)}",
            beside or "—",
            _mark(row, row.floor),
            _mark(row, row.goal),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def figure(series: Series, unit: str) -> str:
    """A median with its unit, with as many digits as mean something."""
    return f"{digits(series.median)} {unit}"


def digits(value: float) -> str:
    """A number with three digits or so."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine() -> str:
    """Cores and memory; no name."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} cores, {round(pages * size / 2**30)} GB of memory"


def _spread(series: Series) -> str:
    if len(series.values) < 2:
        return ""
    return f"<br>{digits(series.low)} to {digits(series.high)}"


def _mark(row: Row, mark: Mark | None) -> str:
    if mark is None:
        return "—"
    verdict = "reached" if row.reaches(mark) else "missed"
    is_plain = mark.words[0].isdecimal() and "×" not in mark.words
    value = "" if is_plain else f" = {digits(mark.value)}"
    return f"{verdict}: {mark.words}{value}"
