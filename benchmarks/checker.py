"""Compares the carrier's journal with who should have got a message. Knows no product code."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that the carrier accepted: when (seconds since the epoch), to whom, what for."""

    at: float
    to: str
    delivery: str
    sid: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a blast; all zero is right."""

    twice: int
    missing: int
    strangers: int

    @property
    def is_right(self) -> bool:
        return not (self.twice or self.missing or self.strangers)


def read_journal(text: str) -> list[Sent]:
    """The lines of a journal; a last one that is not written whole yet is left out."""
    whole = text[: text.rfind("\n") + 1]
    sent = []
    for line in whole.splitlines():
        at, to, delivery, sid = line.split(" ")
        sent.append(Sent(int(at) / 1e6, to, delivery, sid))
    return sent


def check(sent: Iterable[Sent], audience: Collection[str]) -> Verdict:
    """Everybody of `audience` must have got exactly one message, and nobody else any."""
    got = Counter(one.to for one in sent)
    wanted = set(audience)
    return Verdict(
        twice=sum(count - 1 for count in got.values()),
        missing=len(wanted - got.keys()),
        strangers=len(got.keys() - wanted),
    )


def steady_rate(sent: list[Sent]) -> float:
    """Messages a second without the first fifth, in which a sender warms up, and the last tenth,
    in which nothing is left to start."""
    middle = sent[len(sent) // 5 : len(sent) - len(sent) // 10]
    took = middle[-1].at - middle[0].at if middle else 0.0
    return (len(middle) - 1) / took if took > 0 else 0.0
