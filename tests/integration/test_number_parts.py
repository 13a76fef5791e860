"""A file of numbers is taken part by part: each row once, whatever happens between two parts."""

import io
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy import func
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel, col, select

from models import (
    AuditEvent,
    ConsentEvent,
    ConsentEvidence,
    FileKind,
    ListSubscription,
    NumberFile,
    NumberFilePiece,
    RefusedRow,
    Subscriber,
    SubscriptionState,
    Suppression,
    number_files,
)
from models.leaves import commitment, consent_leaf
from models.number_files import Upload, keep, take, unfinished
from scheduler.clock import Clock
from tests.auditing import waiting_leaves
from tests.conftest import make_settings
from tests.references import lost_references
from tests.threads import at_once
from tests.world import World

PART = number_files.PART  # as it is when no test makes it smaller
PHONES = [f"+1202555{number:04d}" for number in range(25)]
# Ten rows of them stand twice, one is none.
TEXT = "phone\n" + "\n".join([*PHONES[:12], "nobody", *PHONES[:10], *PHONES[12:]])


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_files, "PART", 7)
    monkeypatch.setattr(number_files, "RUN", 16)


def kept(world: World, text: str = TEXT, kind: FileKind = FileKind.subscribers) -> int:
    with world.database.read() as session:
        list_id = world.list_id(session)
    upload = (
        Upload(kind, "a.csv", "the door", world.member_id, list_id, date(2026, 6, 1), "I agree.")
        if kind is FileKind.subscribers
        else Upload(kind, "a.csv", "our former provider", world.member_id)
    )
    content = io.BytesIO(text.encode())
    return keep(world.database, world.organization_id, upload, content, world.now).id


def parts(world: World, file_id: int, count: int) -> NumberFile:
    """Take so many parts and stop."""
    left = iter(range(count - 1, -1, -1))
    return take(world.database, file_id, lambda: world.now, lambda _: next(left) > 0)


def counts(world: World, *models: type[SQLModel]) -> list[int]:
    with world.database.read() as session:
        return [session.exec(select(func.count()).select_from(model)).one() for model in models]


def file_of(world: World, file_id: int) -> NumberFile:
    with world.database.read() as session:
        return session.get_one(NumberFile, file_id)


@pytest.mark.parametrize("kind", [FileKind.subscribers, FileKind.suppression])
@pytest.mark.parametrize("stops", [1, 2, 4])
def test_a_file_goes_on_where_it_stopped(world: World, kind: FileKind, stops: int) -> None:
    file_id = kept(world, kind=kind)
    assert counts(world, Subscriber, Suppression, ConsentEvent) == [0, 0, 0], "nothing counts yet"
    begun = parts(world, file_id, stops)
    assert (begun.rows, begun.total, begun.finished_at) == (7 * stops, 36, None)
    assert counts(world, AuditEvent) == [0]
    done = take(world.database, file_id, lambda: world.now)
    assert (done.rows, done.taken, done.known_before, done.refused) == (36, 25, 10, 1)
    assert done.finished_at == world.now
    expected = [25, 0, 25] if kind is FileKind.subscribers else [0, 25, 0]
    assert counts(world, Subscriber, Suppression, ListSubscription) == expected
    assert counts(world, AuditEvent, RefusedRow, NumberFilePiece) == [1, 1, 0]
    assert take(world.database, file_id, lambda: world.now) == done, "once more changes nothing"
    assert counts(world, AuditEvent) == [1]
    assert lost_references(world.database) == []


def test_a_part_that_fails_leaves_nothing_and_is_taken_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = kept(world)
    good: Callable[..., None] = number_files.insert_many

    def fail(*args: object, **more: object) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(number_files, "RUN", 7)
    parts(world, file_id, 1)
    monkeypatch.setattr(number_files, "insert_many", fail)  # the last that a part writes
    with pytest.raises(RuntimeError):
        take(world.database, file_id, lambda: world.now)
    assert file_of(world, file_id).rows == 7
    assert counts(world, Subscriber, ConsentEvent, ListSubscription) == [7, 7, 7]
    monkeypatch.setattr(number_files, "insert_many", good)
    assert take(world.database, file_id, lambda: world.now).taken == 25
    assert counts(world, Subscriber, ConsentEvent, ListSubscription) == [25, 25, 25]


