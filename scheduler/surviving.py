"""A job of the clock outlives a database that is away."""

from collections.abc import Callable
from typing import Any

import structlog

from scheduler.drivers import name_of, trouble

log = structlog.get_logger()


def survive(job: Callable[..., None]) -> Callable[..., None]:
    """A database that is away for a while is a line in the log; the next tick tries again."""

    def attempt(*args: Any) -> None:
        try:
            job(*args)
        except trouble() as error:
            log.error("clock.database", job=job.__name__, error=name_of(error))

    return attempt
