"""No cell of ours runs in a spreadsheet."""

import pytest

from admin.spreadsheet import harmless


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r=1", "+1202555abc"]
)
def test_what_would_run_is_quoted(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+12025550123", "delivered", "", "21610", "a=b"])
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell
