"""What the documents point at is there, and what they must name is named."""

import re
from pathlib import Path

import pytest
from sqlmodel import SQLModel

import models  # noqa: F401  registers every table
from messaging.errors import CODES, Outcome

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PAGES.append(ROOT / "simulator" / "README.md")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_ROOMS = (
    "admin|benchmarks|bot|compliance|docs|messaging|models|requirements|scheduler|scripts"
    "|simulator|tests"
)
_PATH = re.compile(rf"`((?:{_ROOMS})/[\w./-]*)`")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the hosts of repositories make them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()).strip() for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [path for path in _PATH.findall(text) if not (ROOT / path).exists()] == []


def test_the_glossary_names_every_table() -> None:
    glossary = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8")
    assert {table for table in SQLModel.metadata.tables if f"`{table}`" not in glossary} == set()


def test_the_runbook_says_what_to_do_about_each_pause() -> None:
    runbook = (ROOT / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")
    pauses = {code: row for code, row in CODES.items() if row.outcome is Outcome.pause}
    rows = dict(re.findall(r"^\| (.+?) \| (\d{5}) \| \S", runbook, re.MULTILINE))
    assert {meaning: int(code) for meaning, code in rows.items()} == {
        row.meaning: code for code, row in pauses.items()
    }


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [record.name[:5] for record in records] == [
        f"{number:04d}-" for number in range(1, len(records) + 1)
    ]
    architecture = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for record in records:
        assert f"decisions/{record.name}" in architecture
        text = record.read_text(encoding="utf-8")
        parts = re.findall(r"^## (\w+)$", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Reason", "Consequences"], record.name
