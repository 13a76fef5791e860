"""What a sender sees of the revocations that were committed since it read the gate."""

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from bot.inbound import Text, receive
from models import ConsentEvent, ConsentKind, ConsentSource, FileKind, Subscriber
from models.number_files import Upload, keep, take
from scheduler.drivers import connect
from scheduler.freshness import Freshness, Look, Marker, marker_of, present
from tests.world import World, next_sid

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def freshness(world: World) -> Iterator[Freshness]:
    freshness = Freshness(world.database)
    yield freshness
    freshness.close()


def subscriber(world: World, phone: str) -> int:
    with world.database.read() as session:
        return session.exec(select(Subscriber.id).where(Subscriber.phone_number == phone)).one()


def moment(world: World) -> Marker:
    """What a claim that looks at its lanes now takes for the present."""
    kind = world.database.is_postgresql
    with world.database.read() as session:
        return marker_of(kind, session.execute(select(present(kind))).scalar_one())


def look(freshness: Freshness, marker: Marker) -> Look:
    seen = freshness.look(marker)
    assert seen is not None
    return seen


@pytest.mark.parametrize("word", ["STOP", "LEAVE JOIN"])
def test_who_revoked_since_is_seen_and_who_did_before_is_not(
    world: World, freshness: Freshness, word: str
) -> None:
    before, after, _ = world.crowd(3)
    beginning = moment(world)
    world.text(before, word)
    marker = moment(world)
    world.text(after, word)
    world.text("+12025550199", "JOIN")
    people = {subscriber(world, before), subscriber(world, after)}
    assert look(freshness, Marker()).revoked == people
    assert look(freshness, beginning).revoked == people
    assert look(freshness, marker).revoked == {subscriber(world, after)}
    assert look(freshness, moment(world)).revoked == set()


def import_numbers(world: World, count: int) -> None:
    """One part of a file, whose events take as many keys."""
    with world.database.read() as session:
        list_id = world.list_id(session)
    upload = Upload(
        FileKind.subscribers,
        "guests.csv",
        "door",
        world.member_id,
        list_id,
        date(2026, 6, 1),
        "I agree",
        False,
    )
    numbers = "".join(f"+1202{2_000_000 + number}\n" for number in range(count))
    content = io.BytesIO(f"phone\n{numbers}".encode())
    file = keep(world.database, world.organization_id, upload, content, world.now)
    assert take(world.database, file.id, lambda: world.now).taken == count


@on_postgresql
def test_a_stop_is_seen_however_many_keys_are_committed_before_it(
    world: World, freshness: Freshness
) -> None:
    (phone,) = world.crowd(1)
    stop = Text(next_sid(), phone, "24680", None, "STOP", None, (), None, {})
    with world.database.write() as session:
        assert receive(session, stop, world.now)
        import_numbers(world, 4_000)
        marker = moment(world)
        assert look(freshness, marker).revoked == set()
    assert look(freshness, marker).revoked == {subscriber(world, phone)}
    assert look(freshness, moment(world)).revoked == set()


def revoke_in(world: World, phone: str, transaction: int | None) -> None:
    """An event that says in which transaction it was written."""
    event = ConsentEvent(
        organization_id=world.organization_id,
        subscriber_id=subscriber(world, phone),
        kind=ConsentKind.opted_out,
        source=ConsentSource.text,
        commitment="c" * 64,
        occurred_at=world.now,
    )
    if transaction is not None:
        event.transaction_id = transaction
    with world.database.write() as session:
        session.add(event)


@on_postgresql
def test_numbers_of_another_server_hold_nobody_up(world: World, freshness: Freshness) -> None:
    """Its rows were restored here, and its transactions had come further."""
    restored, revoked = world.crowd(2)
    marker = moment(world)
    revoke_in(world, restored, 10**15)
    assert look(freshness, marker).revoked == set()
    revoke_in(world, revoked, None)
    assert look(freshness, marker).revoked == {subscriber(world, revoked)}


def test_only_postgresql_says_which_transaction_wrote_an_event(world: World) -> None:
    (phone,) = world.crowd(1)
    revoke_in(world, phone, None)
    import_numbers(world, 1)
    with world.database.read() as session:
        found = session.exec(select(ConsentEvent.transaction_id).order_by(col(ConsentEvent.id)))
        numbers = found.all()
    if world.database.is_postgresql:
        assert len(set(numbers) - {None}) == len(numbers) == 3
    else:
        assert numbers == [None, None, None]


@on_postgresql
def test_the_look_finds_revocations_by_their_index(
    world: World, freshness: Freshness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its condition names the same kinds as the question, or PostgreSQL could not use it."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def ask(question: str, given: dict[str, Any]) -> list[Any]:
        asked.append((question, given))
        return []

    marker = moment(world)
    monkeypatch.setattr(freshness, "_ask", ask)
    look(freshness, marker)
    ((question, given),) = asked
    with closing(connect(world.database)) as connection:
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {question}", given))
    assert "ix_consent_event_transactions" in plan
    assert "Seq Scan on consent_event" not in plan


@on_postgresql
def test_looking_is_planned_once_whatever_the_moment(world: World, freshness: Freshness) -> None:
    for _ in range(20):
        look(freshness, moment(world))
        world.text("+12025550111", "JOIN")
    ((planned, reused),) = freshness._link.opened().execute(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements"
        " WHERE statement LIKE '%consent_event%'"
    )
    assert planned <= 5 < reused
