"""Leaves that are made together share rows until they get their places."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import Session, col, select

from models import LogLeaf, Unsealed, migrate
from models.leaves import keep_leaves, packed, submission_leaf
from models.log import LINE
from models.sealing import BATCH, oldest_waiting, seal, waiting_organizations
from scheduler.sealing import keep_log
from settings import Settings
from tests.auditing import waiting_leaves
from tests.integration.forger import Forger, Verify, record
from tests.world import World

HOST, SECRET = "marquee.test", "x" * 32
# From 2 kB on PostgreSQL cuts a row in pieces.
MOST_BYTES = 1_950


@pytest.fixture
def empty(world: World) -> World:
    """Without the leaf of its disclosure."""
    with world.database.write() as session:
        session.execute(delete(Unsealed))
    return world


def submissions(world: World, number: int) -> list[bytes]:
    return [
        submission_leaf(10**6 + key, 1, 1, key, key, world.now + timedelta(seconds=key))
        for key in range(number)
    ]


def keep(world: World, leaves: list[bytes], organization_id: int | None = None) -> None:
    with world.database.write() as session:
        owner = organization_id or world.organization_id
        keep_leaves(session, [(owner, leaf) for leaf in leaves])


def rows(session: Session) -> list[Unsealed]:
    return list(session.exec(select(Unsealed).order_by(col(Unsealed.id))))


def places(world: World, organization_id: int | None = None) -> list[bytes]:
    mine = col(LogLeaf.organization_id) == (organization_id or world.organization_id)
    with world.database.read() as session:
        query = select(LogLeaf.leaf).where(mine).order_by(col(LogLeaf.leaf_index))
        return list(session.exec(query))


def sealed(world: World) -> int:
    """How large the tree is after one more transaction of sealing."""
    with world.database.write() as session:
        checkpoint = seal(session, world.organization_id, HOST, SECRET, world.now)
        assert checkpoint is not None
        return checkpoint.tree_size


@given(st.lists(st.binary(max_size=3_000).map(lambda leaf: leaf.replace(LINE, b" "))))
def test_a_row_is_short_and_says_how_many_it_holds(leaves: list[bytes]) -> None:
    made = list(packed(leaves))
    assert [leaf for some, _ in made for leaf in some.split(LINE)] == leaves
    for some, number in made:
        assert number == len(some.split(LINE))
        assert number == 1 or len(some) < MOST_BYTES


def test_leaves_of_one_transaction_share_rows_and_keep_their_order(empty: World) -> None:
    leaves = submissions(empty, 100)
    keep(empty, leaves)
    with empty.database.read() as session:
        assert waiting_leaves(session) == leaves
        assert len(rows(session)) < 12
        assert waiting_organizations(session) == {empty.organization_id: 100}
        assert oldest_waiting(session, empty.organization_id) == empty.now
    assert sealed(empty) == 100
    assert places(empty) == leaves


def test_each_organization_gets_its_own(empty: World, settings: Settings) -> None:
    other = empty.another_organization()
    mine, theirs = submissions(empty, 30), submissions(empty, 60)[30:]
    with empty.database.write() as session:
        for one, another in zip(mine, theirs, strict=True):
            keep_leaves(session, [(empty.organization_id, one), (other, another)])
    keep_log(empty.database, settings, empty.now)
    assert (places(empty), places(empty, other)) == (mine, theirs)


def test_a_transaction_takes_whole_rows_and_about_a_batch(empty: World, settings: Settings) -> None:
    leaves = submissions(empty, 2 * BATCH + 500)
    keep(empty, leaves)
    with empty.database.read() as session:
        most = max(row.number for row in rows(session))
    assert most > 1
    assert BATCH <= sealed(empty) < BATCH + most
    keep_log(empty.database, settings, empty.now)
    assert places(empty) == leaves


def test_an_older_version_finds_each_in_a_row_of_its_own(empty: World) -> None:
    leaves = submissions(empty, 40)
    keep(empty, leaves)
    migrate.downgrade(empty.database, "0026")
    with empty.database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT leaf FROM unsealed ORDER BY id").scalars()
        assert [bytes(leaf) for leaf in found] == leaves
    migrate.upgrade(empty.database)
    assert sealed(empty) == 40
    assert places(empty) == leaves


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (
            "UPDATE unsealed SET number = 2 WHERE number = 3",
            "[log]: it says that it holds 2 leaves, and holds 3.",
        ),
        (
            "UPDATE unsealed SET leaves = leaves || X'0A7B7D', number = 4 WHERE number = 3",
            ", line 4 [log]: it is not what Marquee writes.",
        ),
    ],
)
def test_a_row_that_was_changed_is_found(
    sqlite_world: World, verify: Verify, statement: str, finding: str
) -> None:
    world = record(sqlite_world)
    with world.database.read() as session:
        own = list(session.exec(select(LogLeaf.leaf).order_by(col(LogLeaf.leaf_index))))
    keep(world, own[1:4])
    Forger(world)(statement)
    code, output = verify(world)
    assert code == 1
    assert finding in output