def test_a_part_that_postgresql_cuts_is_begun_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for somebody who waited for it, and was the one that had to give in."""
    cuts = iter([False, True, True, False, True])
    good: Callable[..., None] = number_files.insert_many

    def write(*args: object, **more: object) -> None:
        good(*args, **more)
        if next(cuts, False):
            raise OperationalError("INSERT", None, DeadlockDetected())

    monkeypatch.setattr(number_files, "insert_many", write)
    done = take(world.database, kept(world), lambda: world.now)
    assert (done.rows, done.taken, done.known_before, done.refused) == (36, 25, 10, 1)
    assert counts(world, Subscriber, ConsentEvent, RefusedRow) == [25, 25, 1]
    cuts = iter([True] * 3)
    with pytest.raises(OperationalError):
        take(world.database, kept(world), lambda: world.now)


def test_two_at_one_file_count_each_row_once(world: World) -> None:
    file_id = kept(world)
    at_once([lambda: take(world.database, file_id, lambda: world.now)] * 2)
    done = file_of(world, file_id)
    assert (done.rows, done.taken, done.known_before, done.refused) == (36, 25, 10, 1)
    assert counts(world, Subscriber, ConsentEvent, AuditEvent) == [25, 25, 1]


def test_the_clock_goes_on_with_what_nobody_is_at(world: World) -> None:
    world.now = datetime.now(UTC)
    file_id = kept(world)
    take_one_and_die(world, file_id)
    with world.database.read() as session:
        assert unfinished(session, world.now) == [], "whoever took the last part is at it"
        later = world.now + timedelta(seconds=31)
        assert unfinished(session, later) == [file_id]
    with world.database.write() as session:
        file = session.get_one(NumberFile, file_id)
        file.lease_until = world.now - timedelta(seconds=1)
        session.add(file)
    address = world.database.engine.url.render_as_string(hide_password=False)
    Clock(world.database, make_settings(address)).take_files()
    assert file_of(world, file_id).finished_at is not None
    assert counts(world, Subscriber) == [25]


def take_one_and_die(world: World, file_id: int) -> None:
    """The process ends in the middle of its second part."""
    real: Callable[..., str] = number_files.locked_hash_key
    calls = 0

    def once(session: Session, organization_id: int) -> str:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise SystemExit
        return real(session, organization_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_files, "locked_hash_key", once)
        with pytest.raises(SystemExit):
            take(world.database, file_id, lambda: world.now)
    assert file_of(world, file_id).rows == 7


def test_who_stops_between_two_parts_is_not_brought_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_files, "RUN", 7)  # the first part has the first rows
    file_id = kept(world)
    parts(world, file_id, 1)
    world.text(PHONES[20], "JOIN")
    world.text(PHONES[20], "STOP")
    world.text(PHONES[3], "STOP")
    done = take(world.database, file_id, lambda: world.now)
    assert (done.taken, done.known_before, done.left_before) == (24, 9, 2)
    for phone in (PHONES[3], PHONES[20]):
        assert world.states(phone) == {"Neon Nights": SubscriptionState.unsubscribed}
    with world.database.read() as session:
        rows = session.exec(select(RefusedRow.row).order_by(col(RefusedRow.row))).all()
    assert rows == [14, 18, 33]


def test_a_text_waits_for_a_part_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for the file: it is answered while most of the file is still to be done."""
    monkeypatch.setattr(number_files, "PART", 500)
    many = "\n".join(f"+1303{number:07d}" for number in range(2_000_000, 2_030_000))
    file_id = kept(world, f"phone\n{many}")
    thread = threading.Thread(target=take, args=(world.database, file_id, lambda: world.now))
    thread.start()
    answered = 0
    while thread.is_alive():
        world.text(PHONES[answered % 25], "HELP")
        answered += 1
    thread.join()
    assert answered > 3, "texts are answered in between"
    assert file_of(world, file_id).rows == 30_000


@pytest.mark.parametrize("proof", ['He said "yes": 100 % sure', "Да, %s\n\\ \u2028 🎉"])
def test_the_log_holds_what_a_single_event_would_have(world: World, proof: str) -> None:
    with world.database.read() as session:
        list_id = world.list_id(session)
    kind, on = FileKind.subscribers, date(2026, 6, 1)
    upload = Upload(kind, "a.csv", "the door", world.member_id, list_id, on, proof)
    content = io.BytesIO("\n".join(PHONES).encode())
    file = keep(world.database, world.organization_id, upload, content, world.now)
    take(world.database, file.id, lambda: world.now)
    with world.database.read() as session:
        rows = session.exec(
            select(ConsentEvent, ConsentEvidence, Subscriber)
            .join(ConsentEvidence, col(ConsentEvidence.consent_event_id) == ConsentEvent.id)
            .join(Subscriber, col(Subscriber.id) == ConsentEvent.subscriber_id)
            .order_by(col(ConsentEvent.id))
        ).all()
        leaves = waiting_leaves(session)
    assert len({evidence.salt for _, evidence, _ in rows}) == len(rows) == len(PHONES)
    events = [consent_leaf(event) for event, _, _ in rows]
    assert leaves[1:-1] == events, "after the disclosure, and the act is last"
    for event, evidence, subscriber in rows:
        assert evidence.content is not None
        assert evidence.salt is not None
        assert evidence.content["phone_number"] == subscriber.phone_number
        assert evidence.content["proof_text"] == proof
        assert commitment(bytes.fromhex(evidence.salt), evidence.content) == event.commitment


def test_the_rows_of_a_run_come_in_the_order_of_their_numbers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_files, "PART", 2)
    file_id = kept(world, "\n".join(reversed(PHONES[:6])))
    for done in (2, 4, 6):
        parts(world, file_id, 1)
        assert [bool(world.states(phone)) for phone in PHONES[:6]] == [
            place < done for place in range(6)
        ]


def test_a_text_waits_for_the_part_that_is_written_and_for_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of events, not by a stopwatch: what comes in the middle of a part is answered
    before the next part begins."""
    writes: Callable[..., None] = number_files.insert_many
    takes: Callable[..., NumberFile] = number_files._take_next
    answered: list[tuple[int, str | None]] = []
    texting: list[threading.Thread] = []

    def text(number: int) -> None:
        reply = world.text(f"+1303555{number:04d}", "JOIN")
        answered.append((number, reply))

    def write(*args: object, **more: object) -> None:
        texting.append(threading.Thread(target=text, args=(len(texting),)))
        texting[-1].start()
        writes(*args, **more)

    def take_and_look(*args: object) -> NumberFile:
        file = takes(*args)
        texting[-1].join(60)
        assert not texting[-1].is_alive(), f"not answered after row {file.rows}"
        return file

    monkeypatch.setattr(number_files, "insert_many", write)
    monkeypatch.setattr(number_files, "_take_next", take_and_look)
    assert take(world.database, kept(world), lambda: world.now).taken == 25
    assert [number for number, _ in answered] == [0, 1, 2, 3, 4, 5]
    assert all(reply for _, reply in answered)


def test_parts_are_small() -> None:
    """A part is some tenths of a second of work, of which each row costs the same
    (test_scale.test_no_import_takes_longer_when_there_are_many)."""
    assert PART <= 4_000
