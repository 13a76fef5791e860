"""The diagrams of docs/STATES.md show the moves that the code makes, no more and no fewer."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from pathlib import Path

import pytest
from sqlmodel import Session

from messaging.errors import SENT_AGAIN, Outcome
from models import (
    BROADCAST_MOVES,
    SUBSCRIPTION_MOVES,
    AnswerStatus,
    BroadcastStatus,
    Delivery,
    DeliveryStatus,
    NoticeStatus,
    SkipReason,
    SubscriptionState,
)
from models.settling import MAX_ATTEMPTS, not_delivered, not_taken, progress
from scheduler import moves
from scheduler.claim import claim
from scheduler.rescue import lapse
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "STATES.md").read_text(encoding="utf-8")
EDGE = "[*]"

Move = tuple[str, str]


class Diagram:
    """The Mermaid state diagram under the heading `## title`.

    A move from a composite state is one from each of its members.
    """

    def __init__(self, title: str) -> None:
        section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
        (source,) = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", section, re.DOTALL)
        self._members: dict[str, set[str]] = {}
        drawn = set(self._read(source))
        self.moves = {
            (one, target)
            for source_state, target in drawn
            for one in self._members.get(source_state, {source_state})
            if EDGE not in (one, target)
        }
        self.first = {target for source_state, target in drawn if source_state == EDGE}
        self.last = {source_state for source_state, target in drawn if target == EDGE}
        self.states = {state for move in self.moves for state in move} | self.first | self.last
        self.rows = set(rows(section.split("\n### ")[0]))

    def _read(self, source: str) -> Iterator[Move]:
        inside = None
        for line in map(str.strip, source.splitlines()):
            if opening := re.fullmatch(r"state (\w+) \{", line):
                inside = opening[1]
                self._members[inside] = set()
            elif line == "}":
                inside = None
            elif arrow := re.fullmatch(r"(\S+) --> (\S+?)(?:: .+)?", line):
                if inside:
                    self._members[inside] |= {arrow[1], arrow[2]}
                yield arrow[1], arrow[2]
            else:
                assert not line, f"a line that is no move: {line}"


def rows(section: str) -> list[str]:
    """The states or reasons that a table explains, by its first column."""
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def moves_of(table: Mapping[StrEnum, frozenset[StrEnum]]) -> set[Move]:
    return {(source.value, target.value) for source in table for target in table[source]}


@pytest.mark.parametrize(
    ("title", "table"), [("Subscription", SUBSCRIPTION_MOVES), ("Broadcast", BROADCAST_MOVES)]
)
def test_a_diagram_shows_the_transition_table(
    title: str, table: Mapping[StrEnum, frozenset[StrEnum]]
) -> None:
    diagram = Diagram(title)
    assert diagram.moves == moves_of(table)
    assert diagram.last == {state.value for state, targets in table.items() if not targets}


@pytest.mark.parametrize(
    ("title", "states"),
    [
        ("Subscription", SubscriptionState),
        ("Broadcast", BroadcastStatus),
        ("Delivery", DeliveryStatus),
        ("Answer", AnswerStatus),
        ("Notice", NoticeStatus),
    ],
)
def test_each_state_is_drawn_and_explained(title: str, states: type[StrEnum]) -> None:
    diagram = Diagram(title)
    assert diagram.states == set(states)
    assert diagram.rows == set(states)


def test_each_reason_for_skipping_is_explained() -> None:
    section = PAGE.split("\n### Why a delivery is skipped\n")[1].split("\n## ")[0]
    assert rows(section) == list(SkipReason)


# -- a delivery has no transition table: its moves are found by making every one of them ----------

# How often a delivery was tried, and the error of its last try.
Tried = tuple[int, int | None]
DOUBTFUL: Tried = (1, SENT_AGAIN)
TRIED: tuple[Tried, ...] = ((1, None), (1, 30008), DOUBTFUL, (MAX_ATTEMPTS, None))
Verb = Callable[[Session, Delivery], object]


def test_the_delivery_diagram_shows_the_moves_that_deliveries_make(sqlite_world: World) -> None:
    world = sqlite_world
    for phone in ("+12025550123", "+12025550124"):
        world.text(phone, "JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    world.text("+12025550124", "STOP")
    made = {
        move
        for delivery in world.deliveries(broadcast.id).values()
        for status, tried, verb in product(DeliveryStatus, TRIED, verbs(world))
        # A failure that is nobody's word is as good as unknown: told of below the diagram.
        if (status, tried) != (DeliveryStatus.failed, DOUBTFUL)
        for move in moves_by(world, delivery.id, status, tried, verb)
    }
    diagram = Diagram("Delivery")
    assert diagram.moves == made
    assert diagram.last == set(DeliveryStatus) - {source for source, _ in made}


def verbs(world: World) -> Iterator[Verb]:
    """Everything that can happen to a delivery, with each outcome that decides where it goes."""
    now, ours = world.now, world.organization_id
    yield lambda session, one: lapse(session, now)
    yield lambda session, one: claim(session, 100, now)
    yield lambda session, one: moves.cancel(session, ours, one.broadcast_id, now)
    for good in (DeliveryStatus.accepted, DeliveryStatus.sent, DeliveryStatus.delivered):
        yield heard(good, now)
    for outcome in Outcome:
        yield refused(outcome, now)
        for bad in (DeliveryStatus.undelivered, DeliveryStatus.failed):
            yield lost(bad, outcome, now)


def heard(status: DeliveryStatus, now: datetime) -> Verb:
    return lambda session, one: progress(one, status, "SM1", now)


def refused(outcome: Outcome, now: datetime) -> Verb:
    return lambda session, one: not_taken(session, one, outcome, None, now)


def lost(status: DeliveryStatus, outcome: Outcome, now: datetime) -> Verb:
    return lambda session, one: not_delivered(session, one, status, outcome, None, now)


def moves_by(
    world: World, delivery_id: int, status: DeliveryStatus, tried: Tried, verb: Verb
) -> Iterator[Move]:
    """Where `verb` takes a delivery that stands in `status`; nothing of it is kept."""
    with world.database.session(reads_only=False) as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.status, (delivery.attempts, delivery.error_code) = status, tried
        delivery.lease_until = world.now - timedelta(seconds=1)
        session.flush()
        verb(session, delivery)
        session.flush()
        session.refresh(delivery)
        if delivery.status is not status:
            yield status.value, delivery.status.value
        session.rollback()
