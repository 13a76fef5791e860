"""The zip around the files of a package: no byte of it can be changed unnoticed either."""

import ast
import shutil
import warnings
import zipfile
from pathlib import Path

import pytest

from tests.integration.audit.conftest import VERIFY, look


def parts_of(packed: Path) -> tuple[list[int], int]:
    """Where the headers of the files begin, and where the table of contents does."""
    with zipfile.ZipFile(packed) as archive:
        return [entry.header_offset for entry in archive.infolist()], archive.start_dir


def test_any_byte_between_the_files_is_found(packed: Path, tmp_path: Path) -> None:
    """Of each header, and of each end of a file's content, where its packing leaves bits unused."""
    headers, table = parts_of(packed)
    whole = packed.read_bytes()
    changed = tmp_path / "changed.zip"
    places = {at + step for at in headers for step in (*range(0, 60, 3), -1, -2)}
    for place in sorted(places | set(range(table, len(whole), 5))):
        if not 0 <= place < len(whole):
            continue
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        changed.write_bytes(content)
        is_whole, lines = look(changed)
        assert not is_whole, place
        assert any(line.startswith("WRONG") for line in lines), place


def test_bytes_around_it_are_found(packed: Path, tmp_path: Path) -> None:
    whole, changed = packed.read_bytes(), tmp_path / "changed.zip"
    for content in (whole + b"\n", b"#!" + whole, whole[:-1], whole + whole):
        changed.write_bytes(content)
        assert not look(changed)[0]


def rewritten(packed: Path, out: Path, **changes: str) -> Path:
    """The package as a zip tool writes it anew; a file named in `changes` gets another name."""
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(changes.get(name.partition(".")[0], name), old.read(name))
    return out


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_too_many_too_few_or_twice_is_named(packed: Path, tmp_path: Path) -> None:
    out = tmp_path / "other.zip"
    renamed = look(rewritten(packed, out, acts="deeds.jsonl"))[1]
    assert "WRONG  acts.jsonl: it is missing" in renamed
    assert "WRONG  deeds.jsonl: it is not part of the package" in renamed
    for name in ("acts.jsonl", "manifest.note", "manifest.txt"):
        shutil.copy(packed, out)
        with zipfile.ZipFile(out, "a") as archive, warnings.catch_warnings():
            archive.writestr(name, "{}")
        assert f"WRONG  {name}: it is there twice" in look(out)[1]
    shutil.copy(packed, out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("letter.txt", "One more thing.")
    assert "WRONG  letter.txt: it is not part of the package" in look(out)[1]


def test_the_same_files_in_another_zip_are_not_the_package(packed: Path, tmp_path: Path) -> None:
    """Not a word is changed, and it is said that somebody packed it anew."""
    is_whole, lines = look(rewritten(packed, tmp_path / "other.zip"))
    assert not is_whole
    wrong = [line for line in lines if line.startswith("WRONG")]
    assert wrong == ["WRONG  other.zip: manifest.note is not at its end"]


def test_an_unpacked_package_is_whole_until_a_file_is_added(packed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    is_whole, lines = look(folder)
    assert is_whole, lines
    (folder / "more").mkdir()
    (folder / "more" / "letter.txt").write_text("One more thing.")
    assert "WRONG  more/letter.txt: it is not part of the package" in look(folder)[1]


def test_what_holds_no_file_is_named_too(packed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    (folder / "more" / "empty").mkdir(parents=True)
    (folder / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    wrong = [line for line in look(folder)[1] if line.startswith("WRONG")]
    assert wrong == [
        "WRONG  elsewhere: it is not part of the package",
        "WRONG  more/empty: it is not part of the package",
    ]


@pytest.mark.parametrize("name", ["evidence.jsonl", "manifest.txt", "acts.jsonl"])
def test_a_missing_file_is_told_once(packed: Path, tmp_path: Path, name: str) -> None:
    folder, out = tmp_path / "unpacked", tmp_path / "other.zip"
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(out, "w") as new:
        archive.extractall(folder)
        for one in set(archive.namelist()) - {name}:
            new.writestr(one, archive.read(one))
    (folder / name).unlink()
    for place in (folder, out):
        told = [line for line in look(place)[1] if line.startswith("WRONG  " + name)]
        assert told == [f"WRONG  {name}: it is missing"]
    assert look(tmp_path / "no.zip")[1] == ["WRONG  no.zip: there is no such file or folder"]


def test_it_is_written_for_python_3_8() -> None:
    tree = ast.parse(VERIFY.read_text(encoding="utf-8"), feature_version=(3, 8))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    too_new = {"removeprefix", "removesuffix", "is_relative_to", "bit_count", "pairwise", "batched"}
    assert not called & too_new
    named = [
        key.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for key in node.keywords
    ]
    assert "strict" not in named
