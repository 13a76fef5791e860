"""Reading what the control API is sent: checked kinds, and errors that say what to do."""

from collections.abc import Mapping
from typing import Any

from simulator.config import ConfigError


class Parameters:
    """A JSON object or a query string, read by kind."""

    def __init__(self, everything: object) -> None:
        """Take an object; anything else is refused."""
        if not isinstance(everything, Mapping):
            raise ConfigError("the body must be a JSON object")
        self.everything: dict[str, Any] = dict(everything)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; lone surrogates, which no form can carry, become question marks."""
        value = self.everything.get(name, default)
        if value is None:
            raise ConfigError(f"{name} is missing")
        if not isinstance(value, str):
            raise ConfigError(f"{name} must be a text")
        return value.encode("utf-8", "replace").decode()

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; an empty one if there is none."""
        value = self.everything.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ConfigError(f"{name} must be a list of texts")
        return value

    def yes(self, name: str) -> bool:
        """Return whether something is asked for."""
        return self.everything.get(name) is True

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """Return a whole number that is not negative, at most ``most``."""
        value = self.everything.get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ConfigError(f"{name} must be a whole number, 0 or more")
        return value if most is None else min(value, most)
