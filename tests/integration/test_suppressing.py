"""Imports of numbers: what they take away, and that they never give anything back."""

import threading

import pytest
from sqlalchemy import func
from sqlmodel import SQLModel, col, select

from admin.number_exports import Export, lines_of
from models import (
    AuditEvent,
    AuditKind,
    ConsentKind,
    ConsentSource,
    FileKind,
    NumberFile,
    RefusedRow,
    SkipReason,
    Subscriber,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from models.number_files import Upload
from models.number_reading import BrokenFile, NoNumbers
from models.suppressing import REVOKING
from scheduler import gate
from tests.auditing import waiting_leaves
from tests.integration.test_importing import take as take_subscribers
from tests.integration.test_importing import take_file
from tests.world import World

KNOWN, STRANGER, OTHER = "+12025550101", "+12025550199", "+12025550102"


def take(world: World, text: str, kind: FileKind = FileKind.suppression) -> NumberFile:
    upload = Upload(kind, "list.csv", "our former provider", world.member_id)
    return take_file(world, upload, text)


def tally(file: NumberFile) -> tuple[int, int, int, int]:
    return file.rows, file.taken, file.known_before, file.refused


def reasons(world: World) -> dict[str | None, SuppressionReason]:
    with world.database.read() as session:
        return dict(session.exec(select(Suppression.phone_number, Suppression.reason)).all())


def counts(world: World) -> dict[str, int]:
    with world.database.read() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }


def test_a_number_in_a_file_is_skipped_whatever_a_list_says(world: World) -> None:
    world.text(KNOWN, "JOIN")
    world.text(OTHER, "JOIN")
    file = take(world, f"phone\n{KNOWN}\n{STRANGER}\nbad\n{STRANGER}\n")
    assert tally(file) == (4, 2, 1, 1)
    assert reasons(world) == dict.fromkeys((KNOWN, STRANGER), SuppressionReason.imported)
    assert world.states(KNOWN) == {"Neon Nights": SubscriptionState.unsubscribed}
    event = world.consent_events(KNOWN)[-1]
    assert (event.kind, event.source) == (ConsentKind.opted_out, ConsentSource.imported)
    assert (event.member_id, event.program_id) == (world.member_id, None)
    evidence = world.evidence(event)
    assert evidence["file_sha256"] == file.sha256
    assert evidence["declared_source"] == "our former provider"
    assert world.consent_events(STRANGER) == []
    with world.database.read() as session:
        audience = gate.audience(session, world.list_id(session))
        assert (audience.will_get, audience.skipped) == (1, {SkipReason.opted_out: 1})
        assert session.exec(select(RefusedRow.row)).all() == [4]


def test_who_comes_later_is_skipped_until_they_join_themselves(world: World) -> None:
    take(world, f"{STRANGER}\n")
    world.change_program(opt_in="double")
    world.text(STRANGER, "JOIN")
    assert world.is_suppressed(STRANGER), "a wish that waits for its yes lifts nothing"
    world.text(STRANGER, "YES")
    assert not world.is_suppressed(STRANGER)
    assert world.states(STRANGER) == {"Neon Nights": SubscriptionState.subscribed}


def test_an_import_changes_nothing_for_who_left_already(world: World) -> None:
    world.text(KNOWN, "JOIN")
    world.text(KNOWN, "STOP")
    events = len(world.consent_events(KNOWN))
    for kind in REVOKING:
        assert tally(take(world, f"{KNOWN}\n", kind)) == (1, 0, 1, 0)
    assert len(world.consent_events(KNOWN)) == events
    assert reasons(world) == {KNOWN: SuppressionReason.opted_out}
    assert world.states(KNOWN) == {"Neon Nights": SubscriptionState.unsubscribed}


@pytest.mark.parametrize("kind", REVOKING)
def test_whoever_only_ever_asked_for_help_is_on_record_as_out(world: World, kind: FileKind) -> None:
    world.text(KNOWN, "HELP")
    assert take(world, f"{KNOWN}\n", kind).taken == 1
    assert len(world.consent_events(KNOWN)) == 1
    assert world.is_suppressed(KNOWN)


def test_whoever_waits_for_a_yes_is_out_too(world: World) -> None:
    world.change_program(opt_in="double")
    world.text(KNOWN, "JOIN")
    take(world, f"{KNOWN}\n")
    assert world.states(KNOWN) == {"Neon Nights": SubscriptionState.unsubscribed}
    world.text(KNOWN, "YES")
    assert world.states(KNOWN) == {"Neon Nights": SubscriptionState.unsubscribed}


def test_deactivated_numbers_lose_their_consent_and_strangers_are_not_kept(world: World) -> None:
    world.text(KNOWN, "JOIN")
    world.pass_time(days=1)
    file = take(world, f"{KNOWN}\n{STRANGER}\n{OTHER}\nx\n", FileKind.deactivated)
    assert (*tally(file), file.unknown) == (4, 1, 0, 1, 2)
    assert reasons(world) == {KNOWN: SuppressionReason.deactivated}
    event = world.consent_events(KNOWN)[-1]
    assert (event.kind, event.source) == (ConsentKind.deactivated, ConsentSource.imported)
    assert event.occurred_at == world.now
    with world.database.read() as session:
        assert session.exec(select(Subscriber.phone_number)).all() == [KNOWN]
    world.text(KNOWN, "JOIN")  # the number's new owner
    assert reasons(world) == {}
    assert world.states(KNOWN) == {"Neon Nights": SubscriptionState.subscribed}


