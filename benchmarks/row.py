"""A row of the table: our figure, what stands beside it, the floor and the goal."""

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Better = Literal["higher", "lower"]


@dataclass
class Series:
    """One contender's measurements; the figure is their median, the spread lowest to highest."""

    name: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)


@dataclass(frozen=True)
class Mark:
    """A floor or a goal: the value to reach, and the words that it was asked in."""

    value: float
    words: str


@dataclass
class Row:
    """A figure in `unit`, with what was measured beside it in the same run.

    `key` names it in files and on the command line. `notes` are whole sentences for the reader.
    """

    key: str
    title: str
    unit: str
    better: Better
    ours: Series
    beside: list[Series] = field(default_factory=list)
    floor: Mark | None = None
    goal: Mark | None = None
    notes: list[str] = field(default_factory=list)
    size: str = ""
    measured_on: str = ""

    def reaches(self, mark: Mark | None) -> bool | None:
        """Whether our median reaches a mark; None without one."""
        if mark is None:
            return None
        is_higher = self.ours.median >= mark.value
        return is_higher if self.better == "higher" else self.ours.median <= mark.value

    def ratio(self, other: Series) -> float:
        """Our median over another's; 0 if that one measured nothing."""
        return self.ours.median / other.median if other.median else 0.0


def to_json(row: Row) -> dict[str, Any]:
    """The row as JSON values."""
    return asdict(row)


def from_json(values: dict[str, Any]) -> Row:
    """The row that `to_json` gave."""
    marks = {name: Mark(**values[name]) if values[name] else None for name in ("floor", "goal")}
    series = {
        "ours": Series(**values["ours"]),
        "beside": [Series(**one) for one in values["beside"]],
    }
    return Row(**(values | marks | series))


def pick(rows: list[Series], name: str) -> Series:
    """The series of this name; it is made if it is not there yet."""
    for one in rows:
        if one.name == name:
            return one
    rows.append(Series(name))
    return rows[-1]
