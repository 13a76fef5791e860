"""The audit package: verify.py, alone, finds it whole, and finds every byte that was changed."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from sqlmodel import col, select

from admin.audit_package.export import NothingSealed
from models import AuditEvent, AuditKind, ConsentEvidence, LogLeaf, Subscriber
from models.erasing import erase, erase_evidence
from models.leaves import note_act
from tests.integration.audit.conftest import VERIFY, make, seal_all, verify
from tests.world import World

FILES = {
    "README.txt",
    "acts.jsonl",
    "disclosures.jsonl",
    "checkpoint.txt",
    "events.jsonl",
    "evidence.jsonl",
    "keys.txt",
    "leaves.jsonl",
    "manifest.note",
    "manifest.txt",
    "program.json",
    "report.html",
    "self-audit.json",
    "stop-report.csv",
    "submissions.jsonl",
    "verify.py",
}


def unpack(packed: Path) -> Path:
    folder = packed.with_suffix("")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    return folder


def rows(packed: Path, name: str) -> list[dict[str, object]]:
    with zipfile.ZipFile(packed) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


@pytest.mark.parametrize("way", ["openssl", "python"])
def test_a_package_is_whole_on_a_bare_interpreter(packed: Path, way: str) -> None:
    if way == "openssl" and shutil.which("openssl") is None:
        pytest.fail("this test needs the command openssl")
    with zipfile.ZipFile(packed) as archive:
        assert set(archive.namelist()) == FILES
    verdict = verify(packed, "--with", way)
    assert verdict.code == 0, verdict.text
    assert "VERDICT: WHOLE" in verdict.text
    folder = unpack(packed)
    verdict = verify(folder, script=folder / "verify.py")
    assert verdict.code == 0, verdict.text


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_changed_byte_is_found_and_its_file_named(packed: Path, name: str) -> None:
    folder = unpack(packed)
    content = bytearray((folder / name).read_bytes())
    for place in {0, len(content) // 3, len(content) // 2, len(content) - 2, len(content) - 1}:
        changed = content.copy()
        changed[place] ^= 1
        (folder / name).write_bytes(changed)
        verdict = verify(folder, "--with", "python")
        assert verdict.code == 1, (place, verdict.text)
        assert f"WRONG  {name}" in verdict.text, (place, verdict.text)
        assert "Traceback" not in verdict.text


def test_every_byte_of_the_signed_note_counts(packed: Path) -> None:
    """The one file that no manifest holds: no byte of it may have two spellings."""
    from admin.audit_package.verify import keys_of, signed_text, verifier

    folder = unpack(packed)
    keys = keys_of((folder / "keys.txt").read_text())
    note = (folder / "manifest.note").read_bytes()
    _, check = verifier("cryptography")
    assert signed_text(note.decode(), keys, check)
    for place in range(len(note)):
        for bit in range(8):
            changed = bytearray(note)
            changed[place] ^= 1 << bit
            with pytest.raises(ValueError):  # noqa: PT011  any of its kinds
                signed_text(changed.decode(), keys, check)


def test_a_missing_file_is_named_and_a_broken_zip_is_no_crash(packed: Path) -> None:
    folder = unpack(packed)
    (folder / "evidence.jsonl").unlink()
    assert "WRONG  evidence.jsonl: it is missing" in verify(folder).text
    packed.write_bytes(packed.read_bytes()[:500])
    verdict = verify(packed)
    assert verdict.code == 1
    assert "Traceback" not in verdict.text


def test_another_key_than_the_one_that_is_trusted_is_refused(packed: Path) -> None:
    key = (unpack(packed) / "keys.txt").read_text().strip()
    assert verify(packed, "--key", key).code == 0
    other = "marquee.test/1+33d4ac6b+AdyD8cHnIX4T8n+VhEsbbcMNnY2yIDiNbhKgOdZaYQaF"
    assert verify(packed, "--key", other).code == 1


def test_what_a_package_holds(lived: World, tmp_path: Path) -> None:
    packed = make(lived.database, lived, tmp_path / "package.zip")
    events = rows(packed, "events.jsonl")
    assert [event["kind"] for event in events].count("opted_in") == 7
    assert [event["kind"] for event in events].count("opted_out") >= 1
    texts = [row["content"]["text"] for row in rows(packed, "evidence.jsonl")]  # type: ignore[index]
    assert texts[0] == "JOIN"
    assert "STOP" in texts
    assert rows(packed, "submissions.jsonl")[0]["consent"] == events[0]["event"]
    with zipfile.ZipFile(packed) as archive:
        program = json.loads(archive.read("program.json"))
        report = archive.read("report.html").decode()
    assert program["slug"] == "neon-nights"
    assert program["sender"][0]["address"] == "24680"
    assert "<svg" in report
    assert "src=" not in report
    with lived.database.read() as session:
        act = session.exec(select(AuditEvent)).all()[-1]
    assert (act.kind, act.subject["what"]) == (AuditKind.exported, "audit package")
    assert verify(packed).code == 0


def test_erased_evidence_leaves_the_proof_whole(sqlite_lived: World, tmp_path: Path) -> None:
    """Of one person on request, and of another one because its time was over."""
    with sqlite_lived.database.write() as session:
        person = session.exec(select(Subscriber).order_by(col(Subscriber.id))).first()
        assert person is not None
        erase(session, person, sqlite_lived.now)
        pieces = select(ConsentEvidence.id).where(ConsentEvidence.consent_event_id == 4)
        count = erase_evidence(session, pieces, sqlite_lived.now)
        owner = sqlite_lived.organization_id
        note_act(session, owner, AuditKind.expired, sqlite_lived.now, evidence=count)
    seal_all(sqlite_lived)
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    verdict = verify(packed)
    assert verdict.code == 0, verdict.text
    assert "the evidence of 3 events was erased" in verdict.text


def test_evidence_erased_a_moment_ago_is_explained_by_an_act_that_still_waits(
    sqlite_lived: World, tmp_path: Path
) -> None:
    with sqlite_lived.database.write() as session:
        person = session.exec(select(Subscriber).order_by(col(Subscriber.id))).first()
        assert person is not None
        erase(session, person, sqlite_lived.now)
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    assert verify(packed).code == 0


def test_evidence_taken_away_by_hand_is_found(sqlite_lived: World, tmp_path: Path) -> None:
    with sqlite_lived.database.write() as session:
        erase_evidence(session, [2], sqlite_lived.now)
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    verdict = verify(packed)
    assert verdict.code == 1
    assert "WRONG  evidence.jsonl: that of subscriber 2 is gone, and no act" in verdict.text


def test_evidence_that_was_rewritten_in_the_database_is_found(
    sqlite_lived: World, tmp_path: Path
) -> None:
    with sqlite_lived.database.write() as session:
        forged = session.exec(select(ConsentEvidence).order_by(col(ConsentEvidence.id))).first()
        assert forged is not None
        forged.content = {**(forged.content or {}), "text": "JOIN, gladly"}
        session.add(forged)
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    verdict = verify(packed)
    assert verdict.code == 1
    assert "WRONG  evidence.jsonl: that of event 1 is not what was committed to" in verdict.text


def test_a_leaf_that_was_rewritten_in_the_database_is_found(
    sqlite_lived: World, tmp_path: Path
) -> None:
    with sqlite_lived.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_leaf_no_update")
        connection.exec_driver_sql(
            "UPDATE log_leaf SET leaf = CAST(replace(CAST(leaf AS TEXT), 'opted_out', 'opted_in') "
            "AS BLOB)"
        )
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    assert "WRONG  leaves.jsonl" in verify(packed).text


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE log_leaf SET leaf = X'FF00' WHERE leaf_index = 3", "WRONG  leaves.jsonl"),
        ("DELETE FROM log_leaf WHERE leaf_index = 3", "WRONG  leaves.jsonl: leaf 3 is missing"),
        (
            "DELETE FROM consent_evidence WHERE consent_event_id = 2",
            "WRONG  evidence.jsonl: that of event 2 is missing",
        ),
    ],
)
def test_a_damaged_database_still_gives_a_package_which_shows_it(
    sqlite_lived: World, tmp_path: Path, change: str, found: str
) -> None:
    with sqlite_lived.database.engine.begin() as connection:
        for name in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER log_leaf_no_{name}")
        connection.exec_driver_sql(change)
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    verdict = verify(packed)
    assert verdict.code == 1
    assert found in verdict.text
    assert "Traceback" not in verdict.text


def test_nothing_of_another_program_but_hashes(sqlite_lived: World, tmp_path: Path) -> None:
    from tests.integration.audit.programs import second_program

    second_program(sqlite_lived)
    sqlite_lived.text("+12025559999", "DUB")
    sqlite_lived.text("+12025559999", "STOP")
    seal_all(sqlite_lived)
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    assert verify(packed).code == 0
    with zipfile.ZipFile(packed) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"5559999" not in everything
    assert b"Dub Sessions" not in everything
    assert sum("hash" in row for row in rows(packed, "leaves.jsonl")) == 3
    other = make(sqlite_lived.database, sqlite_lived, tmp_path / "other.zip", "dub-sessions")
    assert [row["kind"] for row in rows(other, "events.jsonl")] == ["opted_in", "opted_out"]
    assert verify(other).code == 0


def test_the_newest_checkpoint_is_exported_and_not_what_came_after(
    sqlite_lived: World, tmp_path: Path
) -> None:
    sqlite_lived.text("+12025558888", "JOIN")
    packed = make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
    with sqlite_lived.database.read() as session:
        sealed = len(session.exec(select(LogLeaf.leaf_index)).all())
    assert len(rows(packed, "leaves.jsonl")) == sealed
    assert verify(packed).code == 0


def test_without_a_checkpoint_it_says_what_to_do(sqlite_world: World, tmp_path: Path) -> None:
    with pytest.raises(NothingSealed, match="marquee doctor"):
        make(sqlite_world.database, sqlite_world, tmp_path / "package.zip")


def test_the_verifier_uses_the_standard_library_alone() -> None:
    text = VERIFY.read_text(encoding="utf-8")
    assert "from admin" not in text
    assert "import models" not in text
