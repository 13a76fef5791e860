"""Somebody who owns the database changes the past, and `marquee audit verify` names what."""

import pytest
from sqlmodel import Session, col, select

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError
from models import AuditKind, ConsentEvent, ConsentEvidence, Subscriber
from models.erasing import erase, erase_evidence
from models.leaves import note_act
from models.sealing import seal
from scheduler.claim import claim
from scheduler.record import Handed
from scheduler.record import record as write_down
from tests.integration.forger import Forger, Verify, record, seal_now
from tests.integration.forgeries import COLUMNS, SQL
from tests.world import World


def test_an_honest_log_verifies(world: World, verify: Verify) -> None:
    code, output = verify(record(world))
    assert (code, output.splitlines()[-1]) == (0, "VERIFIED: every event is as it was recorded.")
    assert "6 consent events, 1 acts, 1 disclosures and 1 submitted messages; 9 leaves" in output
    world.text("+12025550105", "JOIN")  # a leaf that waits
    code, output = verify(world, "--organization", "Neon Nights")
    assert code == 0, output
    assert "1 waiting to be sealed" in output


def test_what_is_really_sent_verifies_also_when_it_was_tried_twice(
    world: World, verify: Verify
) -> None:
    """Each try that the provider looked at has a leaf of its own; one turned away has none."""
    world.text("+12025550101", "JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    for answer in (
        SendError(Outcome.slow_down, 20429, "too many"),
        SendError(Outcome.retry, 20503, "away"),
        Accepted("SM" + "c" * 32),
    ):
        with world.database.write() as session:
            (claimed,) = claim(session, 100, world.now).deliveries
        assert verify(world)[0] == 0, "under way"
        with world.database.write() as session:
            write_down(session, [Handed(claimed, world.now, answer)], 0, world.now)
        seal_now(world)
        world.pass_time(minutes=5)
    code, output = verify(world)
    assert code == 0, output
    assert "1 consent events, 0 acts, 1 disclosures and 1 submitted messages; 4 leaves" in output


def test_nothing_recorded_is_fine_and_an_unknown_name_is_said(
    sqlite_world: World, verify: Verify
) -> None:
    assert verify(sqlite_world)[0] == 0
    code, output = verify(sqlite_world, "--organization", "Nobody")
    assert code == 1
    assert "There is no organization 'Nobody' (there are: Neon Nights)" in output


def test_evidence_that_was_erased_on_record_is_no_finding(world: World, verify: Verify) -> None:
    """Of a person on request, and of another one because its time was over."""
    record(world)
    with world.database.write() as session:
        first = session.exec(select(Subscriber).order_by(col(Subscriber.id))).first()
        assert first is not None
        erase(session, first, world.now)
    world.text("+12025550107", "JOIN")
    seal_now(world)
    with world.database.write() as session:
        expire_evidence_of(session, world, 8)
    code, output = verify(world)
    assert code == 0, output
    assert "5 of them erased" in output


@pytest.mark.parametrize("column", ["phone_number", "number_hash"])
def test_an_erased_person_who_gets_a_number_again_is_named(
    sealed: World, verify: Verify, column: str
) -> None:
    with sealed.database.write() as session:
        erase(session, session.get_one(Subscriber, 1), sealed.now)
    Forger(sealed)(f"UPDATE subscriber SET {column} = '+12025550100' WHERE id = 1")
    found(verify(sealed), "subscriber 1 [changed]: it was erased, and a number or the hash of one")


def test_every_honest_way_onto_and_off_a_list_verifies(world: World, verify: Verify) -> None:
    for text in ("JOIN", "TECHNO", "LEAVE TECHNO", "TECHNO", "STOP", "START", "STOP", "JAZZ"):
        world.text("+12025550111", text)
    world.change_program(opt_in="double")
    for text in ("JOIN", "JAZZ", "YES", "LEAVE JOIN"):
        world.text("+12025550112", text)
    seal_now(world)
    code, output = verify(world)
    assert code == 0, output


def expire_evidence_of(session: Session, world: World, event: int) -> None:
    """What scheduler.retention does."""
    pieces = select(ConsentEvidence.id).where(ConsentEvidence.consent_event_id == event)
    count = erase_evidence(session, pieces, world.now)
    note_act(session, world.organization_id, AuditKind.expired, world.now, evidence=count)


def test_one_more_erased_than_the_act_says_is_named(sealed: World, verify: Verify) -> None:
    with sealed.database.write() as session:
        expire_evidence_of(session, sealed, 2)
    Forger(sealed)(
        "UPDATE consent_evidence SET salt = NULL, content = NULL, erased_at = "
        "(SELECT erased_at FROM consent_evidence WHERE consent_event_id = 2) "
        "WHERE consent_event_id = 3"
    )
    found(verify(sealed), "consent event 3 [evidence]: its evidence was erased, and no act")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_of_an_event(sealed: World, verify: Verify, column: str) -> None:
    Forger(sealed)(f"UPDATE consent_event SET {column} = {COLUMNS[column]} WHERE id = 1")
    if column == "organization_id":
        found(verify(sealed), "consent event 1 [deleted]: the row is gone")
    else:
        found(verify(sealed), "consent event 1 [changed]", column.removesuffix("_id"))