def test_each_revocation_gets_its_leaf_and_the_file_its_act(world: World) -> None:
    phones = world.crowd(3)
    with world.database.read() as session:
        before = waiting_leaves(session)
    file = take(world, "\n".join(phones))
    with world.database.read() as session:
        assert len(waiting_leaves(session)) == len(before) + 4
        act = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
    assert act is not None
    assert (act.kind, act.member_id) == (AuditKind.imported, world.member_id)
    assert act.subject["sha256"] == file.sha256
    assert act.subject["taken"] == 3
    assert not any(phone[1:] in str(act.subject) for phone in phones)


@pytest.mark.parametrize("end", ['"never closed', "bad\0byte"])
def test_a_file_that_breaks_at_its_end_changes_nothing(world: World, end: str) -> None:
    world.text(KNOWN, "JOIN")
    before = counts(world)
    many = "\n".join(f"+1303{number:07d}" for number in range(2_500))
    with pytest.raises(BrokenFile):
        take(world, f"phone\n{KNOWN}\n{many}\n{end}")
    assert counts(world) == before
    assert world.states(KNOWN) == {"Neon Nights": SubscriptionState.subscribed}


@pytest.mark.parametrize("text", ["phone\n", "phone\nBob\nAnn\n"])
def test_a_file_without_any_number_is_refused_as_a_whole(world: World, text: str) -> None:
    before = counts(world)
    with pytest.raises(NoNumbers):
        take(world, text)
    assert counts(world) == before


def test_one_organization_s_list_is_nobody_else_s(world: World) -> None:
    other = world.another_organization()
    world.text(KNOWN, "JOIN", to="13579")
    take(world, f"{KNOWN}\n")
    assert world.states(KNOWN) == {"Other Program": SubscriptionState.subscribed}
    with world.database.read() as session:
        assert "".join(lines_of(Export.suppressions)(session, other)).count("\n") == 1


def test_two_imports_and_texts_at_once_wait_for_each_other(world: World) -> None:
    phones = world.crowd(40)
    problems: list[BaseException] = []

    def attempt(order: list[str]) -> None:
        try:
            take(world, "\n".join(order))
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=attempt, args=(p,)) for p in (phones, phones[::-1])]
    for thread in threads:
        thread.start()
    world.text(phones[7], "STOP")
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert set(reasons(world)) == set(phones)
    assert all(
        list(world.states(phone).values()) == [SubscriptionState.unsubscribed] for phone in phones
    )


def test_the_list_is_handed_out_and_can_be_read_back(world: World) -> None:
    world.text(KNOWN, "STOP")
    take(world, f"{STRANGER}\n")
    with world.database.write() as session:
        row = session.exec(select(Suppression).where(Suppression.phone_number == KNOWN)).one()
        row.phone_number, hashed = None, row.number_hash  # as erasing does
        session.add(row)
    with world.database.read() as session:
        text = "".join(lines_of(Export.suppressions)(session, world.organization_id))
    assert text.splitlines() == [
        "number,number_hash,reason,since",
        f",{hashed},opted_out,2026-11-23T17:00:00Z",
        f"{STRANGER},,imported,2026-11-23T17:00:00Z",
    ]
    assert tally(take(world, text)) == (2, 0, 1, 1)
    assert tally(take(world, f"{KNOWN}\n")) == (1, 0, 1, 0), "the hash still knows the erased one"
    assert None in reasons(world)


def test_the_consent_date_is_the_latest_of_those_who_are_subscribed(world: World) -> None:
    world.text(KNOWN, "JOIN")
    world.text(OTHER, "JOIN")
    world.text(STRANGER, "JOIN")
    world.text("+447911123456", "JOIN")
    world.pass_time(days=40)
    world.text(OTHER, "STOP")
    world.text(KNOWN, "STOP")
    world.pass_time(days=1)
    world.text(KNOWN, "JOIN")
    with world.database.read() as session:
        text = "".join(lines_of(Export.consent_dates)(session, world.organization_id))
    assert text.splitlines() == ["2025550101,2027-01-03", "2025550199,2026-11-23"]


def test_the_date_of_an_imported_consent_is_the_declared_one(world: World) -> None:
    """The number may have changed hands between the consent and the import."""
    take_subscribers(world, f"{KNOWN}\n+12025550199\n")  # declared for 1 June 2026
    world.pass_time(days=30)
    world.text(KNOWN, "STOP")
    world.text(KNOWN, "JOIN")
    with world.database.read() as session:
        text = "".join(lines_of(Export.consent_dates)(session, world.organization_id))
    assert text.splitlines() == ["2025550101,2026-12-23", "2025550199,2026-06-01"]


@pytest.mark.parametrize("known", [0, 10_000])
def test_a_hundred_thousand_rows_are_all_taken(world: World, known: int) -> None:
    phones = [f"+1303{number:07d}" for number in range(100_000)]
    _subscribe(world, phones[:known])
    file = take(world, "phone\n" + "\n".join(phones))
    assert file.taken == 100_000


def _subscribe(world: World, phones: list[str]) -> None:
    from models import Program, Subscription
    from models.hashing import number_hash
    from models.organization import Organization

    shared = {"organization_id": world.organization_id}
    with world.database.write() as session:
        key = session.get_one(Organization, world.organization_id).hash_key
        program_id = session.exec(select(Program.id)).one()
        people = [
            Subscriber(
                phone_number=p, number_hash=number_hash(key, p), created_at=world.now, **shared
            )
            for p in phones
        ]
        session.add_all(people)
        session.flush()
        session.add_all(
            Subscription(
                program_id=program_id,
                subscriber_id=one.id,
                state=SubscriptionState.subscribed,
                changed_at=world.now,
                **shared,
            )
            for one in people
        )
