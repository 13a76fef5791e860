"""Imports of subscribers: who gets in with which proof, and who is never brought back."""

import hashlib
import io
from datetime import date

import pytest
from sqlmodel import col, select

from models import (
    AuditEvent,
    ConsentKind,
    ConsentSource,
    FileKind,
    List,
    NumberFile,
    RefusedRow,
    Subscriber,
    SubscriptionState,
)
from models.importing import AgeUnknown, Outcome, take_by_hand
from models.number_files import Upload, keep
from models.number_files import take as take_kept
from models.number_reading import NoNumbers
from scheduler import gate
from scheduler.lapsing import lapse_pending
from tests.person import erase_person
from tests.world import World

NEW, KNOWN = "+12025550101", "+12025550102"
IN, WAITING = SubscriptionState.subscribed, SubscriptionState.pending


def take(
    world: World, text: str, *, list_name: str = "All guests", is_age_checked: bool = False
) -> NumberFile:
    with world.database.read() as session:
        list_id = world.list_id(session, list_name)
    upload = Upload(
        FileKind.subscribers,
        "guests.csv",
        "the door of the June show",
        world.member_id,
        list_id,
        date(2026, 6, 1),
        "I agree to texts.",
        is_age_checked,
    )
    return take_file(world, upload, text)


def take_file(world: World, upload: Upload, text: str) -> NumberFile:
    """The whole of a file, with no clock about."""
    content = io.BytesIO(text.encode())
    file = keep(world.database, world.organization_id, upload, content, world.now)
    return take_kept(world.database, file.id, lambda: world.now)


def by_hand(world: World, number: str) -> Outcome:
    with world.database.write() as session:
        found = session.get_one(List, world.list_id(session))
        return take_by_hand(
            session, found, number, world.member_id, "asked at the door", False, world.now
        )


def tally(file: NumberFile) -> tuple[int, int, int, int, int]:
    return file.taken, file.known_before, file.waiting, file.left_before, file.refused


def test_a_new_number_is_subscribed_with_the_whole_evidence(world: World) -> None:
    file = take(world, f"phone\n{NEW}\nbad\n{NEW}\n")
    assert (file.rows, *tally(file)) == (3, 1, 1, 0, 0, 1)
    assert world.states(NEW) == {"Neon Nights": IN}
    assert world.lists(NEW) == {"All guests"}
    (event,) = world.consent_events(NEW)
    assert (event.kind, event.source) == (ConsentKind.opted_in, ConsentSource.imported)
    assert (event.member_id, event.program_id, event.list_id) == (world.member_id, 1, file.list_id)
    assert world.evidence(event) == {
        "phone_number": NEW,
        "file_sha256": hashlib.sha256(f"phone\n{NEW}\nbad\n{NEW}\n".encode()).hexdigest(),
        "declared_source": "the door of the June show",
        "declared_on": "2026-06-01",
        "proof_text": "I agree to texts.",
    }
    with world.database.read() as session:
        assert session.exec(select(RefusedRow.row)).all() == [3]
        assert session.exec(select(AuditEvent)).one().subject["taken"] == 1
        assert gate.audience(session, world.list_id(session)).will_get == 1


def test_who_is_subscribed_joins_the_list_once(world: World) -> None:
    world.text(KNOWN, "TECHNO")
    before = world.lists(KNOWN)
    assert tally(take(world, KNOWN)) == (1, 0, 0, 0, 0)
    assert world.lists(KNOWN) == before | {"All guests"}
    assert world.consent_events(KNOWN)[-1].kind is ConsentKind.joined_list
    assert tally(take(world, KNOWN)) == (0, 1, 0, 0, 0)
    assert len(world.consent_events(KNOWN)) == 2


@pytest.mark.parametrize("first", ["JOIN", "HELP", None])
def test_who_left_is_never_brought_back(world: World, first: str | None) -> None:
    if first:
        world.text(KNOWN, first)
    world.text(KNOWN, "STOP")
    states, events = world.states(KNOWN), len(world.consent_events(KNOWN))
    assert tally(take(world, f"{KNOWN}\n{NEW}")) == (1, 0, 0, 1, 0)
    assert by_hand(world, KNOWN) is Outcome.left_before
    assert world.states(KNOWN) == states
    assert IN not in states.values()
    assert len(world.consent_events(KNOWN)) == events
    assert world.is_suppressed(KNOWN)
    with world.database.read() as session:
        assert "Left before" in session.exec(select(RefusedRow.reason)).one()


