"""Hands a test world's broadcasts over to a fake provider."""

import asyncio

from messaging.errors import Outcome
from messaging.providers import SendError
from scheduler.dispatch import Dispatch
from tests.conftest import make_settings
from tests.fake_provider import FakeProvider
from tests.world import World


def dispatch(world: World, provider: FakeProvider, *, in_flight: int = 100) -> Dispatch:
    settings = make_settings("sqlite:///unused").model_copy(update={"sender_in_flight": in_flight})
    return Dispatch(world.database, provider, settings, clock=lambda: world.now)


def send_all(world: World, provider: FakeProvider, seconds: int = 30, step: float = 0.5) -> None:
    """Turn after turn for so many seconds of the world's clock."""
    sender = dispatch(world, provider)
    for _ in range(int(seconds / step)):
        asyncio.run(sender.turn())
        world.pass_time(seconds=step)


def refusal(outcome: Outcome, code: int | None = None) -> SendError:
    return SendError(outcome, code, "refused for the test")
