"""The rows of the table, one module for each; `measure(place)` gives its figures."""

from collections.abc import Callable

from benchmarks.place import Place
from benchmarks.row import Row
from benchmarks.rows import (
    blast,
    freeze,
    import_numbers,
    join,
    large,
    latency,
    pages,
    postgresql,
    receipts,
)

Measure = Callable[[Place], list[Row]]

# By the name that `make bench ONLY=…` takes, in the order of the table.
ROWS: dict[str, Measure] = {
    "blast": blast.measure,
    "latency": latency.measure,
    "postgresql": postgresql.measure,
    "join": join.measure,
    "receipts": receipts.measure,
    "freeze": freeze.measure,
    "large": large.measure,
    "import": import_numbers.measure,
    "pages": pages.measure,
}