def test_who_left_this_list_by_their_own_word_is_not_put_back(world: World) -> None:
    world.text(KNOWN, "JOIN")
    world.text(KNOWN, "LEAVE JOIN")
    assert world.lists(KNOWN) == set()
    assert tally(take(world, KNOWN)) == (0, 0, 0, 1, 0)
    assert world.lists(KNOWN) == set()


def test_a_list_that_a_stop_ended_is_joined_by_the_person_only(world: World) -> None:
    for word in ("JOIN", "TECHNO", "STOP", "TECHNO"):
        world.text(KNOWN, word)
    assert world.lists(KNOWN) == {"Techno nights"}
    assert tally(take(world, KNOWN)) == (0, 0, 0, 1, 0)
    assert tally(take(world, KNOWN, list_name="Jazz evenings")) == (1, 0, 0, 0, 0), "never left"
    assert by_hand(world, KNOWN) is Outcome.left_before
    world.text(KNOWN, "JOIN")
    assert world.lists(KNOWN) == {"All guests", "Techno nights", "Jazz evenings"}


@pytest.mark.parametrize("way", ["lapse", "erasure", "deactivation"])
def test_who_left_in_another_way_is_not_brought_back_either(world: World, way: str) -> None:
    if way == "lapse":
        world.change_program(opt_in="double")
        world.text(KNOWN, "JOIN")
        world.pass_time(hours=24)
        with world.database.write() as session:
            assert lapse_pending(session, world.now) == 1
    else:
        world.text(KNOWN, "JOIN")
    if way == "erasure":
        erase_person(world, 1)
    if way == "deactivation":
        take_file(
            world, Upload(FileKind.deactivated, "list.csv", "the carrier", world.member_id), KNOWN
        )
    world.pass_time(days=3)
    assert tally(take(world, KNOWN)) == (0, 0, 0, 1, 0)
    assert by_hand(world, KNOWN) is Outcome.left_before
    assert IN not in world.states(KNOWN).values()


def test_an_import_is_no_yes(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(KNOWN, "JOIN")
    assert tally(take(world, f"{KNOWN}\n{NEW}")) == (1, 0, 1, 0, 0)
    assert world.states(KNOWN) == world.states(NEW) == {"Neon Nights": WAITING}
    assert world.consent_events(NEW)[-1].kind is ConsentKind.requested
    world.text(NEW, "JOIN")
    assert world.states(NEW) == {"Neon Nights": WAITING}
    world.text(NEW, "YES")
    assert world.states(NEW) == {"Neon Nights": IN}


def test_a_program_with_an_age_gate_wants_a_declaration(world: World) -> None:
    world.change_program(minimum_age=21)
    with pytest.raises(AgeUnknown):
        take(world, NEW)
    assert world.states(NEW) == {}
    take(world, NEW, is_age_checked=True)
    assert "21 or more was checked" in str(world.evidence(world.consent_events(NEW)[0])["note"])


def test_a_members_note_is_the_proof_of_one_number(world: World) -> None:
    assert by_hand(world, NEW) is Outcome.taken
    (event,) = world.consent_events(NEW)
    assert (event.kind, event.source) == (ConsentKind.opted_in, ConsentSource.member)
    assert world.evidence(event)["note"] == "asked at the door"


def test_a_file_without_numbers_leaves_nothing(world: World) -> None:
    with pytest.raises(NoNumbers):
        take(world, "phone\nBob\n")
    with world.database.read() as session:
        assert session.exec(select(NumberFile)).all() == []


def test_twenty_thousand_rows_are_all_taken(world: World) -> None:
    text = "".join(f"+1303{number:07d}\n" for number in range(2_000_000, 2_020_000))
    file = take(world, text)
    assert file.taken + file.refused == 20_000
    assert file.taken > 15_000
    with world.database.read() as session:
        assert session.exec(select(Subscriber).order_by(col(Subscriber.id))).first() is not None
