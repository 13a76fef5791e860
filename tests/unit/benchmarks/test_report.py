"""What is written from rows: table, page and plot."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.processes import Failed
from benchmarks.row import Mark, Row, Series
from benchmarks.svg import bars


def row(key: str = "blast", rate: float = 7_000) -> Row:
    return Row(
        key=key,
        title="A blast <end to end>",
        unit="messages/s",
        better="higher",
        ours=Series("Marquee", [rate, rate + 10, rate - 10]),
        beside=[Series("bare client", [10_000.0])],
        floor=Mark(6_500, "0.65 × the client"),
        goal=Mark(9_000, "9,000/s"),
        size="full",
        measured_on="2026-11-25",
    )


def test_the_table_says_what_is_reached() -> None:
    (line,) = report.table([row()]).splitlines()[2:]
    assert "**7,000 messages/s**<br>6,990 to 7,010" in line
    assert "bare client: 10,000 messages/s (0.70 ×)" in line
    assert "reached: 0.65 × the client = 6,500 |" in line
    assert line.endswith("| missed: 9,000/s |")


def test_new_rows_replace_their_like_and_leave_the_others(tmp_path: Path) -> None:
    report.keep([row("join"), row("blast")], ["blast", "join"], tmp_path)
    kept = report.keep([row("join", 8_000)], ["blast", "join"], tmp_path)
    assert [(one.key, one.ours.median) for one in kept] == [("blast", 7_000), ("join", 8_000)]


def test_the_text_around_the_figures_stays(tmp_path: Path) -> None:
    page = tmp_path / "PERFORMANCE.md"
    page.write_text("Before.\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nAfter.\n")
    for _ in range(2):
        report.write([row()], page, tmp_path)
    text = page.read_text()
    assert text.startswith("Before.\n")
    assert text.endswith("<!-- figures: end -->\nAfter.\n")
    assert "old" not in text
    assert text.count("| A blast") == 1
    assert (tmp_path / "blast.svg").exists()


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "PERFORMANCE.md"
    page.write_text("By hand.\n")
    with pytest.raises(Failed):
        report.fill(page, "text")
    assert page.read_text() == "By hand.\n"


def test_a_plot_is_a_picture_that_holds_every_series() -> None:
    texts = [node.text for node in ET.fromstring(bars(row())).iter() if node.text]
    assert "A blast <end to end>" in texts
    assert {"Marquee", "bare client", "floor 6,500", "goal 9,000", "7,000", "10,000"} <= set(texts)
