"""What the Makefile offers and `make test` itself does not run."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_make_faults_finds_the_fault_tests_with_their_full_counts() -> None:
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTEST_", "MAKE", "MFLAGS"))
    }
    run = subprocess.run(
        ["make", "faults"],
        cwd=ROOT,
        env=environment | {"PYTEST_ADDOPTS": "--collect-only"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "FAULTS=full" in run.stdout
    assert "test_never_twice" in run.stdout
