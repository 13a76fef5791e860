"""The table behind quiet hours: one row a region, each with its source, as a file of its own.

Marquee's own table is `compliance/quiet_hours.csv`; an operator names another with the setting
QUIET_HOURS_FILE. See docs/QUIET_HOURS.md.
"""

import csv
import io
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from messaging import regions

COLUMNS: Final = ("region", "weekdays", "saturday", "sunday", "most_in_24_hours", "source")
DEFAULT, FEDERAL = "default", "federal"
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)")

# Minutes of the local day, the second one excluded: (540, 1200) is 9:00 to 20:00. None: never.
Span = tuple[int, int] | None


class BadTable(ValueError):
    """The text is no table of quiet hours. One sentence that names the line and says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """When people of a region may be messaged: a span for each day from Monday to Sunday, and at
    most how many messages in 24 hours (None: no limit)."""

    week: tuple[Span, ...]
    most_in_24_hours: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Table:
    """All rows, by region: "US-NY", "GB", and "default" and "federal"."""

    rows: dict[str, Row]

    def row_for(self, region: str) -> Row:
        """The row of a region: its own, else its country's, else the default."""
        return self.rows.get(region) or self.rows.get(region[:2]) or self.rows[DEFAULT]

    def rows_for(self, region: str) -> tuple[Row, ...]:
        """The rows that all hold in a region: its own one (`row_for`). "US" is a number whose state
        nobody knows, e.g. a toll-free one, and has those of every state and province."""
        places = regions.NAMES if region == regions.ANY_STATE else (region,)
        return tuple({id(row): row for row in map(self.row_for, places)}.values())


def parse(text: str) -> Table:
    """A table from its file's text (CSV with a header). Raises BadTable."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: dict[str, Row] = {}
    try:
        if tuple(name.strip() for name in next(lines, ())) != COLUMNS:
            raise BadTable(f"line 1 must name the columns {','.join(COLUMNS)}")
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            region, row = _row([cell.strip() for cell in cells], f"line {lines.line_num}")
            if region in rows:
                raise BadTable(f"line {lines.line_num} gives {region} a second row; keep one")
            rows[region] = row
    except csv.Error:
        raise BadTable(f"line {lines.line_num} is no CSV; check its quotation marks") from None
    for needed in (DEFAULT, FEDERAL):
        if needed not in rows:
            raise BadTable(f"a row for the region {needed} is missing")
    _check_federal(rows)
    return Table(rows)


def read(path: Path) -> Table:
    """The table in a file. Raises BadTable, also when the file cannot be read."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadTable("the file cannot be read; check its path and who may read it") from None
    except UnicodeDecodeError:
        raise BadTable("the file is not UTF-8; save it as UTF-8") from None


def own_table() -> Table:
    """Marquee's own table."""
    return parse(resources.files("compliance").joinpath("quiet_hours.csv").read_text("utf-8"))


def _row(cells: list[str], line: str) -> tuple[str, Row]:
    if len(cells) != len(COLUMNS):
        raise BadTable(f"{line} has {len(cells)} cells and must have {len(COLUMNS)}")
    region, weekdays, saturday, sunday, most, source = cells
    if region not in (DEFAULT, FEDERAL) and not regions.exists(region):
        raise BadTable(f"{line} names no region; write one like US-NY, CA-ON or GB")
    if most and not (most.isascii() and most.isdecimal() and 0 < int(most[:9]) < 1000):
        raise BadTable(f"{line} ({region}): most_in_24_hours must be empty or from 1 to 999")
    if not source:
        raise BadTable(f"{line} ({region}): source must say where the rule comes from")
    days = [_span(text, f"{line} ({region})") for text in (weekdays, saturday, sunday)]
    return region, Row((*days[:1] * 5, *days[1:]), int(most) if most else None, source)


def _span(text: str, where: str) -> Span:
    if text == "none":
        return None
    found = _SPAN.fullmatch(text)
    if not found:
        raise BadTable(f"{where}: write hours like 09:00-20:00, or none")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    begin, end = hour * 60 + minute, last_hour * 60 + last_minute
    if not begin < end <= 24 * 60:
        raise BadTable(f"{where}: hours must end after they begin, and by 24:00")
    return begin, end


def _check_federal(rows: dict[str, Row]) -> None:
    """No rule of a state, nor the default, can allow what the federal one forbids."""
    for region, row in rows.items():
        if region != DEFAULT and region[:2] not in regions.AMERICAN:
            continue
        for span, outer in zip(row.week, rows[FEDERAL].week, strict=True):
            if span and not (outer and outer[0] <= span[0] and span[1] <= outer[1]):
                raise BadTable(f"the hours of {region} go beyond those of {FEDERAL}; narrow them")
