"""The characters that make a text dear, as the compose form points at them."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from messaging.segments import CostlyCharacter


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence: its `number` for people, from 1; `start` and `end` for the text field, which
    counts in UTF-16 units."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """All occurrences of one character, and what could replace it ("" or None: leave it out)."""

    character: str
    replacement: str | None
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """E.g. "Zero width space"."""
        code = f"U+{ord(self.character):04X}"
        return unicodedata.name(self.character, code).capitalize()

    @property
    def shown(self) -> str:
        """The character, or its name where it cannot be seen."""
        is_seen = self.character.isprintable() and not unicodedata.combining(self.character)
        return self.character if is_seen and self.character.strip() else self.name

    @property
    def change(self) -> tuple[str, str]:
        """What to replace by what."""
        return self.character, self.replacement or ""


def groups(costly: Iterable[CostlyCharacter]) -> list[Group]:
    """The characters in order of their first occurrence, each with all of its places."""
    places: dict[tuple[str, str | None], list[Place]] = {}
    outside_plane = 0  # characters so far that take two units; all such are costly
    for one in costly:
        start = one.index + outside_plane
        width = 2 if one.character > "\uffff" else 1
        outside_plane += width - 1
        place = Place(one.index + 1, start, start + width)
        places.setdefault((one.character, one.replacement), []).append(place)
    return [Group(character, plain, tuple(found)) for (character, plain), found in places.items()]
