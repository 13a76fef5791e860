"""The house rules that a reader would otherwise have to watch over by hand."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("admin", "bot", "compliance", "messaging", "models", "scheduler", "simulator")
# A room may import from rooms of a lower storey only.
STOREY = {"messaging": 0, "compliance": 1, "models": 2, "bot": 3, "scheduler": 3, "admin": 4}
LONGEST = 300  # lines
# Handed to auditors as one file that needs nothing else.
ONE_FILE = "admin/audit_package/verify.py"

# Who may import what, by path: a second net beside import-linter's contracts, which also sees
# imports inside functions of modules that a contract forgot to name.
DATABASE_ROOMS = ("admin/", "models/", "scheduler/")
ALLOWED: dict[str, tuple[str, ...]] = {
    "flask": ("admin/", "wsgi.py"),
    "flask_login": ("admin/",),
    "flask_security": ("admin/",),
    "flask_wtf": ("admin/",),
    "werkzeug": ("admin/", "bot/webhooks.py", "wsgi.py"),
    "wtforms": ("admin/",),
    "sqlalchemy": (*DATABASE_ROOMS, "bot/history.py"),
    "sqlmodel": (
        *DATABASE_ROOMS,
        *(f"bot/{name}.py" for name in ("history", "inbound", "receipts", "steps", "webhooks")),
    ),
    "alembic": ("admin/commands/", "models/migrate.py", "models/migrations/"),
    "apscheduler": ("scheduler/clock.py",),
    "twilio": ("messaging/providers/",),
}


def product_files() -> list[Path]:
    """Every Python file of the product, without its tests."""
    return [*ROOT.glob("*.py"), *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))]


def bench_files() -> list[Path]:
    return list((ROOT / "benchmarks").rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imported_packages(tree: ast.Module) -> Iterator[str]:
    """The top packages of absolute imports, wherever in the file they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


def test_no_file_is_longer_than_a_reader_wants() -> None:
    written = [*product_files(), *bench_files(), *(ROOT / "tests").rglob("*.py")]
    written += (ROOT / "benchmarks").rglob("*.c")
    for room in ("admin", "simulator"):
        for kind in ("css", "html", "js"):
            written += (ROOT / room).rglob(f"*.{kind}")
    lengths = {
        name_of(file): len(file.read_text(encoding="utf-8").splitlines())
        for file in written
        if not {"vendor", "versions"} & set(file.parts) and name_of(file) != ONE_FILE
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


@pytest.mark.parametrize("package", ALLOWED)
def test_a_library_is_imported_only_where_it_belongs(package: str) -> None:
    importers = [
        name_of(file) for file in product_files() if package in imported_packages(tree_of(file))
    ]
    assert importers, f"nothing imports {package}: the table above is out of date"
    assert [name for name in importers if not name.startswith(ALLOWED[package])] == []


@pytest.mark.parametrize("room", STOREY)
def test_a_room_imports_from_lower_rooms_only(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        others = set(imported_packages(tree_of(file))) & set(STOREY) - {room}
        assert {other for other in others if STOREY[other] >= STOREY[room]} == set(), name_of(file)


def test_no_room_but_the_simulator_itself_imports_the_simulator() -> None:
    for file in product_files():
        rooms = set(imported_packages(tree_of(file))) & {*ROOMS, "logs", "settings", "wsgi"}
        if name_of(file).startswith("simulator/"):
            assert rooms <= {"simulator"}, name_of(file)
        else:
            assert "simulator" not in rooms, name_of(file)


def test_the_checker_of_the_fault_tests_shares_no_code_with_the_product() -> None:
    for file in (ROOT / "tests" / "faults").rglob("*.py"):
        shared = set(imported_packages(tree_of(file))) & {*STOREY, "logs", "settings", "wsgi"}
        assert shared == set(), name_of(file)


def test_nobody_imports_the_benchmarks() -> None:
    assert bench_files()
    for file in product_files():
        assert "benchmarks" not in set(imported_packages(tree_of(file))), name_of(file)


@pytest.mark.parametrize(
    "room", ["benchmarks", "bot", "compliance", "messaging", "models", "scheduler"]
)
def test_everything_public_says_what_it_is_for(room: str) -> None:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    silent = []
    for file in (ROOT / room).rglob("*.py"):
        tree = tree_of(file)
        if "versions" in file.parts or not tree.body:
            continue
        if not ast.get_docstring(tree):
            silent.append(name_of(file))
        silent += [
            f"{name_of(file)}: {node.name}"
            for node in tree.body
            if isinstance(node, kinds)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert silent == []


def test_rows_are_locked_so_that_others_may_refer_to_them() -> None:
    weak = r"with_for_update(?:=LOCKED\b|\([^)]*key_share=True)"
    for file in product_files():
        if name_of(file) == "models/erasing.py":  # which takes a number, a key, away
            continue
        text = file.read_text(encoding="utf-8")
        locks = [
            line for line in text.splitlines() if "with_for_update" in line and "#" not in line
        ]
        assert all(re.search(weak, line) for line in locks), name_of(file)


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.txt")), ids=name_of)
def test_lock_files_hold_names_versions_and_hashes_only(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"://|^\s*--(?:extra-|find-|index|trusted)| @ ", text, re.MULTILINE)
    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[[\w,-]+\])?==", text, re.MULTILINE)
    entries = re.findall(r"^[^\s#]", text, re.MULTILINE)
    assert len(pinned) == len(entries) > 0


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = set(re.findall(r"^\s+make ([a-z-]+)\s+\S", shown.stdout, re.MULTILINE))
    assert listed == targets == set(phony.split())
