"""Sealing: everything recorded gets its place in the tree, in time, and nobody waits for it."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete
from sqlmodel import Session, col, select

from compliance import merkle, notes
from compliance.notes import BadNote
from models import Checkpoint, LogLeaf, SigningKey, TreeHead, Unsealed
from models.database import Database
from models.keys import verifier_keys
from models.leaves import instant
from models.sealing import BATCH, HeadMismatch, seal
from scheduler import sealing
from scheduler.clock import Clock
from scheduler.sealing import keep_log
from settings import Settings
from tests.conftest import make_settings
from tests.world import World

HOST, SECRET = "marquee.test", "x" * 32


@pytest.fixture
def world(world: World) -> World:
    """Without the leaf of its disclosure: the logs of these tests begin empty."""
    with world.database.write() as session:
        session.execute(delete(Unsealed))
    return world


def seal_now(world: World, secret: str = SECRET) -> Checkpoint | None:
    with world.database.write() as session:
        return seal(session, world.organization_id, HOST, secret, world.now)


def leaves(database: Database) -> list[LogLeaf]:
    with database.read() as session:
        query = select(LogLeaf).order_by(col(LogLeaf.organization_id), col(LogLeaf.leaf_index))
        return list(session.exec(query))


def checkpoints(database: Database) -> list[Checkpoint]:
    with database.read() as session:
        return list(session.exec(select(Checkpoint).order_by(col(Checkpoint.id))))


def put(database: Database, organization_id: int, *content: bytes) -> None:
    with database.write() as session:
        for leaf in content:
            session.add(Unsealed(organization_id=organization_id, leaves=leaf))
            session.flush()


def test_what_waits_gets_places_in_order_and_a_signature(world: World) -> None:
    put(world.database, world.organization_id, *(str(n).encode() for n in range(7)))
    first = seal_now(world)
    assert first is not None
    rows = leaves(world.database)
    assert [(row.leaf_index, row.leaf) for row in rows] == [(n, str(n).encode()) for n in range(7)]
    with world.database.read() as session:
        assert session.exec(select(Unsealed)).all() == []
        keys = verifier_keys(session, world.organization_id)
    stated = notes.parse_checkpoint(notes.verify(first.note, keys))
    expected = merkle.root([merkle.leaf_hash(row.leaf) for row in rows])
    assert stated == notes.TreeHead(f"marquee.test/{world.organization_id}", 7, expected)
    assert (first.tree_size, first.root_hash) == (7, expected)
    assert seal_now(world) is None


def test_each_tree_is_the_beginning_of_the_next(world: World) -> None:
    for size in (1, 2, 5, 1, 8):
        put(world.database, world.organization_id, *(b"%d" % n for n in range(size)))
        assert seal_now(world) is not None
    hashes = [row.leaf_hash for row in leaves(world.database)]
    signed = checkpoints(world.database)
    assert [one.tree_size for one in signed] == [1, 3, 8, 9, 17]
    for old, new in itertools.pairwise(signed):
        proof = merkle.consistency_proof(old.tree_size, hashes[: new.tree_size])
        merkle.verify_consistency(old.tree_size, new.tree_size, proof, old.root_hash, new.root_hash)
    with world.database.read() as session:
        head = session.get_one(TreeHead, world.organization_id)
    assert len(head.peaks) == 32 * (17).bit_count()


def test_organizations_have_trees_of_their_own(world: World, settings: Settings) -> None:
    other = world.another_organization()
    put(world.database, world.organization_id, b"a", b"b")
    put(world.database, other, b"c")
    keep_log(world.database, settings, world.now)
    places = [(row.organization_id, row.leaf_index, row.leaf) for row in leaves(world.database)]
    mine = world.organization_id
    assert sorted(places) == sorted([(mine, 0, b"a"), (mine, 1, b"b"), (other, 0, b"c")])
    with world.database.read() as session:
        keys = session.exec(select(SigningKey)).all()
    assert {key.name for key in keys} == {f"marquee.test/{mine}", f"marquee.test/{other}"}


def test_a_backlog_is_sealed_in_short_transactions(world: World, settings: Settings) -> None:
    with world.database.write() as session:
        session.execute(
            Unsealed.__table__.insert(),  # type: ignore[attr-defined]
            [
                {"organization_id": world.organization_id, "leaves": b"%d" % n}
                for n in range(2 * BATCH + 1)
            ],
        )
    keep_log(world.database, settings, world.now)
    sizes = [one.tree_size for one in checkpoints(world.database)]
    assert sizes == [BATCH, 2 * BATCH, 2 * BATCH + 1]


def test_what_comes_while_a_round_seals_is_for_the_next_round(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A blast brings leaves all the time: sealing each handful would cost a signature each."""

    def seal_and_bring(session: Session, *given: Any) -> Checkpoint | None:
        sealed = seal(session, *given)
        session.add(Unsealed(organization_id=world.organization_id, leaves=b"late"))
        session.flush()
        return sealed

    put(world.database, world.organization_id, b"early")
    monkeypatch.setattr(sealing, "seal", seal_and_bring)
    keep_log(world.database, settings, world.now)
    assert [one.tree_size for one in checkpoints(world.database)] == [1]
    keep_log(world.database, settings, world.now)
    assert [one.tree_size for one in checkpoints(world.database)] == [1, 2]


def test_texts_are_sealed_within_seconds_by_two_real_clocks(
    world: World, settings: Settings
) -> None:
    with running(world.database, settings), running(world.database, settings):
        for number in range(5):
            world.text(f"+1202555010{number}", "JOIN")
            before = time.monotonic()
            while has_waiting(world.database):
                assert time.monotonic() - before < 5
                threading.Event().wait(0.02)
    rows = leaves(world.database)
    assert [row.leaf_index for row in rows] == list(range(5))
    assert all(b'"kind":"opted_in"' in row.leaf for row in rows)
    assert checkpoints(world.database)[-1].tree_size == 5


def has_waiting(database: Database) -> bool:
    with database.read() as session:
        return session.exec(select(Unsealed.id).limit(1)).first() is not None


@contextmanager
def running(database: Database, settings: Settings) -> Iterator[None]:
    clock = Clock(database, settings)
    thread = threading.Thread(target=clock.start)
    thread.start()
    try:
        yield
    finally:
        clock.stop()
        thread.join(30)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_webhook_does_not_wait_while_a_sealing_is_open(world: World) -> None:
    world.text("+12025550100", "JOIN")
    assert seal_now(world) is not None
    world.text("+12025550101", "JOIN")
    with world.database.write() as session:
        assert seal(session, world.organization_id, HOST, SECRET, world.now) is not None
        done = threading.Event()

        def join_and_stop() -> None:
            world.text("+12025550102", "JOIN")
            world.text("+12025550101", "STOP")
            done.set()

        webhook = threading.Thread(target=join_and_stop)
        webhook.start()
        assert done.wait(10), "a webhook waited for the tree's head"
        webhook.join()
        with world.database.write() as second:  # and a second clock passes by
            assert seal(second, world.organization_id, HOST, SECRET, world.now) is None
    assert len(leaves(world.database)) == 2
    assert seal_now(world) is not None
    assert len(leaves(world.database)) == 4


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_leaf_that_commits_late_is_not_lost(world: World) -> None:
    """Its id is lower than that of one which is sealed already."""
    with world.database.write() as slow:
        slow.add(Unsealed(organization_id=world.organization_id, leaves=b"slow"))
        slow.flush()
        put(world.database, world.organization_id, b"quick")
        assert seal_now(world) is not None
    assert seal_now(world) is not None
    assert [row.leaf for row in leaves(world.database)] == [b"quick", b"slow"]


def test_rows_that_do_not_fit_together_are_not_built_on(world: World) -> None:
    put(world.database, world.organization_id, b"a")
    seal_now(world)
    with world.database.write() as session:
        head = session.get_one(TreeHead, world.organization_id)
        head.peaks = bytes(32)
        session.add(head)
    put(world.database, world.organization_id, b"b")
    with pytest.raises(HeadMismatch, match="marquee audit verify"):
        seal_now(world)
    assert has_waiting(world.database)


# -- keys -----------------------------------------------------------------------------------------


def test_a_lost_secret_gives_a_new_key_and_old_checkpoints_still_verify(world: World) -> None:
    put(world.database, world.organization_id, b"a")
    first = seal_now(world)
    put(world.database, world.organization_id, b"b")
    second = seal_now(world, "another secret, of 32 characters")
    assert first is not None
    assert second is not None
    with world.database.read() as session:
        old, new = session.exec(select(SigningKey).order_by(col(SigningKey.id))).all()
        keys = verifier_keys(session, world.organization_id)
    assert (old.retired_at, new.retired_at) == (world.now, None)
    assert old.private_key is None
    assert old.name == new.name
    for checkpoint in (first, second):
        assert notes.verify(checkpoint.note, keys)
    with pytest.raises(BadNote):
        notes.verify(second.note, keys[:1])
    # Whoever kept the old key's checkpoint sees that the new one's tree begins with it.
    stated = [notes.parse_checkpoint(notes.verify(one.note, keys)) for one in (first, second)]
    hashes = [row.leaf_hash for row in leaves(world.database)]
    proof = merkle.consistency_proof(1, hashes)
    merkle.verify_consistency(1, 2, proof, stated[0].root, stated[1].root)
    about = [notes.circumstances(notes.verify(one.note, keys)) for one in (first, second)]
    assert about == [
        notes.Circumstances(after, instant(world.now), instant(world.now)) for after in (0, 1)
    ]


def test_the_database_alone_holds_no_private_key(world: World) -> None:
    put(world.database, world.organization_id, b"a")
    seal_now(world)
    with world.database.read() as session:
        key = session.exec(select(SigningKey)).one()
    assert key.private_key is not None
    for start in range(len(key.private_key) - 31):
        guess = Ed25519PrivateKey.from_private_bytes(key.private_key[start : start + 32])
        assert guess.public_key().public_bytes_raw() != key.public_key


def test_a_log_keeps_its_name_when_the_host_changes(world: World) -> None:
    put(world.database, world.organization_id, b"a")
    seal_now(world)
    put(world.database, world.organization_id, b"b")
    with world.database.write() as session:
        later = seal(session, world.organization_id, "other.test", SECRET, datetime.now(UTC))
    assert later is not None
    assert later.note.startswith(f"marquee.test/{world.organization_id}\n2\n")


def test_settings_say_where_the_file_is() -> None:
    assert str(make_settings("sqlite:////srv/m/a.sqlite3").checkpoint_path) == (
        "/srv/m/checkpoints.json"
    )
    assert str(make_settings("sqlite:///var/a.sqlite3").checkpoint_path) == "var/checkpoints.json"
    assert str(make_settings("postgresql://h/d").checkpoint_path) == "var/checkpoints.json"
    given = make_settings("postgresql://h/d", checkpoint_file="/mnt/b/c.json")
    assert str(given.checkpoint_path) == "/mnt/b/c.json"
