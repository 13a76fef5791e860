"""A command that is given no settings, or an empty database, says what to do about it."""

import shlex
import subprocess
from pathlib import Path

import pytest

from admin.commands.demo_env import complete
from admin.commands.ports import Ports
from tests.integration.commands.process import MARQUEE, clean_environment
from tests.integration.commands.test_migrate import SETTINGS


def marquee(
    folder: Path, *arguments: str, program: str = MARQUEE, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=clean_environment(**settings),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.fixture
def demo_folder(tmp_path: Path) -> Path:
    """A folder in which `marquee run` has been."""
    complete({}, Ports(8000, 8001, 8002), tmp_path / "var" / "demo.env")
    return tmp_path


@pytest.mark.parametrize("command", [["audit", "verify"], ["why", "+12025550100"], ["doctor"]])
def test_beside_a_demo_it_names_the_option(demo_folder: Path, command: list[str]) -> None:
    done = marquee(demo_folder, *command)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in said
    assert "The demo in this folder keeps its settings in var/demo.env: " in said
    assert "12025550100" not in said
    advice = said.partition("in var/demo.env: ")[2].strip()
    program, *options = shlex.split(advice.removesuffix("…"))
    assert marquee(demo_folder, *options, "migrate", program=program).returncode == 0


def test_elsewhere_it_names_the_settings_alone(tmp_path: Path) -> None:
    done = marquee(tmp_path, "members")
    assert done.returncode == 2
    assert "SECRET_KEY is not set" in done.stderr
    assert "demo" not in done.stderr


def test_with_the_demos_settings_a_bad_one_is_named_alone(demo_folder: Path) -> None:
    done = marquee(demo_folder, "--env-file", "var/demo.env", "members", SECRET_KEY="short")
    assert done.returncode == 2
    assert done.stderr.startswith("marquee: SECRET_KEY is not valid")
    assert "--env-file" not in done.stderr


def test_a_database_without_tables_may_be_the_wrong_one(tmp_path: Path) -> None:
    done = marquee(tmp_path, "members", **SETTINGS)
    assert done.returncode == 1
    assert "it has no tables yet" in done.stderr
    assert "check DATABASE_URL (a relative path begins in this folder)" in done.stderr
    assert "marquee migrate" in done.stderr