def test_no_column_of_an_event_is_left_out() -> None:
    # The transaction is the database's own bookkeeping, and no part of the fact.
    assert {"id", "transaction_id", *COLUMNS} == set(ConsentEvent.model_fields)


@pytest.mark.parametrize("kind", SQL)
def test_what_is_done_by_hand_is_named(sealed: World, verify: Verify, kind: str) -> None:
    statements, sentence = SQL[kind]
    forger = Forger(sealed)
    for sql in statements:
        forger(sql)
    found(verify(sealed), sentence)


def found(result: tuple[int, str], *sentences: str) -> None:
    code, output = result
    assert code == 1, output
    assert "NOT VERIFIED" in output.splitlines()[-1]
    for sentence in sentences:
        assert sentence in output


def test_an_event_made_up_without_a_leaf(sealed: World, verify: Verify) -> None:
    Forger(sealed).copy("consent_event", 1, id=50)
    found(verify(sealed), "consent event 50 [inserted]: it has no leaf in the log")


def test_an_event_made_up_with_a_leaf_in_the_log(sealed: World, verify: Verify) -> None:
    forger = Forger(sealed)
    forger.copy("consent_event", 1, id=50)
    forger("INSERT INTO log_leaf SELECT organization_id, 9, "
           "CAST(replace(CAST(leaf AS TEXT), '\"event\":1', '\"event\":50') AS BLOB), leaf_hash "
           "FROM log_leaf WHERE leaf_index = 1")  # fmt: skip
    forger.rehash(9)
    found(verify(sealed), "no checkpoint was signed for it: consent event 50")


def test_a_log_goes_on_over_a_lost_key_and_every_key_is_watched(
    sealed: World, verify: Verify
) -> None:
    """Each sealing under a new SECRET_KEY makes a key in place of the one before."""
    for number, secret in enumerate(("y" * 32, "z" * 32)):
        sealed.pass_time(minutes=1)
        sealed.text(f"+1202555011{number}", "JOIN")
        with sealed.database.write() as session:
            seal(session, sealed.organization_id, "marquee.test", secret, sealed.now)
    code, output = verify(sealed)
    assert code == 0, output
    forger = Forger(sealed)
    ((retired,),) = forger("SELECT retired_at FROM signing_key WHERE id = 1")
    forger("UPDATE signing_key SET retired_at = NULL WHERE id = 1")
    found(verify(sealed), "key 1 [changed]: its row says that it was retired at no time")
    forger("UPDATE signing_key SET retired_at = ? WHERE id = 1", retired)
    forger("DELETE FROM signing_key WHERE id = 2")
    found(verify(sealed), "[deleted]: it signed 1 checkpoints, and is not among the keys")


def test_row_leaf_and_hash_changed_alike(sealed: World, verify: Verify) -> None:
    """Only the signed root knows; the events that it can be are named."""
    forger = Forger(sealed)
    forger("UPDATE consent_event SET keyword = 'PARTY' WHERE id = 4")
    forger(
        "UPDATE log_leaf SET leaf = CAST(replace(CAST(leaf AS TEXT), "
        '\'"keyword":null\', \'"keyword":"PARTY"\') AS BLOB) WHERE leaf_index = 4'
    )
    forger.rehash(4)
    found(
        verify(sealed),
        "leaves 4–5 are not those that were signed: consent event 4, consent event 5",
    )


def test_a_leaf_whose_hash_was_left(sealed: World, verify: Verify) -> None:
    forger = Forger(sealed)
    forger(
        "UPDATE log_leaf SET leaf = CAST(replace(CAST(leaf AS TEXT), "
        "'opted_in', 'requested') AS BLOB) WHERE leaf_index = 2"
    )
    found(
        verify(sealed),
        "leaf 2, consent event 2 [log]: its hash is not that of its content",
        'consent event 2 [changed]: kind is "opted_in", and the log says "requested"',
    )


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("UPDATE consent_event SET kind = 'left_list' WHERE id = 1", "consent event 1 [changed]"),
        ("DELETE FROM consent_event WHERE id = 2", "consent event 2 [deleted]"),
        ("DELETE FROM log_leaf WHERE leaf_index > 5", "checkpoint of size 7 [truncated]"),
    ],
)
def test_on_postgresql_too(world: World, verify: Verify, sql: str, sentence: str) -> None:
    record(world)
    Forger(world)(sql)
    found(verify(world), sentence)


def test_a_disclosure_that_was_reworded_later_is_named(world: World, verify: Verify) -> None:
    record(world)
    with world.database.engine.begin() as connection:
        if world.database.is_postgresql:
            connection.exec_driver_sql("ALTER TABLE disclosure DISABLE TRIGGER USER")
        else:
            connection.exec_driver_sql("DROP TRIGGER disclosure_no_update")
        connection.exec_driver_sql("UPDATE disclosure SET text = 'You agreed to everything.'")
        if world.database.is_postgresql:
            connection.exec_driver_sql("ALTER TABLE disclosure ENABLE TRIGGER USER")
    code, output = verify(world)
    assert code == 1
    assert "disclosure 1 [changed]" in output
