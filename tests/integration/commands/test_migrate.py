"""`marquee migrate` says from what to what, and is harmless the second time."""

import subprocess
from pathlib import Path

from tests.integration.commands.process import MARQUEE, clean_environment

SETTINGS = {
    "SECRET_KEY": "s" * 32,
    "PUBLIC_BASE_URL": "https://sms.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "the-token",
}


def migrate(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MARQUEE, "migrate"],
        cwd=folder,
        env=clean_environment(**(SETTINGS | more)),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_an_empty_folder_gets_a_database_and_keeps_it(tmp_path: Path) -> None:
    first = migrate(tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("The database went from empty to ")
    assert (tmp_path / "var" / "marquee.sqlite3").exists()
    second = migrate(tmp_path)
    assert second.stdout.startswith("The database is up to date, at ")


def test_a_database_that_is_away_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    done = migrate(tmp_path, DATABASE_URL="postgresql://user:hunter2@127.0.0.1:1/name")
    assert done.returncode == 1
    assert "Check DATABASE_URL, and that the database server runs." in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr
