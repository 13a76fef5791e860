"""What several files of forgeries begin with."""

from pathlib import Path

import pytest

from tests.integration.forger import Verify, record, verifier
from tests.world import World


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verify:
    return verifier(monkeypatch, tmp_path)


@pytest.fixture
def sealed(sqlite_world: World) -> World:
    """A disclosure, six events of three people, an act, a submission; checkpoints of 4, 6, 7, 9."""
    return record(sqlite_world)
