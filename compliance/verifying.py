"""What a verification of the log says, and two small tools of it. Pure."""

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum


class Tampering(StrEnum):
    """What happened, as far as can be told."""

    changed = "changed"
    deleted = "deleted"
    inserted = "inserted"
    reordered = "reordered"
    backdated = "backdated"
    evidence = "evidence"  # what an event was made of does not fit its commitment
    log = "log"  # leaves, tree head or checkpoints do not fit together
    signature = "signature"
    truncated = "truncated"  # less is there than was signed or published


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: with what (`subject`, e.g. "consent event 12"), in a sentence."""

    tampering: Tampering
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.subject} [{self.tampering}]: {self.detail}"


@dataclass(slots=True)
class Tally:
    """What was looked at."""

    consent_events: int = 0
    acts: int = 0
    disclosures: int = 0
    submissions: int = 0
    erased: int = 0
    leaves: int = 0
    waiting: int = 0
    checkpoints: int = 0


@dataclass(slots=True)
class Ids:
    """A set of row ids in about one bit each where they lie close together. What is no number,
    as somebody may have written by hand, is never in it."""

    _pages: dict[int, bytearray] = field(default_factory=dict)

    def add(self, key: int) -> bool:
        """Whether the id is new."""
        if not isinstance(key, int):
            return True
        page = self._pages.setdefault(key >> 12, bytearray(512))
        at, bit = (key & 4095) >> 3, 1 << (key & 7)
        is_new = not page[at] & bit
        page[at] |= bit
        return is_new

    def discard(self, key: int) -> None:
        """Let the id be in it no longer."""
        if key in self:
            self._pages[key >> 12][(key & 4095) >> 3] &= ~(1 << (key & 7))

    def __contains__(self, key: int) -> bool:
        page = self._pages.get(key >> 12) if isinstance(key, int) else None
        return page is not None and bool(page[(key & 4095) >> 3] & 1 << (key & 7))


def out_of_order(keys: list[int]) -> list[int]:
    """The fewest of `keys` that must go for the rest to ascend: those that were moved."""
    tails: list[int] = []  # tails[n] ends the best ascending run of n + 1 keys
    places: list[int] = []  # where in `keys` that end is
    before: list[int] = []  # for each key, the place of the one before it in its run
    for place, key in enumerate(keys):
        at = bisect_left(tails, key)
        before.append(places[at - 1] if at else -1)
        tails[at : at + 1] = [key]
        places[at : at + 1] = [place]
    kept = set()
    place = places[-1] if places else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return [key for place, key in enumerate(keys) if place not in kept]
