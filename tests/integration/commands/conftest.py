"""Calling `marquee` on the test's world."""

import pytest
from click.testing import CliRunner, Result

from admin.commands import marquee
from settings import Settings
from tests.conftest import set_environment
from tests.world import World


class Call:
    """Calls `marquee` on the test's world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(marquee, arguments)


@pytest.fixture
def call(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Call:
    set_environment(monkeypatch, settings)
    return Call(world)
